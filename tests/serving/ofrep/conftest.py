"""Gives the tests of the protocol's door a process that serves the shop."""

from collections.abc import Iterator

import pytest

from tests.serving.ofrep.serving import PAGE, Serving, serving


@pytest.fixture(scope="session")
def _process() -> Iterator[Serving]:
    with serving() as running:
        yield running


@pytest.fixture
def shop(_process: Serving) -> Iterator[Serving]:
    """As every test begins: the shop's own flags, one page's origin, and no limit."""
    _process.allow(PAGE)
    _process.limit(None)
    yield _process
    assert _process.running
