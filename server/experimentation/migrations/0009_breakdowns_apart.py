"""Breakdowns have rows of their own, which are kept for as long as their computation is shown.

Undone, they are gone until the next computation, and those of final results for good.
"""

import django.db.models.deletion
from django.db import migrations, models

# Triggers of the new rows' foreign key are carried out before the table that it names is altered.
MOVE = """
INSERT INTO experimentation_breakdown (computation_id, property, figures)
SELECT computation.id, each.found ->> 'property',
    jsonb_build_object('version', 1, 'content', each.found || '{"kind": "DimensionFigures"}')
FROM experimentation_resultsstate AS state
JOIN experimentation_computation AS computation ON computation.id = state.current_id
CROSS JOIN LATERAL jsonb_array_elements(computation.breakdowns) WITH ORDINALITY AS each (found, place)
ORDER BY computation.id, each.place;
SET CONSTRAINTS ALL IMMEDIATE;
"""
GUARD = """
CREATE TRIGGER breakdown_never_changes BEFORE UPDATE ON experimentation_breakdown
FOR EACH ROW EXECUTE FUNCTION experimentation_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("experimentation", "0008_computations_know_whether_they_decide")]
    operations = [
        migrations.CreateModel(
            name="Breakdown",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("property", models.CharField(max_length=100)),
                ("figures", models.JSONField()),
                (
                    "computation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="found_by_property",
                        to="experimentation.computation",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("computation", "property"), name="breakdown_property_unique")
                ],
            },
        ),
        migrations.RunSQL(MOVE, migrations.RunSQL.noop),
        migrations.RemoveField(model_name="computation", name="breakdowns"),
        migrations.AlterField(
            model_name="breakdown",
            name="computation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="breakdowns",
                to="experimentation.computation",
            ),
        ),
        migrations.RunSQL(GUARD, "DROP TRIGGER breakdown_never_changes ON experimentation_breakdown;"),
    ]
