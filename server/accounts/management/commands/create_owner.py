"""``manage.py create_owner``: the first organisation and owner of a new server. Prints no secret."""

import os
import sys
from getpass import getpass

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from server.accounts.models import User
from server.accounts.services.create_owner import create_owner
from server.errors import InvalidInput, Refusal

PASSWORD_VARIABLE = "FAIRSPLIT_OWNER_PASSWORD"


class Command(BaseCommand):
    """Asks for what it needs, calls the service, and says what came of it."""

    help = (
        "Create an organisation with an owner. A new owner's password is taken from the environment "
        f"({PASSWORD_VARIABLE}), else from standard input, asked for on a terminal."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True, help="Who is to own it; a new user, or one who is there.")
        parser.add_argument("--organisation", required=True, help="The name of the new organisation.")
        parser.add_argument("--name", default="", help="A new user's name; left out, the address.")

    def handle(self, *, email: str, organisation: str, name: str, **options: object) -> None:
        known = User.objects.filter(email=email.lower(), is_active=True).exists()
        try:
            owner, made = create_owner(
                email=email,
                name=name or email[:200],
                password=None if known else _password(),
                organisation_name=organisation,
                now=timezone.now(),
            )
        except InvalidInput as refusal:
            raise CommandError("\n".join(f"{p.path[0]}: {p.message}" for p in refusal.problems)) from refusal
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(f"{owner.email} owns {made.name}.")


def _password() -> str:
    """From the environment, a terminal (twice, since it cannot be seen), or a pipe."""
    given = os.environ.get(PASSWORD_VARIABLE)
    if given is not None:
        return given
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass("Password: ")
    if getpass("Once more: ") != password:
        raise CommandError("The two passwords are not the same.")
    return password
