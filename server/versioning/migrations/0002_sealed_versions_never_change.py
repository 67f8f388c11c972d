"""Keeps states, allocations and sealed versions as they are, whoever writes.

A version is published and sealed by one transaction, which puts the placements in
after the version: the transaction that wrote the row may, and no other.
"""

from django.db import migrations

GUARD = """
CREATE FUNCTION versioning_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a row of % never changes', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER state_never_changes BEFORE UPDATE OR DELETE ON versioning_flagstate
    FOR EACH ROW EXECUTE FUNCTION versioning_refuse_change();
CREATE TRIGGER allocation_never_changes BEFORE UPDATE OR DELETE ON versioning_allocation
    FOR EACH ROW EXECUTE FUNCTION versioning_refuse_change();

CREATE FUNCTION versioning_keep_lineage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.flag_id, NEW.segment_id, NEW.salt) IS NOT DISTINCT FROM
            (OLD.flag_id, OLD.segment_id, OLD.salt) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a lineage keeps its salt' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER lineage_keeps_its_salt BEFORE UPDATE OR DELETE ON versioning_lineage
    FOR EACH ROW EXECUTE FUNCTION versioning_keep_lineage();

CREATE FUNCTION versioning_allocation_with_its_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT written_in FROM versioning_flagstate WHERE id = NEW.state_id) <> txid_current() THEN
        RAISE EXCEPTION 'a flag state never changes' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER allocation_with_its_state BEFORE INSERT ON versioning_allocation
    FOR EACH ROW EXECUTE FUNCTION versioning_allocation_with_its_state();

CREATE FUNCTION versioning_keep_sealed_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.sealed_at IS NOT NULL OR TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a flag version is never deleted, and a sealed one never changes'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER sealed_version_never_changes BEFORE UPDATE OR DELETE ON versioning_flagversion
    FOR EACH ROW EXECUTE FUNCTION versioning_keep_sealed_version();

CREATE FUNCTION versioning_keep_placements() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched bigint[] := CASE TG_OP
        WHEN 'INSERT' THEN ARRAY[NEW.version_id]
        WHEN 'DELETE' THEN ARRAY[OLD.version_id]
        ELSE ARRAY[OLD.version_id, NEW.version_id]
    END;
BEGIN
    IF EXISTS (
        SELECT FROM versioning_flagversion
        WHERE id = ANY (touched) AND sealed_at IS NOT NULL AND written_in <> txid_current()
    ) THEN
        RAISE EXCEPTION 'a sealed flag version never changes' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER placements_of_sealed_version_stay BEFORE INSERT OR UPDATE OR DELETE ON versioning_placement
    FOR EACH ROW EXECUTE FUNCTION versioning_keep_placements();
"""
UNGUARD = """
DROP TRIGGER placements_of_sealed_version_stay ON versioning_placement;
DROP FUNCTION versioning_keep_placements();
DROP TRIGGER sealed_version_never_changes ON versioning_flagversion;
DROP FUNCTION versioning_keep_sealed_version();
DROP TRIGGER allocation_with_its_state ON versioning_allocation;
DROP FUNCTION versioning_allocation_with_its_state();
DROP TRIGGER allocation_never_changes ON versioning_allocation;
DROP TRIGGER lineage_keeps_its_salt ON versioning_lineage;
DROP FUNCTION versioning_keep_lineage();
DROP TRIGGER state_never_changes ON versioning_flagstate;
DROP FUNCTION versioning_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("versioning", "0001_initial")]
    operations = [migrations.RunSQL(GUARD, UNGUARD)]
