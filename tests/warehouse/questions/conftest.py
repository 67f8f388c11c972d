from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import pytest

from tests.warehouse.questions.engines import SESSIONS, EngineSession
from tests.warehouse.questions.worlds import rows

Asked = Callable[..., EngineSession]


@pytest.fixture(params=list(SESSIONS))
def session_over(request: pytest.FixtureRequest) -> Iterator[Asked]:
    """A session over the rows that a test gives, on each engine."""
    with ExitStack() as stack:

        def opened(*given: Mapping[str, Any]) -> EngineSession:
            session: EngineSession = stack.enter_context(SESSIONS[request.param](rows(*given)))
            return session

        yield opened
