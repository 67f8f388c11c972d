"""Which computations stay: all of late, then the last of each day, then of each week; and what is shown or final."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError

from server.database.repeated import Repeated
from server.experimentation.models import Computation, ComputationStatus, Experiment, ResultsState
from server.experimentation.results import keeping
from server.experimentation.results.keeping import ALL_KEPT, DAYS_KEPT, thin_out_computations
from server.work.passes import all_passes
from tests.experimentation.results.storing import running
from tests.factories import World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = datetime(2026, 6, 3, 12, tzinfo=UTC)
"""A Wednesday."""


@pytest.fixture
def experiment(world: World) -> Experiment:
    return running(world)


def computed_at(experiment: Experiment, times: Sequence[datetime], **columns: object) -> None:
    """Store computations that ended then."""
    before = experiment.computations.count()
    stored: dict[str, object] = {"status": ComputationStatus.DONE, "trigger": "SCHEDULE", "document": {}} | columns
    Computation.objects.bulk_create(
        Computation(experiment=experiment, number=number, as_of=at, started_at=at, finished_at=at, **stored)
        for number, at in enumerate(times, start=before + 1)
    )


def left(experiment: Experiment) -> list[datetime]:
    """When those that are left have ended."""
    return list(experiment.computations.order_by("number").values_list("finished_at", flat=True))


def thin_out(now: datetime = NOW) -> int:
    return thin_out_computations(now=now, most_portions=99)


def test_of_the_last_week_all_are_kept(experiment: Experiment) -> None:
    times = [NOW - ALL_KEPT + n * HOUR for n in range(7 * 24)]
    computed_at(experiment, times)

    assert thin_out() == 0
    assert left(experiment) == times


def test_before_that_the_last_of_each_day_is_kept(experiment: Experiment) -> None:
    day = datetime(2026, 5, 20, tzinfo=UTC)
    computed_at(experiment, [day + n * HOUR for n in range(48)])

    assert thin_out() == 46
    assert left(experiment) == [day + 23 * HOUR, day + 47 * HOUR]


def test_after_ninety_days_the_last_of_each_week_is_kept_and_weeks_end_on_sundays(experiment: Experiment) -> None:
    monday = datetime(2026, 2, 2, tzinfo=UTC)
    computed_at(experiment, [monday + n * 6 * HOUR for n in range(14 * 4)])

    assert thin_out() == 54
    assert left(experiment) == [monday + 7 * DAY - 6 * HOUR, monday + 14 * DAY - 6 * HOUR]


def test_however_often_it_is_thinned_out_the_same_are_left(experiment: Experiment) -> None:
    """Days and weeks are cut where they begin to be thinned out: the last one of a day replaces an earlier one."""
    start = datetime(2026, 2, 16, tzinfo=UTC)
    computed_at(experiment, [start + n * 6 * HOUR for n in range(14 * 4)])

    for hours in range(0, 120 * 24, 9):
        thin_out(start + hours * HOUR)

    assert left(experiment) == [start + 7 * DAY - 6 * HOUR, start + 14 * DAY - 6 * HOUR]
    assert timedelta(days=90) == DAYS_KEPT


def test_one_that_was_done_goes_before_one_that_failed(experiment: Experiment) -> None:
    first, second = datetime(2026, 5, 20, 6, tzinfo=UTC), datetime(2026, 5, 21, 6, tzinfo=UTC)
    broken = {"status": ComputationStatus.FAILED, "document": None, "failure_code": "INTERNAL"}
    computed_at(experiment, [first])
    computed_at(experiment, [first + HOUR, second, second + HOUR], **broken)

    assert thin_out() == 2
    assert left(experiment) == [first, second + HOUR]


@pytest.mark.parametrize("name", ["current", "latest", "decided"])
def test_what_is_shown_or_has_decided_is_kept_however_old(experiment: Experiment, name: str) -> None:
    day = datetime(2026, 1, 5, tzinfo=UTC)
    computed_at(experiment, [day + n * HOUR for n in range(4)])
    ResultsState.objects.create(experiment=experiment, **{name: experiment.computations.get(number=2)})

    assert thin_out() == 2
    assert left(experiment) == [day + HOUR, day + 3 * HOUR]


def test_what_was_final_is_kept_however_old(experiment: Experiment) -> None:
    day = datetime(2026, 1, 5, tzinfo=UTC)
    computed_at(experiment, [day], is_final=True)
    computed_at(experiment, [day + HOUR, day + 2 * HOUR])

    assert thin_out() == 1
    assert left(experiment) == [day, day + 2 * HOUR]


def test_what_has_decided_is_kept_also_when_something_later_decides(experiment: Experiment) -> None:
    day = datetime(2026, 1, 5, tzinfo=UTC)
    computed_at(experiment, [day], decides=True)
    computed_at(experiment, [day + HOUR, day + 2 * HOUR])
    computed_at(experiment, [day + 3 * HOUR], decides=True)
    ResultsState.objects.create(experiment=experiment, decided=experiment.computations.get(number=4))

    assert thin_out() == 2
    assert left(experiment) == [day, day + 3 * HOUR]


def test_one_that_failed_decides_nothing(experiment: Experiment) -> None:
    broken = {"status": ComputationStatus.FAILED, "document": None, "failure_code": "INTERNAL"}

    with pytest.raises(IntegrityError, match="computation_done_to_decide"):
        computed_at(experiment, [NOW], decides=True, **broken)


def test_each_experiment_keeps_its_own(experiment: Experiment, world: World) -> None:
    other, day = running(world, name="Another"), datetime(2026, 5, 20, tzinfo=UTC)
    computed_at(experiment, [day])
    computed_at(other, [day + HOUR])

    assert thin_out() == 0


def test_a_portion_at_a_time_and_the_oldest_first(experiment: Experiment, monkeypatch: pytest.MonkeyPatch) -> None:
    day = datetime(2026, 5, 20, tzinfo=UTC)
    computed_at(experiment, [day + n * HOUR for n in range(10)])
    small = Repeated(keeping._THIN_OUT.replace(f"LIMIT {keeping.PORTION}", "LIMIT 2"))
    monkeypatch.setattr(keeping, "_THIN_OUT", small)
    monkeypatch.setattr(keeping, "PORTION", 2)

    assert thin_out_computations(now=NOW, most_portions=2) == 4
    assert left(experiment) == [day + n * HOUR for n in range(4, 10)]
    assert thin_out_computations(now=NOW, most_portions=99) == 5


def test_workers_know_the_pass() -> None:
    assert "server.experimentation.jobs.forget_old_computations" in [each.name for each in all_passes()]
