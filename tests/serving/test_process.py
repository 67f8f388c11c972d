"""What serving changes in its process: a thread that computes holds the others up for a moment only."""

import asyncio
import signal
import sys
from collections.abc import Iterator

import pytest

from server.serving.process import FlagProcess
from tests.serving.test_follower import Table


@pytest.fixture
def as_it_was() -> Iterator[None]:
    """Leave the process of the tests as it is."""
    interval = sys.getswitchinterval()
    handlers = {ending: signal.getsignal(ending) for ending in (signal.SIGINT, signal.SIGTERM)}
    yield
    sys.setswitchinterval(interval)
    for ending, handler in handlers.items():
        signal.signal(ending, handler)


def test_threads_change_often_enough_to_answer_while_an_environment_is_compiled(as_it_was: None) -> None:
    process = FlagProcess(Table())
    loop = asyncio.new_event_loop()

    process.start(loop)
    process.stop()
    loop.close()

    assert sys.getswitchinterval() <= 0.001
