"""An API key holds roles in its own organisation only: a foreign key of two columns says so."""

from django.db import migrations

FORWARD = """
ALTER TABLE accounts_grant ADD CONSTRAINT grant_key_of_organisation
    FOREIGN KEY (api_key_id, organisation_id) REFERENCES accounts_apikey (id, organisation_id);
"""

BACKWARD = "ALTER TABLE accounts_grant DROP CONSTRAINT grant_key_of_organisation;"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
