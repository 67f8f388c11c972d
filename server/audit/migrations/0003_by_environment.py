from django.db import migrations, models


class Migration(migrations.Migration):
    """The log of one environment is found without reading that of all others."""

    dependencies = [("audit", "0002_append_only")]

    operations = [
        migrations.AddIndex(
            model_name="auditrecord",
            index=models.Index(
                fields=["environment_id", "-id"],
                condition=models.Q(environment_id__isnull=False),
                name="audit_by_environment",
            ),
        ),
    ]
