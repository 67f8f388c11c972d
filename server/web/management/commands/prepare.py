"""`manage.py prepare`: brings the database up to date, however many do it at once; loads no data."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from server.web.preparation import sole_preparer


class Command(BaseCommand):
    """Migrate, where there is something to migrate."""

    help = "Apply the migrations that the database lacks. Many may run this at once: they take turns."

    def handle(self, *_args: Any, **options: Any) -> None:
        """Migrate under the lock."""
        with sole_preparer():
            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                call_command("migrate", interactive=False, verbosity=options["verbosity"], stdout=self.stderr)
