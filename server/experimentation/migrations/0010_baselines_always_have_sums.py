"""A baseline has sums also where no number follows from them: then it says why."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("experimentation", "0009_breakdowns_apart")]
    operations = [
        migrations.AlterField(model_name="baseline", name="sums", field=models.JSONField()),
    ]
