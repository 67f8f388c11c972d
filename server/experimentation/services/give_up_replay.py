"""Giving up an A/A replay that no worker could end. Deals nothing, and asks nobody: a pass of the workers does it."""

from datetime import datetime

from server.experimentation.models import Replay

GIVEN_UP = "GIVEN_UP"


def give_up_replay(replay: Replay, *, now: datetime) -> None:
    """End it as a failure, so that another one may be asked for. The caller has locked it, and seen that it waits."""
    replay.failure_code = GIVEN_UP
    replay.failure_message = (
        "The replay was given up: workers were lost with it, or its job failed. The server's log says which."
    )
    replay.finished_at = now
    replay.save(update_fields=["failure_code", "failure_message", "finished_at"])
