"""How many SQL statements each write takes, transaction control included, whatever the size of things.

A test to change when a write learns to do with fewer; a write that takes more needs a reason.
"""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from server.experimentation.completion import Decision
from server.experimentation.models import Experiment
from server.experimentation.rollouts import RolloutRequest
from server.experimentation.services.update_experiment import update_experiment
from server.features.models import Feature
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
from tests.factories import NOW, World, split_of

pytestmark = pytest.mark.django_db(transaction=True)


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


@pytest.fixture(params=[small, large])
def feature(request: pytest.FixtureRequest, world: World) -> Feature:
    """The same kind of feature, small and large."""
    make: Callable[[World], Feature] = request.param
    return make(world)


def rollout(feature: Feature, share: float = 5, percentage: float = 20) -> RolloutRequest:
    """A rollout that names every option."""
    keys = feature.options.values_list("key", flat=True)
    return split_of(feature, dict.fromkeys(keys, share), percentage=percentage, control_value="green")


def test_every_write_of_a_life(world: World, feature: Feature) -> None:
    first, second, gate = rollout(feature), rollout(feature, 4), rollout(feature, 4, 30)
    both, ship = rollout(feature, 3, 40), ship_to_gate(feature.options.get(key="blue").pk)

    created = statements(lambda: world.experiment(feature, rollout=first))
    experiment = Experiment.objects.latest("pk")

    assert created == 22
    assert {
        "split": statements(lambda: set_rollout(world, experiment, second)),
        "gate": statements(lambda: set_rollout(world, experiment, gate)),
        "gate and split": statements(lambda: set_rollout(world, experiment, both)),
        "nothing": statements(lambda: set_rollout(world, experiment, both)),
        "hypothesis": statements(lambda: rename(world, experiment, hypothesis="It sells.")),
        "start": statements(lambda: start(world, experiment)),
        "name": statements(lambda: rename(world, experiment, name="Other")),
        "pause": statements(lambda: pause(world, experiment)),
        "resume": statements(lambda: start(world, experiment)),
        "ship to the gate": statements(lambda: complete(world, experiment, ship)),
    } == {
        "split": 0,
        "gate": 0,
        "gate and split": 0,
        "nothing": 0,
        "hypothesis": 0,
        "start": 0,
        "name": 0,
        "pause": 0,
        "resume": 0,
        "ship to the gate": 0,
    }


def test_the_other_decisions(world: World, feature: Feature) -> None:
    ship = ship_to_everyone(feature.options.get(key="blue").pk)

    def completing(decision: Decision) -> int:
        experiment = start(world, world.experiment(feature, rollout=rollout(feature)))
        return statements(lambda: complete(world, experiment, decision))

    assert (completing(KEEP_CONTROL), completing(ship)) == (18, 19)


def test_without_a_rollout(world: World, feature: Feature) -> None:
    request = rollout(feature)

    created = statements(lambda: world.experiment(feature, rollout=None))
    experiment = Experiment.objects.latest("pk")

    assert {
        "create": created,
        "first rollout": statements(lambda: set_rollout(world, experiment, request)),
        "delete": statements(lambda: delete(world, experiment)),
    } == {"create": 0, "first rollout": 0, "delete": 19}


def rename(world: World, experiment: Experiment, **texts: str) -> Experiment:
    return update_experiment(experiment_id=experiment.pk, author=world.author, now=NOW, **texts)
