"""`manage.py print_sdl`: the schema as text, for `schema.graphql`; never changes the schema that runs."""

import difflib
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from graphql import build_schema, lexicographic_sort_schema, print_schema

from server.schema.schema import schema

COMMITTED = Path(__file__).resolve().parents[3] / "schema" / "schema.graphql"


def sorted_sdl() -> str:
    """The schema's text in an order that does not depend on the code's.

    The text is sorted, not the schema: sorting the one that runs breaks its unions and enums.
    """
    return print_schema(lexicographic_sort_schema(build_schema(schema.as_str()))) + "\n"


class Command(BaseCommand):
    """Print, write or check the schema's text."""

    help = "Print the GraphQL schema; --write it to its file, or --check that the file is in step."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do with the text."""
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--write", action="store_true", help="write the committed file")
        what.add_argument("--check", action="store_true", help="fail, with the difference, if the file is not in step")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do one of the three."""
        text = sorted_sdl()
        if options["write"]:
            COMMITTED.write_text(text)
        elif options["check"]:
            committed = COMMITTED.read_text() if COMMITTED.exists() else ""
            if text != committed:
                lines = difflib.unified_diff(
                    committed.splitlines(), text.splitlines(), "committed", "code", lineterm=""
                )
                self.stdout.write("\n".join(lines))
                raise CommandError(f"{COMMITTED.name} is not in step: run `manage.py print_sdl --write`")
        else:
            self.stdout.write(text, ending="")
