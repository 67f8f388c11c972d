"""Runs the whole benchmark and writes its report; on a PostgreSQL of its own, which is gone afterwards."""

import argparse
import contextlib
import os
import secrets
import signal
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from types import FrameType

import django
from django.core.management import call_command

from benchmarks import readme
from benchmarks.cells import WrongAnswer
from benchmarks.load import GENERATORS, best_generator
from benchmarks.servers import DidNotStart
from server.web.embedded import embedded_postgres

SERVING, EVENTS, RESULTS = "serving", "events", "results"
PARTS = {
    SERVING: ("benchmarks.flags.measuring", "measure_flags", readme.FLAGS),
    EVENTS: ("benchmarks.events.measuring", "measure_events", readme.EVENTS),
    RESULTS: ("benchmarks.results.measuring", "measure_results", readme.RESULTS),
}


def main() -> int:
    """Measure as the command line says, and give the exit code."""
    signal.signal(signal.SIGTERM, _interrupt)
    options = _parser().parse_args()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fairsplit-benchmark-")))
        os.environ["DATABASE_URL"] = stack.enter_context(embedded_postgres(folder))  # as durable as `make run`'s
        os.environ["SECRET_KEY"] = secrets.token_urlsafe(50)
        os.environ["DJANGO_SETTINGS_MODULE"] = "server.web.settings"
        os.environ["SECURE_COOKIES"] = "false"
        os.environ.pop("FAIRSPLIT_DEMO", None)
        django.setup()
        call_command("prepare", verbosity=0)
        try:
            # Imported only now: they need the models.
            if options.only not in PARTS:
                report = import_module("benchmarks.measuring").measure(folder, options)
                _publish(readme.OPERATIONS, report.text(), dry=options.dry)
            for part, (module, function, place) in PARTS.items():
                if options.only in ("", part):
                    report = getattr(import_module(module), function)(folder, options)
                    _publish(place, report.text(), dry=options.dry)
        except (WrongAnswer, DidNotStart) as failure:
            sys.stderr.write(f"benchmarks: {failure}\n")
            return 1
        except KeyboardInterrupt:
            return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--seconds", type=int, default=3, help="how long one cell is measured in one round")
    parser.add_argument("--rounds", type=int, default=3, help="how often; the report has the medians")
    parser.add_argument("--load", choices=GENERATORS, default=best_generator(), help="what sends the requests")
    what = f"only operations whose name holds this text, with the floors; or only one part: {', '.join(PARTS)}"
    parser.add_argument("--only", default="", help=what)
    what = "compute results of 100 million events as well: it takes long, and 12 GB of disk"
    parser.add_argument("--large", action="store_true", help=what)
    what = "make no more events than so many, to try the benchmark itself"
    parser.add_argument("--events", type=int, default=sys.maxsize, help=what)
    parser.add_argument("--dry", action="store_true", help="print the figures, and leave the report as it is")
    return parser


def _publish(part: str, text: str, *, dry: bool) -> None:
    if dry:
        sys.stdout.write(text + "\n")
    else:
        readme.write(part, text)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
