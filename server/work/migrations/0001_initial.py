from django.db import migrations, models

# A worker asks every few seconds which jobs are running: a handful among the many that ended.
RUNNING = """
CREATE INDEX work_running_jobs ON django_tasks_database_dbtaskresult (started_at) WHERE status = 'RUNNING'
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [("django_tasks_database", "0021_conditional_partial_index_ordering")]

    operations = [
        migrations.CreateModel(
            name="PassTurn",
            fields=[
                ("name", models.CharField(max_length=200, primary_key=True, serialize=False)),
                ("due_at", models.DateTimeField()),
            ],
        ),
        migrations.RunSQL(RUNNING, "DROP INDEX work_running_jobs"),
    ]
