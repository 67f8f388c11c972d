"""Dry runs: the same checks and refusals as the write, what it would mean, and nothing written."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from server.accounts.roles import Role
from server.errors import Refusal
from server.experimentation.models import Experiment, Status
from server.experimentation.phases import PhaseAction
from server.experimentation.preview import CompetingOverride, Impact, Preview
from server.experimentation.ramps import Ramp
from server.experimentation.services.archive_experiment import archive_experiment
from server.experimentation.services.cancel_experiment_ramps import cancel_experiment_ramps
from server.experimentation.services.complete_experiment import complete_experiment
from server.experimentation.services.create_experiment import NewExperiment, create_experiment
from server.experimentation.services.delete_experiment import delete_experiment
from server.experimentation.services.duplicate_experiment import Duplicate, duplicate_experiment
from server.experimentation.services.pause_experiment import pause_experiment
from server.experimentation.services.ramp_experiment_rollout import ramp_experiment_rollout
from server.experimentation.services.revert_completion import revert_completion
from server.experimentation.services.schedule_experiment_ramps import schedule_experiment_ramps
from server.experimentation.services.start_experiment import start_experiment
from server.experimentation.services.update_experiment import update_experiment
from server.experimentation.services.update_experiment_rollout import update_experiment_rollout
from server.features.models import Feature
from server.versioning.change_sets import StateChange
from tests.experimentation.acting import (
    KEEP_CONTROL,
    bring_to,
    change_flag,
    override,
    pause,
    put_away,
    schedule,
    set_rollout,
    ship_to_everyone,
    ship_to_gate,
    start,
)
from tests.factories import NOW, World, new_author, options_by_key, points, split_of
from tests.rows import unchanged

Write = Callable[..., Experiment | Preview]


@dataclass
class Case:
    """A write with its arguments, in a status that allows it, and in one that does not."""

    write: Write
    allowed: str
    refused: str
    arguments: dict[str, Any] = field(default_factory=dict)


IN_AN_HOUR = Ramp(points(50), NOW + timedelta(hours=1))
CASES = {
    "update": Case(update_experiment, "DRAFT", "COMPLETED", {"name": "Other", "hypothesis": "It sells."}),
    "rollout": Case(update_experiment_rollout, "PAUSED", "RUNNING"),
    "start": Case(start_experiment, "DRAFT", "RUNNING"),
    "resume": Case(start_experiment, "PAUSED", "COMPLETED"),
    "pause": Case(pause_experiment, "RUNNING", "PAUSED"),
    "ramp": Case(ramp_experiment_rollout, "RUNNING", "PAUSED", {"percentage": points(30)}),
    "schedule": Case(schedule_experiment_ramps, "RUNNING", "COMPLETED", {"ramps": [IN_AN_HOUR]}),
    "cancel": Case(cancel_experiment_ramps, "SCHEDULED", "GONE"),
    "complete": Case(complete_experiment, "RUNNING", "DRAFT", {"decision": KEEP_CONTROL}),
    "revert": Case(revert_completion, "COMPLETED", "PAUSED"),
    "duplicate": Case(duplicate_experiment, "COMPLETED", "RUNNING", {"request": Duplicate()}),
    "archive": Case(archive_experiment, "COMPLETED", "PAUSED"),
    "unarchive": Case(archive_experiment, "ARCHIVED", "COMPLETED", {"archived": False}),
    "delete": Case(delete_experiment, "DRAFT", "RUNNING"),
}
each_write = pytest.mark.parametrize("name", CASES)


def an_experiment(world: World, feature: Feature, status: str) -> Experiment:
    """One in this status, with its rollout."""
    rollout = split_of(feature, {"blue": 50}, percentage=20)
    experiment = bring_to(world, world.experiment(feature, rollout=rollout), _LIFE.get(status, status))
    if status == "SCHEDULED":
        schedule(world, experiment, (50, timedelta(hours=1)))
    if status == "ARCHIVED":
        put_away(world, experiment)
    return Experiment(pk=0) if status == "GONE" else experiment


_LIFE = {"SCHEDULED": "RUNNING", "ARCHIVED": "COMPLETED", "GONE": "DRAFT"}


def call(case: Case, world: World, feature: Feature, experiment: Experiment, **more: Any) -> Any:
    arguments = {**case.arguments, **more}
    if case.write is update_experiment_rollout:
        arguments["rollout"] = split_of(feature, {"blue": 20, "red": 20}, percentage=10)
    return case.write(experiment_id=experiment.pk, author=world.author, now=NOW, **arguments)


def impact(answer: Experiment | Preview) -> Impact:
    assert isinstance(answer, Preview)
    return answer.impact


@each_write
def test_a_dry_run_writes_nothing_and_the_write_still_goes_well(world: World, feature: Feature, name: str) -> None:
    case = CASES[name]
    experiment = an_experiment(world, feature, case.allowed)

    with unchanged():
        told = call(case, world, feature, experiment, dry_run=True)
    done = call(case, world, feature, experiment)

    assert isinstance(told, Preview)
    assert isinstance(done, Experiment)


@each_write
def test_a_dry_run_is_refused_as_the_write_is(world: World, feature: Feature, name: str) -> None:
    case = CASES[name]
    experiment = an_experiment(world, feature, case.refused)
    told = []

    for dry_run in (True, False):
        with unchanged(), pytest.raises(Refusal) as refused:
            call(case, world, feature, experiment, dry_run=dry_run)
        told.append((type(refused.value), refused.value.code, str(refused.value)))

    assert told[0] == told[1]


@each_write
def test_a_dry_run_takes_the_role_of_the_write(world: World, feature: Feature, name: str) -> None:
    case = CASES[name]
    experiment = an_experiment(world, feature, case.allowed)
    viewer = replace(world, author=new_author(world.organisation, Role.VIEWER))

    with unchanged(), pytest.raises(Refusal) as refused:
        call(case, viewer, feature, experiment, dry_run=True)

    assert refused.value.code == "NOT_ALLOWED"


def create(world: World, feature: Feature, **more: Any) -> Experiment | Preview:
    request = NewExperiment(world.environment.pk, feature.pk, "Paint", **more)
    rollout = split_of(feature, {"blue": 50})
    return create_experiment(request=request, rollout=rollout, dry_run=True, author=world.author, now=NOW)


def test_a_dry_create_writes_nothing_and_tells_of_the_overrides_ahead(world: World, feature: Feature) -> None:
    ahead = world.segment()
    change_flag(world, feature, override(ahead, value="gold"))

    with unchanged():
        told = impact(create(world, feature))

    assert told == Impact(PhaseAction.OPENS, 0, points(0), (CompetingOverride(ahead, 1),))
    assert world.experiment(feature, name="Paint").key == "paint"


def test_a_dry_create_is_refused_as_a_create_is(world: World, feature: Feature) -> None:
    world.experiment(feature)

    with unchanged(), pytest.raises(Refusal) as refused:
        create(world, feature)

    assert refused.value.code == "ACTIVE_EXPERIMENT_EXISTS"


def told_of(name: str, world: World, feature: Feature, experiment: Experiment, **more: Any) -> tuple[str, int, int]:
    """What a dry run says: the phases, the buckets that move, and the basis points of units affected."""
    with unchanged():
        found = impact(call(CASES[name], world, feature, experiment, dry_run=True, **more))
    return found.phase_action.value, found.buckets_moved, found.units_affected


def test_starting_affects_those_in_the_gate_whom_the_split_gives_something_else(world: World, feature: Feature) -> None:
    experiment = an_experiment(world, feature, "DRAFT")

    assert told_of("start", world, feature, experiment) == ("OPENS", 0, 1000)
    start(world, experiment)
    assert told_of("pause", world, feature, experiment) == ("CONTINUES", 0, 1000)
    assert told_of("ramp", world, feature, experiment) == ("CONTINUES", 0, 500)
    pause(world, experiment)
    assert told_of("resume", world, feature, experiment) == ("CONTINUES", 0, 1000)


def test_edits_while_paused_move_buckets_against_what_units_met_and_affect_nobody(
    world: World, feature: Feature
) -> None:
    experiment = an_experiment(world, feature, "PAUSED")

    assert told_of("rollout", world, feature, experiment) == ("OPENS_NEXT", 3000, 0)
    set_rollout(world, experiment, split_of(feature, {"blue": 20, "red": 20}, percentage=10))
    assert told_of("resume", world, feature, experiment) == ("OPENS_NEXT", 3000, 400)
    set_rollout(world, experiment, split_of(feature, {"blue": 50}, percentage=25))
    assert told_of("resume", world, feature, experiment) == ("CONTINUES", 0, 1250)


def test_another_audience_opens_the_next_phase_and_moves_no_bucket(world: World, feature: Feature) -> None:
    experiment, audience = an_experiment(world, feature, "PAUSED"), world.segment()

    assert told_of("update", world, feature, experiment) == ("CONTINUES", 0, 0)
    assert told_of("update", world, feature, experiment, audience_id=audience.pk) == ("OPENS_NEXT", 0, 0)


def test_a_first_rollout_of_a_draft_opens_its_phase_at_the_start(world: World, feature: Feature) -> None:
    experiment = world.experiment(feature, rollout=None)

    assert told_of("update", world, feature, experiment) == ("NONE", 0, 0)
    assert told_of("rollout", world, feature, experiment) == ("OPENS", 0, 0)


def test_completing_closes_the_phase(world: World, feature: Feature) -> None:
    experiment, blue = an_experiment(world, feature, "RUNNING"), options_by_key(feature)["blue"].pk

    # Half of those in the gate have blue already.
    assert told_of("complete", world, feature, experiment) == ("CLOSES", 0, 1000)
    everyone = told_of("complete", world, feature, experiment, decision=ship_to_everyone(blue))
    gate = told_of("complete", world, feature, experiment, decision=ship_to_gate(blue))
    assert (everyone, gate) == (("CLOSES", 0, 9000), ("CLOSES", 5000, 1000))


@pytest.mark.parametrize("name", ["revert", "archive", "unarchive"])
def test_after_the_completion(world: World, feature: Feature, name: str) -> None:
    experiment = an_experiment(world, feature, CASES[name].allowed)

    expected = ("OPENS_NEXT", 0, 0) if name == "revert" else ("NONE", 0, 0)
    assert told_of(name, world, feature, experiment) == expected


def test_reverting_takes_from_everyone_what_was_shipped(world: World, feature: Feature) -> None:
    experiment, blue = an_experiment(world, feature, "RUNNING"), options_by_key(feature)["blue"].pk
    call(CASES["complete"], world, feature, experiment, decision=ship_to_everyone(blue))

    assert told_of("revert", world, feature, experiment) == ("OPENS_NEXT", 0, 10_000)


def test_schedules_deletions_and_duplicates_affect_nobody_now(world: World, feature: Feature) -> None:
    running = an_experiment(world, feature, "RUNNING")
    draft = world.experiment()
    completed = bring_to(world, world.experiment(), Status.COMPLETED)

    assert told_of("schedule", world, feature, running) == ("CONTINUES", 0, 0)
    assert told_of("cancel", world, feature, running) == ("CONTINUES", 0, 0)
    assert told_of("delete", world, feature, draft) == ("NONE", 0, 0)
    assert told_of("duplicate", world, feature, completed) == ("OPENS", 0, 0)


def test_only_overrides_ahead_compete(world: World, feature: Feature) -> None:
    ahead, behind = world.segment("ahead"), world.segment("behind")
    change_flag(world, feature, override(ahead, value="gold"), override(behind, value="gold"))
    experiment = world.experiment(feature, rollout=split_of(feature, {"blue": 50}, priority=2))

    told = impact(call(CASES["start"], world, feature, experiment, dry_run=True))

    assert told.competing_overrides == (CompetingOverride(ahead, 1),)


def test_a_completion_that_ends_the_override_tells_of_all_plain_ones_for_they_come_before_the_default(
    world: World, feature: Feature
) -> None:
    ahead, behind = world.segment("ahead"), world.segment("behind")
    change_flag(world, feature, override(ahead, value="gold"), override(behind, value="gold"))
    rollout = split_of(feature, {"blue": 50}, priority=2)
    experiment = start(world, world.experiment(feature, rollout=rollout))
    blue = options_by_key(feature)["blue"].pk

    def told(name: str, **more: Any) -> tuple[CompetingOverride, ...]:
        return impact(call(CASES[name], world, feature, experiment, dry_run=True, **more)).competing_overrides

    for_all = (CompetingOverride(ahead, 1), CompetingOverride(behind, 2))
    assert told("complete", decision=KEEP_CONTROL) == for_all
    assert told("complete", decision=ship_to_everyone(blue)) == for_all
    assert told("complete", decision=ship_to_gate(blue)) == (CompetingOverride(ahead, 1),)
    call(CASES["complete"], world, feature, experiment)
    assert told("archive") == ()
    assert told("revert") == (CompetingOverride(ahead, 1),)


def test_a_draft_that_is_deleted_competes_with_nothing(world: World, feature: Feature) -> None:
    change_flag(world, feature, override(world.segment(), value="gold"))
    experiment = world.experiment(feature)

    assert impact(call(CASES["delete"], world, feature, experiment, dry_run=True)).competing_overrides == ()


def test_who_gets_the_same_value_is_not_affected(world: World, feature: Feature) -> None:
    change_flag(world, feature, default=StateChange(value="blue"))
    rollout = split_of(feature, {"blue": 100}, percentage=50)
    experiment = world.experiment(feature, rollout=rollout)

    assert told_of("start", world, feature, experiment) == ("OPENS", 0, 0)
