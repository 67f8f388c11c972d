"""`manage.py prepare`: brings the database up to date, however many do it at once; loads no data."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from server.web.preparation import sole_preparer
from server.web.startup import first_line, refuse_without


class Command(BaseCommand):
    """Migrate, where there is something to migrate."""

    help = "Apply the migrations that the database lacks. Many may run this at once: they take turns."

    def handle(self, *_args: Any, **options: Any) -> None:
        """Migrate under the lock; what is missing, or out of reach, is said in one line."""
        try:
            refuse_without(settings.MISSING)
            connection.ensure_connection()
        except ImproperlyConfigured as refusal:
            raise CommandError(str(refusal)) from refusal
        except DatabaseError as refusal:
            raise CommandError(f"DATABASE_URL: {first_line(refusal)}") from refusal
        with sole_preparer():
            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                call_command("migrate", interactive=False, verbosity=options["verbosity"], stdout=self.stderr)
