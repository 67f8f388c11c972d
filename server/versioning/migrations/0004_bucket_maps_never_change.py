"""Gives the states that there are their bucket maps, and keeps every map as it is."""

from typing import Any

from django.db import migrations

from server.evaluation.buckets import ALL_CONTROL, count_moved, moved_runs

GUARD = """
CREATE TRIGGER bucket_map_never_changes BEFORE UPDATE OR DELETE ON versioning_bucketmap
    FOR EACH ROW EXECUTE FUNCTION versioning_refuse_change();
"""
UNGUARD = "DROP TRIGGER bucket_map_never_changes ON versioning_bucketmap;"

LOOSEN = "ALTER TABLE versioning_flagstate DISABLE TRIGGER state_never_changes;"
TIGHTEN = "ALTER TABLE versioning_flagstate ENABLE TRIGGER state_never_changes;"


def deal(apps: Any, _editor: Any) -> None:
    """Each state that deals units out gets a map: in each lineage, one follows the other."""
    state_model = apps.get_model("versioning", "FlagState")
    map_model = apps.get_model("versioning", "BucketMap")
    shares: dict[int, dict[int, int]] = {}
    for state_id, option_id, share in apps.get_model("versioning", "Allocation").objects.values_list(
        "state_id", "option_id", "share"
    ):
        shares.setdefault(state_id, {})[option_id] = share
    latest: dict[int, Any] = {}
    for state in state_model.objects.order_by("pk").iterator():
        before = latest.get(state.lineage_id)
        if before is None and state.pk not in shares:
            continue
        old = tuple((length, arm) for length, arm in before.runs) if before else ALL_CONTROL
        new = moved_runs(old, shares.get(state.pk, {}))
        if before is None or new != old:
            before = latest[state.lineage_id] = map_model.objects.create(
                lineage_id=state.lineage_id,
                predecessor=before,
                runs=[list(run) for run in new],
                moved=count_moved(old, new),
            )
        state_model.objects.filter(pk=state.pk).update(bucket_map=before)


class Migration(migrations.Migration):
    dependencies = [("versioning", "0003_bucket_maps_and_identity_overrides")]
    operations = [
        migrations.RunSQL(LOOSEN, TIGHTEN),
        migrations.RunPython(deal, migrations.RunPython.noop),
        # What is left to check has to be checked before the table may change again.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE;", migrations.RunSQL.noop),
        migrations.RunSQL(TIGHTEN, LOOSEN),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
