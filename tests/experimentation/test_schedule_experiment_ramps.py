"""Ramps with a time: scheduled, shown, cancelled, and carried out at their time, once, or late."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from server.audit.authorship import AuthorKind
from server.errors import InvalidInput
from server.experimentation.models import Experiment, ScheduledRamp, Status
from server.experimentation.ramps import MAX_RAMPS
from server.experimentation.refusals import ExperimentCompleted, RolloutMissing
from server.experimentation.services.carry_out_ramp import carry_out_ramp, due_ramps
from tests.experimentation.acting import (
    bring_to,
    cancel_ramps,
    complete,
    delete,
    pause,
    ramp,
    schedule,
    start,
)
from tests.experimentation.reading import audit_of, gate_of, phases_of, problems, revision, steps_of
from tests.factories import NOW, World
from tests.rows import unchanged

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def running(world: World) -> Experiment:
    """A fifth of the units in the gate."""
    return start(world, world.experiment())


def ramps(experiment: Experiment) -> list[tuple[int, datetime, str, str]]:
    """Percentage in basis points, time, status and reason, in the order of their times."""
    rows = ScheduledRamp.objects.filter(experiment=experiment)
    return [(r.percentage, r.due_at, r.status, r.reason) for r in rows]


def carry_out(now: datetime) -> list[str]:
    """What the worker does: everything that is due, by its time."""
    done = [carry_out_ramp(ramp_id=ramp_id, now=now) for ramp_id in due_ramps(now=now)]
    return [each.status for each in done if each]


@pytest.mark.parametrize("status", [Status.DRAFT, Status.RUNNING, Status.PAUSED])
def test_a_schedule_is_stored_and_serves_nobody_anything_else(world: World, status: Status) -> None:
    experiment = bring_to(world, world.experiment(), status)
    before, version = revision(world), experiment.version

    answer = schedule(world, experiment, (30, HOUR), (50.5, DAY))

    assert ramps(experiment) == [(3000, NOW + HOUR, "PENDING", ""), (5050, NOW + DAY, "PENDING", "")]
    (row, _) = ScheduledRamp.objects.all()
    assert (row.author_id, row.created_at, row.settled_at) == (world.author.id, NOW, None)
    assert (revision(world), answer.version, gate_of(experiment)[0]) == (before, version, 2000)
    told = audit_of(experiment)[-1]
    assert (told.action, told.before) == ("experiment.schedule_ramps", {"ramps": []})
    assert told.after == {
        "ramps": [
            {"basisPoints": 3000, "at": (NOW + HOUR).isoformat()},
            {"basisPoints": 5050, "at": (NOW + DAY).isoformat()},
        ]
    }


def test_another_schedule_cancels_what_was_to_come(world: World, running: Experiment) -> None:
    schedule(world, running, (30, HOUR), (50, DAY))

    schedule(world, running, (40, 2 * HOUR), now=NOW + timedelta(minutes=1))

    later = NOW + timedelta(minutes=1)
    assert ramps(running) == [
        (3000, NOW + HOUR, "CANCELLED", ""),
        (4000, later + 2 * HOUR, "PENDING", ""),
        (5000, NOW + DAY, "CANCELLED", ""),
    ]
    assert set(ScheduledRamp.objects.exclude(status="PENDING").values_list("settled_at", flat=True)) == {later}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ([], [("ramps", "EMPTY")]),
        ([(30, HOUR)] * (MAX_RAMPS + 1), [("ramps", "TOO_MANY")]),
        ([(20, HOUR)], [("ramps.0.percentage", "NOT_WIDER")]),
        ([(30, timedelta(0))], [("ramps.0.at", "OUT_OF_RANGE")]),
        ([(30, 2 * HOUR), (40, HOUR)], [("ramps.1.at", "OUT_OF_RANGE")]),
        (
            [(30, HOUR), (30, 2 * HOUR), (29, DAY)],
            [("ramps.1.percentage", "NOT_WIDER"), ("ramps.2.percentage", "NOT_WIDER")],
        ),
        ([(10, -HOUR)], [("ramps.0.at", "OUT_OF_RANGE"), ("ramps.0.percentage", "NOT_WIDER")]),
    ],
)
def test_what_is_wrong_with_a_schedule_is_told_at_once(
    world: World, running: Experiment, asked: list[tuple[float, timedelta]], expected: list[tuple[str, str]]
) -> None:
    schedule(world, running, (30, HOUR))

    with unchanged(), pytest.raises(InvalidInput) as refused:
        schedule(world, running, *asked)

    assert problems(refused) == expected


def test_a_completed_experiment_and_one_without_a_gate_take_none(world: World, running: Experiment) -> None:
    complete(world, running)
    bare = world.experiment(rollout=None)

    with unchanged(), pytest.raises(ExperimentCompleted):
        schedule(world, running, (30, HOUR))
    with unchanged(), pytest.raises(RolloutMissing):
        schedule(world, bare, (30, HOUR))


def test_a_ramp_is_carried_out_at_its_time_and_once(world: World, running: Experiment) -> None:
    schedule(world, running, (30, HOUR), (50, DAY))
    first = ScheduledRamp.objects.earliest("due_at").pk

    assert carry_out(NOW + HOUR - timedelta(microseconds=1)) == []
    with unchanged():
        assert carry_out_ramp(ramp_id=first, now=NOW) is None
    assert carry_out(NOW + HOUR) == ["DONE"]
    with unchanged():
        assert (carry_out(NOW + HOUR), carry_out_ramp(ramp_id=first, now=NOW + DAY)) == ([], None)

    (phase,) = phases_of(running)
    assert (gate_of(running)[0], steps_of(phase)) == (3000, [("OPENED", 2000), ("RAMPED", 3000)])
    assert ramps(running) == [(3000, NOW + HOUR, "DONE", ""), (5000, NOW + DAY, "PENDING", "")]
    told = audit_of(running)[-1]
    assert (told.action, told.author_kind, told.author_id) == ("experiment.ramp", AuthorKind.SYSTEM, None)
    assert told.author_name == f"schedule of {world.author.name}"


def test_a_ramp_of_somebody_with_the_longest_name_is_carried_out(world: World, running: Experiment) -> None:
    somebody = replace(world.author, name="x" * 254)
    schedule(replace(world, author=somebody), running, (30, HOUR))

    assert carry_out(NOW + HOUR) == ["DONE"]
    assert audit_of(running)[-1].author_name == f"schedule of {'x' * 242}"


def test_ramps_that_are_late_are_carried_out_in_their_order(world: World, running: Experiment) -> None:
    schedule(world, running, (30, HOUR), (50, 2 * HOUR))

    assert carry_out(NOW + 7 * DAY) == ["DONE", "DONE"]

    (phase,) = phases_of(running)
    assert steps_of(phase) == [("OPENED", 2000), ("RAMPED", 3000), ("RAMPED", 5000)]
    assert set(ScheduledRamp.objects.values_list("settled_at", flat=True)) == {NOW + 7 * DAY}


def test_what_the_rules_do_not_allow_at_its_time_is_skipped_with_the_reason(world: World, running: Experiment) -> None:
    schedule(world, running, (30, HOUR), (50, 2 * HOUR), (60, 3 * HOUR))
    ramp(world, running, 40)

    assert carry_out(NOW + HOUR) == ["SKIPPED"]
    pause(world, running)
    assert carry_out(NOW + 2 * HOUR) == ["SKIPPED"]
    start(world, running)
    assert carry_out(NOW + 3 * HOUR) == ["DONE"]

    assert [(status, reason) for *_, status, reason in ramps(running)] == [
        ("SKIPPED", "NOT_WIDER"),
        ("SKIPPED", "ILLEGAL_TRANSITION"),
        ("DONE", ""),
    ]
    assert gate_of(running)[0] == 6000
    skipped = [row for row in audit_of(running) if row.action == "experiment.skip_ramp"]
    assert [row.after for row in skipped] == [
        {"ramps": [], "reason": "NOT_WIDER"},
        {"ramps": [], "reason": "ILLEGAL_TRANSITION"},
    ]


def test_a_schedule_is_cancelled(world: World, running: Experiment) -> None:
    schedule(world, running, (30, HOUR), (50, DAY))
    carry_out(NOW + HOUR)

    cancel_ramps(world, running, now=NOW + 2 * HOUR)

    assert [status for *_, status, _ in ramps(running)] == ["DONE", "CANCELLED"]
    assert carry_out(NOW + 7 * DAY) == []
    told = audit_of(running)[-1]
    assert (told.action, told.after) == ("experiment.cancel_ramps", {"ramps": []})
    assert told.before == {"ramps": [{"basisPoints": 5000, "at": (NOW + DAY).isoformat()}]}


def test_where_nothing_is_to_come_cancelling_writes_nothing(world: World, running: Experiment) -> None:
    with unchanged():
        assert cancel_ramps(world, running).pk == running.pk


def test_completing_takes_back_what_is_to_come(world: World, running: Experiment) -> None:
    schedule(world, running, (30, HOUR))

    complete(world, running, now=NOW + timedelta(minutes=1))

    assert ramps(running) == [(3000, NOW + HOUR, "CANCELLED", "")]
    assert [row.action for row in audit_of(running)][-2:] == ["experiment.cancel_ramps", "experiment.complete"]


def test_a_draft_with_a_schedule_can_be_deleted_also_when_a_ramp_was_skipped(world: World) -> None:
    draft = world.experiment()
    schedule(world, draft, (30, HOUR), (50, DAY))
    assert carry_out(NOW + HOUR) == ["SKIPPED"]
    (pending,) = due_ramps(now=NOW + DAY)

    delete(world, draft)

    assert ScheduledRamp.objects.count() == 0
    assert carry_out_ramp(ramp_id=pending, now=NOW + DAY) is None


def test_the_database_keeps_what_is_settled(world: World, running: Experiment) -> None:
    schedule(world, running, (30, HOUR))
    cancel_ramps(world, running)

    with pytest.raises(IntegrityError), transaction.atomic():
        ScheduledRamp.objects.update(status="DONE")
