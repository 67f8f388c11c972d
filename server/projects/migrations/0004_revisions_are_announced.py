"""Tells whoever listens, at the commit, that an environment's revision changed: they serve its flags from memory."""

from django.db import migrations

ANNOUNCE = """
CREATE FUNCTION projects_announce_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('fairsplit_revision', NEW.id || ':' || NEW.revision);
    RETURN NULL;
END
$$;
CREATE TRIGGER environment_revision_announced
    AFTER UPDATE OF revision ON projects_environment
    FOR EACH ROW WHEN (NEW.revision <> OLD.revision)
    EXECUTE FUNCTION projects_announce_revision();
"""
BE_SILENT = """
DROP TRIGGER environment_revision_announced ON projects_environment;
DROP FUNCTION projects_announce_revision();
"""


class Migration(migrations.Migration):
    dependencies = [("projects", "0003_environment_keys")]
    operations = [migrations.RunSQL(ANNOUNCE, BE_SILENT)]
