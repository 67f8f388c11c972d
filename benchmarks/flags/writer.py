"""Publishes ten versions of flags a second, and looks after each one until it is served; it stops with its input.

Run as a process of its own, beside the one that is measured: its arguments are the environment,
the port that serves it, a key, and the flags, which serve the same to everyone. It prints what
it found as one line of JSON.
"""

import http.client
import json
import sys
import threading
import time

from server.serving import django_setup  # noqa: F401

# isort: split

from benchmarks.flags.questions import PATH
from benchmarks.flags.world import AUTHOR, NOW
from server.versioning.change_sets import FlagChangeSet, StateChange
from server.versioning.models import Flag
from server.versioning.services.update_flag import update_flag

SECONDS_BETWEEN_VERSIONS = 0.1
SECONDS_BETWEEN_LOOKS = 0.001
MOST_SECONDS = 10


def main() -> None:
    """Write until nobody wants any more."""
    environment_id, port, key = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    here = Flag.objects.filter(environment_id=environment_id, feature__key__in=sys.argv[4:])
    flags = list(here.select_related("feature"))
    ended = threading.Event()
    threading.Thread(target=_end_with_input, args=[ended], daemon=True).start()
    caller = http.client.HTTPConnection("127.0.0.1", port, timeout=MOST_SECONDS)
    delays: list[float] = []
    started = time.monotonic()
    sys.stdout.write("writing\n")
    sys.stdout.flush()
    while not ended.wait(max(0.0, started + len(delays) * SECONDS_BETWEEN_VERSIONS - time.monotonic())):
        flag = flags[len(delays) % len(flags)]
        value = f"version {len(delays)} of {started}"
        update_flag(
            feature_id=flag.feature_id,
            environment_id=environment_id,
            change_set=FlagChangeSet(StateChange(value=value)),
            author=AUTHOR,
            now=NOW,
        )
        delays.append(_seconds_until_served(caller, key, flag.feature.key, value))
    sys.stdout.write(json.dumps({"seconds": time.monotonic() - started, "delays": delays}) + "\n")


def _end_with_input(ended: threading.Event) -> None:
    sys.stdin.read()
    ended.set()


def _seconds_until_served(caller: http.client.HTTPConnection, key: str, flag: str, value: str) -> float:
    """Between the commit, which is just over, and the first answer with the new value."""
    committed = time.monotonic()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    while True:
        caller.request("POST", f"{PATH}/{flag}", b'{"context":{"targetingKey":"nobody"}}', headers)
        answer = json.loads(caller.getresponse().read())
        seconds = time.monotonic() - committed
        if answer.get("value") == value:
            return seconds
        if seconds > MOST_SECONDS:
            raise TimeoutError(f"{flag} is not served as it was published: {answer}")
        time.sleep(SECONDS_BETWEEN_LOOKS)


if __name__ == "__main__":
    main()
