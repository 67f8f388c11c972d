"""`make run`: starts everything that a person needs to try fairsplit, and stops all of it; keeps no rule.

Standard output is for the caller (a person or a script), standard error for what happens.
"""

import contextlib
import os
import signal
import sys
from importlib import import_module
from types import FrameType

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection, connections
from django.db.utils import DatabaseError

from server.errors import Refusal
from server.web.data_folder import DataFolderFailure, data_folder, secrets_of, warehouse_of
from server.web.embedded import EmbeddedFailure, embedded_postgres
from server.web.serving import HOST, PortTaken, Server, listen, whole_number
from server.web.startup import first_line
from server.web.work import worker_process

CANNOT_START = (ImproperlyConfigured, DataFolderFailure, EmbeddedFailure, PortTaken, Refusal, ValueError)
TRUE = {"1", "true", "yes", "on"}


def main() -> int:
    """Start, serve until stopped, and give the exit code."""
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, _interrupt)
    try:
        with contextlib.ExitStack() as stack:
            _run(stack)
    except CANNOT_START as refusal:
        _say(f"cannot start: {' '.join(str(refusal).split())}")
        return 1
    except DatabaseError as refusal:
        _say(f"cannot start: DATABASE_URL: {first_line(refusal)}")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _run(stack: contextlib.ExitStack) -> None:
    port = whole_number("PORT", 8000)
    workers = whole_number("WEB_CONCURRENCY", 2, most=256)
    whole_number("WEB_THREADS", 4, most=256)  # the workers read it: what is wrong with it shows here
    listener = stack.enter_context(listen(port))
    embedded = not os.environ.get("DATABASE_URL")
    demo = embedded or os.environ.get("FAIRSPLIT_DEMO", "").lower() in TRUE
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "server.web.settings")
    os.environ.setdefault("SECURE_COOKIES", "false")  # this serves plain HTTP, to this machine only
    if demo:
        folder = data_folder()
        if not os.environ.get("SECRET_KEY"):
            os.environ["SECRET_KEY"] = secrets_of(folder).secret_key
    if embedded:
        _say(f"PostgreSQL is embedded (data in {folder}): for development, demos and tests, not for production")
        os.environ["DATABASE_URL"] = stack.enter_context(embedded_postgres(folder))
        os.environ.setdefault("WAREHOUSE_FOLDER", str(warehouse_of(folder)))
    django.setup()
    connection.ensure_connection()
    import_module("server.web.rsgi")  # what else is missing shows here, not in a worker
    call_command("prepare", verbosity=0)
    if demo:
        call_command("demo", base_url=f"http://{HOST}:{port}")
    connections.close_all()
    stack.enter_context(worker_process())
    Server(listener, workers=workers, log_level=os.environ.get("LOG_LEVEL", "INFO")).run()


def _say(line: str) -> None:
    sys.stderr.write(f"fairsplit: {line}\n")
    sys.stderr.flush()


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
