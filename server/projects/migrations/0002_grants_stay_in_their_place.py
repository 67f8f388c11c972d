"""Ties the scope of a grant to projects and environments, which the floor of grants does not know."""

from django.db import migrations

TIE = """
ALTER TABLE accounts_grant
    ADD CONSTRAINT grant_project_in_organisation
        FOREIGN KEY (project_id, organisation_id)
        REFERENCES projects_project (id, organisation_id) DEFERRABLE INITIALLY IMMEDIATE,
    ADD CONSTRAINT grant_environment_in_project
        FOREIGN KEY (environment_id, project_id)
        REFERENCES projects_environment (id, project_id) DEFERRABLE INITIALLY IMMEDIATE;
"""
UNTIE = """
ALTER TABLE accounts_grant
    DROP CONSTRAINT grant_project_in_organisation,
    DROP CONSTRAINT grant_environment_in_project;
"""


class Migration(migrations.Migration):
    dependencies = [("projects", "0001_initial"), ("accounts", "0001_initial")]
    operations = [migrations.RunSQL(TIE, UNTIE)]
