"""An experiment's feature and environment are those of its flag."""

from django.db import migrations

TIE = """
ALTER TABLE experimentation_experiment
    ADD CONSTRAINT experiment_stands_on_flag
        FOREIGN KEY (flag_id, feature_id, environment_id)
        REFERENCES versioning_flag (id, feature_id, environment_id) DEFERRABLE INITIALLY IMMEDIATE;
"""
UNTIE = "ALTER TABLE experimentation_experiment DROP CONSTRAINT experiment_stands_on_flag;"


class Migration(migrations.Migration):
    dependencies = [("experimentation", "0001_initial"), ("versioning", "0002_sealed_versions_never_change")]
    operations = [migrations.RunSQL(TIE, UNTIE)]
