"""``manage.py warehouse_sql``: prints what a mapping makes fairsplit ask of a customer's warehouse. Asks nothing."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from server.warehouse.sources.connections import NAMES
from server.warehouse.sources.mapping import read_mapping
from server.warehouse.sources.printing import printed
from server.warehouse.sql import Dialect


class Command(BaseCommand):
    """For whoever is to grant access: the tables and columns that are read, and an example of a question."""

    help = "Print the SQL that a mapping file leads to, to be looked through before read access is granted."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--mapping", default="", help="The mapping file; left out, that of WAREHOUSE_MAPPING.")
        parser.add_argument("--dialect", required=True, choices=[it.value for it in NAMES], help="Whose SQL.")

    def handle(self, *_args: Any, mapping: str, dialect: str, **_options: Any) -> None:
        try:
            text = printed(read_mapping(mapping or settings.WAREHOUSE_MAPPING).tables, Dialect(dialect))
        except ImproperlyConfigured as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(text, ending="")
