"""A/A replays as clients read them: what each has found, alone and below experiments."""

import pytest

from server.experimentation.models import Experiment, MetricKind
from tests.experimentation.acting import bring_to
from tests.experimentation.measuring import REVENUE, new_metric, plan_of, set_plan
from tests.experimentation.results.replaying import (
    FITTING,
    TOO_OFTEN,
    UNTESTED,
    failed_replay,
    pending,
    replayed,
)
from tests.factories import NOW, World, new_world
from tests.schema.api import Api, gid

OUTCOME = """status runs engine finishedAt plan { number } failure { code message } outcome {
  units variants alpha falseFindings falseFindingRate message
  metrics {
    planned { role metric { key kind versions(first: 2) { totalCount } } version { number } }
    tests falsePositives alwaysValidFalsePositives fit message
    rate { ... on Rate { value } ... on NoResult { reason } }
    interval { ... on Interval { low high } ... on NoResult { reason } }
  }
}"""
NODE = f"query($id: ID!) {{ node(id: $id) {{ ... on AAReplay {{ {OUTCOME} }} }} }}"


@pytest.fixture
def experiment(world: World) -> Experiment:
    """One with a primary metric and a secondary one."""
    buyers, revenue = new_metric(world, key="buyers"), new_metric(world, REVENUE, key="revenue")
    return set_plan(world, world.experiment(), plan_of(buyers, secondary=(revenue.pk,)))


def test_a_replay_that_is_done_says_what_each_metric_does_where_there_is_nothing(
    world: World, api: Api, experiment: Experiment
) -> None:
    replay = replayed(experiment, world.author, TOO_OFTEN, UNTESTED)

    told = api(NODE, id=gid(replay))["node"]

    first, second = told["outcome"].pop("metrics")
    assert told == {
        "status": "DONE",
        "runs": 1_000,
        "engine": "DuckDB 2.0",
        "finishedAt": NOW.isoformat(),
        "plan": {"number": 1},
        "failure": None,
        "outcome": {
            "units": 600,
            "variants": ["control", "blue"],
            "alpha": 0.05,
            "falseFindings": 7,
            "falseFindingRate": 0.007,
            "message": (
                "In 7 of 1,000 runs the plan would have called a treatment better or worse than control by its "
                "primary metric; it promises no more than 5.0%, about 50."
            ),
        },
    }
    message = first.pop("message")
    assert message.startswith("Where there was nothing to find, it was significant in 9.0% of 1,000 tests")
    version = {"number": 1}
    assert first == {
        "planned": {
            "role": "PRIMARY",
            "metric": {"key": "buyers", "kind": MetricKind.PROPORTION, "versions": {"totalCount": 1}},
            "version": version,
        },
        "tests": 1_000,
        "falsePositives": 90,
        "alwaysValidFalsePositives": 11,
        "fit": "TOO_OFTEN",
        "rate": {"value": 0.09},
        "interval": {"low": 0.0738, "high": 0.1094},
    }
    assert (second["planned"]["role"], second["planned"]["metric"]["key"]) == ("SECONDARY", "revenue")
    nothing = {"reason": "TOO_FEW_UNITS"}
    assert (second["fit"], second["tests"], second["rate"], second["interval"]) == ("UNKNOWN", 0, nothing, nothing)


def test_a_replay_that_failed_says_why(world: World, api: Api, experiment: Experiment) -> None:
    told = api(NODE, id=gid(failed_replay(experiment, world.author)))["node"]

    failure = {"code": "WAREHOUSE_UNAVAILABLE", "message": "The warehouse does not answer."}
    assert (told["status"], told["failure"], told["outcome"]) == ("FAILED", failure, None)


def test_the_plan_that_was_replayed_stays_when_another_comes_into_force(
    world: World, api: Api, experiment: Experiment
) -> None:
    replay = replayed(experiment, world.author, FITTING, FITTING)
    set_plan(world, bring_to(world, experiment, "RUNNING"), plan_of(new_metric(world)))

    told = api(NODE, id=gid(replay))["node"]

    keys = [each["planned"]["metric"]["key"] for each in told["outcome"]["metrics"]]
    assert (told["plan"], keys) == ({"number": 1}, ["buyers", "revenue"])


def test_another_organisations_replay_does_not_exist(world: World, experiment: Experiment) -> None:
    replay = pending(experiment, world.author)

    assert Api(new_world().author)(NODE, id=gid(replay)) == {"node": None}


def test_a_page_of_experiments_with_their_replays_takes_as_many_statements_as_one(world: World, api: Api) -> None:
    query = f"""query($first: Int!) {{ experiments(first: $first) {{ edges {{ node {{
        replays(first: 3) {{ totalCount edges {{ node {{ {OUTCOME} }} }} }}
    }} }} }} }}"""
    metrics = [new_metric(world) for _ in range(3)]
    for _ in range(8):
        experiment = set_plan(
            world, world.experiment(), plan_of(metrics[0], secondary=tuple(m.pk for m in metrics[1:]))
        )
        for _ in range(3):
            replayed(experiment, world.author)

    counts = [api.statements(query, first=first) for first in (1, 2, 8)]
    answer = api(query, first=8)["experiments"]["edges"]

    assert counts == [counts[0]] * 3
    assert counts[0] <= 8
    pages = [edge["node"]["replays"]["edges"] for edge in answer]
    assert [[len(each["node"]["outcome"]["metrics"]) for each in page] for page in pages] == [[3] * 3] * 8
