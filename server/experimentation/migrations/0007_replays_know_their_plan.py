"""An A/A replay remembers the plan whose metrics it tests."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("experimentation", "0006_what_was_measured_never_changes")]
    operations = [
        migrations.AddField(
            model_name="replay",
            name="plan",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="experimentation.plan",
            ),
        )
    ]
