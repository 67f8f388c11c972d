"""A segment version never changes, and is never deleted."""

from django.db import migrations

GUARD = """
CREATE FUNCTION features_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a row of % never changes', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER segment_version_never_changes BEFORE UPDATE OR DELETE ON features_segmentversion
    FOR EACH ROW EXECUTE FUNCTION features_refuse_change();
"""
UNGUARD = """
DROP TRIGGER segment_version_never_changes ON features_segmentversion;
DROP FUNCTION features_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("features", "0001_initial")]
    operations = [migrations.RunSQL(GUARD, UNGUARD)]
