"""When a phase ran, and when it did not."""

from datetime import UTC, datetime, timedelta

import pytest

from server.experimentation.models import Phase, StepKind
from server.experimentation.results.running import served_until, spans_of, time_running
from tests.experimentation.results.stepping import with_steps

OPENED = datetime(2026, 3, 1, tzinfo=UTC)
PAUSED, RESUMED, RAMPED = StepKind.PAUSED, StepKind.RESUMED, StepKind.RAMPED


def at(day: float) -> datetime:
    return OPENED + timedelta(days=day)


def phase(*steps: tuple[StepKind, float], closed: float | None = None) -> Phase:
    found = Phase(number=1, opened_at=OPENED, closed_at=None if closed is None else at(closed))
    return with_steps(found, *((kind, at(day)) for kind, day in steps))


@pytest.mark.parametrize(
    ("steps", "closed", "spans"),
    [
        ([], None, [(0, 10)]),
        ([], 4, [(0, 4)]),
        ([(RAMPED, 1)], None, [(0, 10)]),
        ([(PAUSED, 2)], None, [(0, 2)]),
        ([(PAUSED, 2), (RESUMED, 5)], None, [(0, 2), (5, 10)]),
        ([(PAUSED, 2), (RESUMED, 5), (RAMPED, 6)], 8, [(0, 2), (5, 8)]),
        ([(PAUSED, 2)], 8, [(0, 2)]),
        ([(PAUSED, 12)], 14, [(0, 10)]),
        ([(PAUSED, 2), (RESUMED, 12)], None, [(0, 2)]),
    ],
)
def test_a_phase_runs_from_its_opening_without_its_pauses(
    steps: list[tuple[StepKind, float]], closed: float | None, spans: list[tuple[float, float]]
) -> None:
    found = phase(*steps, closed=closed)

    assert spans_of(found, until=at(10)) == [(at(start), at(end)) for start, end in spans]
    assert served_until(found, until=at(10)) == at(spans[-1][1])
    assert time_running([found], until=at(10)) == timedelta(days=sum(end - start for start, end in spans))


def test_before_it_opened_a_phase_served_nobody() -> None:
    assert served_until(phase(), until=at(-1)) == at(-1)
    assert time_running([phase()], until=at(-1)) == timedelta(0)
