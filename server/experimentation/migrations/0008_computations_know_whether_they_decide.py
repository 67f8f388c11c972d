"""A computation knows whether its verdict was the one that has stood since."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("experimentation", "0007_replays_know_their_plan")]
    operations = [
        migrations.AddField(
            model_name="computation",
            name="decides",
            field=models.BooleanField(default=False),
        ),
        migrations.AddConstraint(
            model_name="computation",
            constraint=models.CheckConstraint(
                condition=models.Q(("decides", False), ("status", "DONE"), _connector="OR"),
                name="computation_done_to_decide",
            ),
        ),
    ]
