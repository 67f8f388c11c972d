"""A fault at each statement of a write leaves nothing, and the same call goes well afterwards."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.db.utils import Error

from server.experimentation.models import Experiment, Status
from server.features.models import Feature
from server.versioning.change_sets import StateChange
from tests.experimentation.acting import (
    KEEP_CONTROL,
    bring_to,
    change_flag,
    complete,
    delete,
    override,
    pause,
    ramp,
    revert,
    schedule,
    set_rollout,
    ship_to_everyone,
    ship_to_gate,
    start,
)
from tests.experimentation.faults import FailingStatement, FailsAtCommit, Fault, LosesTheConnection
from tests.factories import World, split_of
from tests.rows import fingerprints

pytestmark = pytest.mark.django_db(transaction=True)

Call = Callable[[], Experiment]
Scene = Callable[[World, Feature], Call]


def creating(world: World, feature: Feature) -> Call:
    rollout = split_of(feature, {"blue": 50})
    return lambda: world.experiment(feature, rollout=rollout)


def creating_without_a_rollout(world: World, feature: Feature) -> Call:
    return lambda: world.experiment(feature, rollout=None)


def setting_the_rollout_again(world: World, feature: Feature) -> Call:
    experiment = bring_to(world, world.experiment(feature), Status.PAUSED)
    rollout = split_of(feature, {"blue": 50}, percentage=30, control_value="green", priority=1)
    return lambda: set_rollout(world, experiment, rollout)


def setting_the_first_rollout(world: World, feature: Feature) -> Call:
    experiment = world.experiment(feature, rollout=None)
    return lambda: set_rollout(world, experiment, split_of(feature, {"blue": 50}))


def keeping_control(world: World, feature: Feature) -> Call:
    experiment = start(world, world.experiment(feature))
    return lambda: complete(world, experiment, KEEP_CONTROL)


def shipping_to_everyone(world: World, feature: Feature) -> Call:
    experiment = start(world, world.experiment(feature))
    decision = ship_to_everyone(feature.options.get(key="blue").pk)
    return lambda: complete(world, experiment, decision)


def shipping_to_the_gate(world: World, feature: Feature) -> Call:
    experiment = start(world, world.experiment(feature))
    decision = ship_to_gate(feature.options.get(key="blue").pk)
    return lambda: complete(world, experiment, decision)


def starting(world: World, feature: Feature) -> Call:
    experiment = world.experiment(feature)
    return lambda: start(world, experiment)


def pausing(world: World, feature: Feature) -> Call:
    experiment = start(world, world.experiment(feature))
    return lambda: pause(world, experiment)


def deleting(world: World, feature: Feature) -> Call:
    experiment = world.experiment(feature)
    return lambda: delete(world, experiment)


def ramping(world: World, feature: Feature) -> Call:
    experiment = start(world, world.experiment(feature))
    return lambda: ramp(world, experiment, 50)


def resuming_in_the_next_phase(world: World, feature: Feature) -> Call:
    experiment = pause(world, start(world, world.experiment(feature)))
    set_rollout(world, experiment, split_of(feature, {"blue": 5}))
    return lambda: start(world, experiment)


def scheduling(world: World, feature: Feature) -> Call:
    experiment = world.experiment(feature)
    schedule(world, experiment, (50, timedelta(days=1)))
    return lambda: schedule(world, experiment, (60, timedelta(days=1)))


def reverting(world: World, feature: Feature) -> Call:
    experiment = start(world, world.experiment(feature))
    complete(world, experiment, ship_to_everyone(feature.options.get(key="blue").pk))
    return lambda: revert(world, experiment)


def reverting_what_was_shipped_to_the_gate(world: World, feature: Feature) -> Call:
    audience = world.segment()
    experiment = start(world, world.experiment(feature, audience_id=audience.pk))
    complete(world, experiment, ship_to_gate(feature.options.get(key="blue").pk))
    return lambda: revert(world, experiment)


MAIN: tuple[Scene, ...] = (
    creating,
    setting_the_rollout_again,
    setting_the_first_rollout,
    keeping_control,
    shipping_to_everyone,
    shipping_to_the_gate,
    ramping,
    reverting,
)
OTHERS: tuple[Scene, ...] = (
    creating_without_a_rollout,
    starting,
    resuming_in_the_next_phase,
    pausing,
    deleting,
    scheduling,
    reverting_what_was_shipped_to_the_gate,
)


def prepared(world: World, feature: Feature, scene: Scene) -> Call:
    change_flag(world, feature, override(world.segment(), value="gold"), default=StateChange(enabled=False))
    return scene(world, feature)


@pytest.mark.parametrize(
    ("fault", "scene"),
    [(FailingStatement, scene) for scene in (*MAIN, *OTHERS)] + [(LosesTheConnection, scene) for scene in MAIN],
)
def test_a_fault_at_each_statement_leaves_nothing(
    world: World, feature: Feature, scene: Scene, fault: type[FailingStatement]
) -> None:
    call = prepared(world, feature, scene)
    before = fingerprints()
    number = 0

    while True:
        number += 1
        failing = fault(number)
        try:
            with failing.inside():
                call()
        except (Fault, Error):
            if connection.connection is not None and connection.connection.closed:
                connection.close()
            assert failing.happened
            assert fingerprints() == before, f"statement {number} left something behind"
        else:
            break

    assert not failing.happened, "every fault is told"
    assert failing.seen == number - 1 >= 8
    assert fingerprints() != before


@pytest.mark.parametrize("scene", [*MAIN, *OTHERS])
def test_a_fault_at_the_commit_leaves_nothing(world: World, feature: Feature, scene: Scene) -> None:
    call = prepared(world, feature, scene)
    before = fingerprints()

    with pytest.raises(IntegrityError, match="violates foreign key constraint"), FailsAtCommit(3).inside():
        call()

    assert fingerprints() == before
    call()
    assert fingerprints() != before
