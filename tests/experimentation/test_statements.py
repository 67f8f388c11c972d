"""How many SQL statements each write takes, transaction control included, whatever the size of things.

A test to change when a write learns to do with fewer; a write that takes more needs a reason.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from server.experimentation.completion import Decision
from server.experimentation.models import Experiment
from server.experimentation.rollouts import RolloutRequest
from server.experimentation.services.update_experiment import update_experiment
from server.features.models import Feature
from server.projects.models import Versioning
from tests.experimentation.acting import (
    KEEP_CONTROL,
    bring_to,
    cancel_ramps,
    change_flag,
    complete,
    delete,
    override,
    pause,
    put_away,
    ramp,
    revert,
    schedule,
    set_rollout,
    ship_to_everyone,
    ship_to_gate,
    start,
)
from tests.factories import NOW, World, split_of

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)


def statements(call: Callable[[], object]) -> int:
    """How many statements the call sends: BEGIN and COMMIT among them, and no savepoints."""
    connection.ensure_connection()
    with CaptureQueriesContext(connection) as captured:
        call()
    sent = [query["sql"] for query in captured]
    assert (sent[0], sent[-1]) == ("BEGIN", "COMMIT")
    assert not [sql for sql in sent if "SAVEPOINT" in sql]
    return len(sent)


def small(world: World) -> Feature:
    """A feature with one option, in a project with one override and nothing else."""
    feature = world.feature(options=("blue",))
    change_flag(world, feature, override(world.segment(), value="gold"))
    return feature


def large(world: World) -> Feature:
    """A feature with 20 options and 50 overrides, with a past, among 50 others with experiments."""
    for _ in range(50):
        world.experiment(world.feature(options=("blue",)))
    feature = world.feature(options=["blue", *(f"option-{at}" for at in range(19))])
    change_flag(world, feature, *(override(world.segment(), value=f"value {at}") for at in range(50)))
    for _ in range(5):
        bring_to(world, world.experiment(feature), "COMPLETED")
    return feature


def rollout(feature: Feature, share: float = 5, percentage: float = 20) -> RolloutRequest:
    """A rollout that names every option."""
    keys = feature.options.values_list("key", flat=True)
    return split_of(feature, dict.fromkeys(keys, share), percentage=percentage, control_value="green")


@pytest.mark.parametrize("make", [small, large])
def test_each_write_takes_as_many_statements_as_it_needs(world: World, make: Callable[[World], Feature]) -> None:
    feature = make(world)
    first, second, gate, both = (
        rollout(feature, share, percentage) for share, percentage in ((5, 20), (4, 20), (4, 30), (3, 40))
    )
    blue = feature.options.get(key="blue").pk

    # Under V1 the live version is emptied and told its new author, where V2 writes a new one. Shares that
    # move take a bucket map; whatever has started is read with its phase, and tells it what happened.
    # A start looks whether its plan's metrics have moved on; with a draft go its plans, and what would be results.
    in_place = int(world.environment.versioning == Versioning.V1)

    def newest() -> Experiment:
        return Experiment.objects.filter(feature=feature).latest("pk")

    def completing(decision: Decision) -> int:
        experiment = start(world, world.experiment(feature, rollout=first))
        return statements(lambda: complete(world, experiment, decision))

    bare = statements(lambda: world.experiment(feature, rollout=None))
    draft = newest()
    first_rollout = statements(lambda: set_rollout(world, draft, first))
    deleted = statements(lambda: delete(world, draft))
    created = statements(lambda: world.experiment(feature, rollout=first))
    experiment = newest()

    assert {
        "create without a rollout": bare,
        "first rollout": first_rollout,
        "delete": deleted,
        "create": created,
        "split": statements(lambda: set_rollout(world, experiment, second)),
        "gate": statements(lambda: set_rollout(world, experiment, gate)),
        "gate and split": statements(lambda: set_rollout(world, experiment, both)),
        "nothing": statements(lambda: set_rollout(world, experiment, both)),
        "hypothesis": statements(lambda: rename(world, experiment, hypothesis="It sells.")),
        "schedule": statements(lambda: schedule(world, experiment, (50, DAY), (60, 2 * DAY))),
        "start": statements(lambda: start(world, experiment)),
        "ramp": statements(lambda: ramp(world, experiment, 45)),
        "cancel": statements(lambda: cancel_ramps(world, experiment)),
        "name": statements(lambda: rename(world, experiment, name="Other")),
        "pause": statements(lambda: pause(world, experiment)),
        "resume": statements(lambda: start(world, experiment)),
        "ship to the gate": statements(lambda: complete(world, experiment, ship_to_gate(blue))),
        "revert": statements(lambda: revert(world, experiment)),
        "resume after that": statements(lambda: start(world, experiment)),
        "keep control after that": statements(lambda: complete(world, experiment, KEEP_CONTROL)),
        "archive": statements(lambda: put_away(world, experiment)),
        "keep control": completing(KEEP_CONTROL),
        "ship to everyone": completing(ship_to_everyone(blue)),
    } == {
        "create without a rollout": 10,
        "first rollout": 23 + in_place,
        "delete": 25 + in_place,
        "create": 23 + in_place,
        "split": 18 + in_place,
        "gate": 14,
        "gate and split": 20 + in_place,
        "nothing": 8,
        "hypothesis": 9,
        "schedule": 12,
        "start": 17,
        "ramp": 15,
        "cancel": 11,
        "name": 11,
        "pause": 14,
        "resume": 16,
        "ship to the gate": 24 + in_place,
        "revert": 28 + in_place,
        "resume after that": 17,
        "keep control after that": 22 + in_place,
        "archive": 14,
        "keep control": 21 + in_place,
        "ship to everyone": 24 + in_place,
    }


def rename(world: World, experiment: Experiment, **texts: Any) -> Experiment:
    return update_experiment(experiment_id=experiment.pk, author=world.author, now=NOW, **texts)
