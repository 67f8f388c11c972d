"""A process that takes events, without a server, and what it stored; a module may have a process of its own."""

from collections.abc import Iterator

import pytest

from server.serving.app import FlagServing
from tests.serving.taking_in import Outbox, looking_often, serving_into


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


@pytest.fixture
def serving(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlagServing]:
    looking_often(monkeypatch)
    with serving_into(outbox) as serving:
        yield serving
