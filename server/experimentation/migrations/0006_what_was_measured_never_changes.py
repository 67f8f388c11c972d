"""Keeps plans, versions of metrics and computations as they were written."""

from django.db import migrations

TABLES = ("metricversion", "plan", "planmetric", "computation")


def guard(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER {table}_never_changes BEFORE UPDATE ON experimentation_{table}"
        " FOR EACH ROW EXECUTE FUNCTION experimentation_refuse_change();",
        f"DROP TRIGGER {table}_never_changes ON experimentation_{table};",
    )


class Migration(migrations.Migration):
    dependencies = [("experimentation", "0005_metrics_plans_and_results")]
    operations = [guard(table) for table in TABLES]
