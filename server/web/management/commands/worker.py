"""`manage.py worker`: does what is due outside requests, jobs and regular passes; serves nothing."""

import os
import signal
import threading
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from server.web.startup import refuse_without
from server.work.worker import Worker


class Command(BaseCommand):
    """Run one worker until it is stopped."""

    help = "Run a worker. Many may run, anywhere. SIGTERM and Ctrl-C let it finish the job in hand."
    requires_system_checks = []  # they load the schema, which no job needs

    def add_arguments(self, parser: CommandParser) -> None:
        """How often it looks, and whose end ends it."""
        parser.add_argument("--interval", type=float, default=1, help="seconds between looks for a job (default: 1)")
        parser.add_argument("--beat", type=float, default=5, help="seconds between looks for passes (default: 5)")
        parser.add_argument("--end-with-input", action="store_true", help="stop when standard input is closed")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Work."""
        try:
            refuse_without(settings.MISSING)
        except ImproperlyConfigured as refusal:
            raise CommandError(str(refusal)) from refusal
        worker = Worker(interval=options["interval"], beat=options["beat"])
        worker.configure_signals()
        if options["end_with_input"]:
            threading.Thread(target=_end_with_input, name="input-watch", daemon=True).start()
        worker.run()


def _end_with_input() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
