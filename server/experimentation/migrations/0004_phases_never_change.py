"""Keeps phases and their steps as they were; opens the first phase of experiments that are under way."""

from typing import Any

from django.db import migrations

GUARD = """
CREATE FUNCTION experimentation_keep_phase() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.closed_at IS NULL AND NEW.closed_at IS NOT NULL
            AND to_jsonb(NEW) - 'closed_at' = to_jsonb(OLD) - 'closed_at' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a phase never changes: only its end is written, once'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER phase_never_changes BEFORE UPDATE OR DELETE ON experimentation_phase
    FOR EACH ROW EXECUTE FUNCTION experimentation_keep_phase();

CREATE FUNCTION experimentation_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a row of % never changes', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER phase_step_never_changes BEFORE UPDATE OR DELETE ON experimentation_phasestep
    FOR EACH ROW EXECUTE FUNCTION experimentation_refuse_change();

CREATE FUNCTION experimentation_keep_settled_ramp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status <> 'PENDING' THEN
        RAISE EXCEPTION 'a settled ramp never changes' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER settled_ramp_never_changes BEFORE UPDATE ON experimentation_scheduledramp
    FOR EACH ROW EXECUTE FUNCTION experimentation_keep_settled_ramp();
"""
UNGUARD = """
DROP TRIGGER settled_ramp_never_changes ON experimentation_scheduledramp;
DROP FUNCTION experimentation_keep_settled_ramp();
DROP TRIGGER phase_step_never_changes ON experimentation_phasestep;
DROP FUNCTION experimentation_refuse_change();
DROP TRIGGER phase_never_changes ON experimentation_phase;
DROP FUNCTION experimentation_keep_phase();
"""


def open_phases(apps: Any, _editor: Any) -> None:
    """An experiment that has started and is not over is in its first phase."""
    experiments = apps.get_model("experimentation", "Experiment").objects.filter(status__in=("RUNNING", "PAUSED"))
    phase_model = apps.get_model("experimentation", "Phase")
    step_model = apps.get_model("experimentation", "PhaseStep")
    for experiment in experiments.select_related("rollout__state__lineage", "rollout__gate"):
        rollout = experiment.rollout
        author = {"author_kind": "SYSTEM", "author_id": None, "author_name": "fairsplit"}
        percentage = rollout.gate.rules["conditions"][0]["percentage"]
        phase = phase_model.objects.create(
            experiment=experiment,
            number=1,
            opened_at=experiment.started_at,
            enabled=rollout.state.enabled,
            percentage=percentage,
            gate_salt=experiment.gate_salt,
            split_salt=rollout.state.lineage.salt,
            bucket_map_id=rollout.state.bucket_map_id,
            control_value=rollout.state.value,
            arms=[
                {"optionId": a.option_id, "key": a.option.key, "value": a.option.value, "basisPoints": a.share}
                for a in rollout.state.allocations.select_related("option").order_by("option_id")
            ],
            flag_version_id=rollout.flag_version_id,
            **author,
        )
        step_model.objects.create(phase=phase, kind="OPENED", percentage=percentage, at=experiment.started_at, **author)
        if experiment.status == "PAUSED":
            step_model.objects.create(phase=phase, kind="PAUSED", percentage=0, at=experiment.updated_at, **author)


class Migration(migrations.Migration):
    dependencies = [
        ("experimentation", "0003_phases_and_scheduled_ramps"),
        ("versioning", "0004_bucket_maps_never_change"),
    ]
    operations = [
        migrations.RunPython(open_phases, migrations.RunPython.noop),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE;", migrations.RunSQL.noop),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
