"""A fault at each statement of a write leaves nothing, and the same call goes well afterwards."""

from collections.abc import Callable

import pytest
from django.db import connection
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
    set_rollout,
    ship_to_everyone,
    ship_to_gate,
    start,
)
from tests.experimentation.faults import FailingStatement, FailsAfterwards, FailsAtCommit, Fault, LosesTheConnection
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


SCENES: tuple[Scene, ...] = (
    creating,
    creating_without_a_rollout,
    setting_the_rollout_again,
    setting_the_first_rollout,
    keeping_control,
    shipping_to_everyone,
    shipping_to_the_gate,
    starting,
    pausing,
    deleting,
)


@pytest.mark.parametrize("fault", [FailingStatement, FailsAfterwards, LosesTheConnection, FailsAtCommit])
@pytest.mark.parametrize("scene", SCENES)
def test_a_fault_at_each_statement_leaves_nothing(
    world: World, feature: Feature, scene: Scene, fault: type[FailingStatement]
) -> None:
    change_flag(world, feature, override(world.segment(), value="gold"), default=StateChange(enabled=False))
    call = scene(world, feature)
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
