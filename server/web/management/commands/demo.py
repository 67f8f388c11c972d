"""`manage.py demo`: loads the demo once and says how to get in; never touches data that it did not make."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from server.demo.load import DemoSecrets, load_demo, try_line
from server.demo.past import VISITORS
from server.web.data_folder import data_folder, secrets_of
from server.web.preparation import sole_preparer
from server.web.serving import whole_number

EMAIL = "demo@fairsplit.test"


class Command(BaseCommand):
    """Load the demo and print its four lines."""

    help = "Load the demo, unless it is there, and print where it is and how to get in."

    def add_arguments(self, parser: CommandParser) -> None:
        """Where the server is."""
        parser.add_argument("--base-url", default="http://127.0.0.1:8000", help="the address of the server")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Load and print: the labels are for scripts too, so they stay as they are."""
        base_url: str = options["base_url"]
        ours = secrets_of(data_folder())
        secrets = DemoSecrets(password=ours.demo_password, api_key=ours.demo_api_key)
        with sole_preparer():
            load_demo(secrets, visitors=whole_number("FAIRSPLIT_DEMO_CUSTOMERS", VISITORS, most=1_000_000))
            to_try = try_line(base_url, secrets)
        self.stdout.write(f"GraphiQL  {base_url}/graphql")
        self.stdout.write(f"Sign in   {EMAIL} / {secrets.password}")
        self.stdout.write(f"API key   {secrets.api_key}")
        self.stdout.write(f"Try       {to_try}")
        self.stdout.flush()
