"""Baselines of metrics, what they plan, and what a draft needs, as clients read them."""

from typing import Any

import pytest
from django_tasks_db.models import DBTaskResult

from server.accounts.roles import Role
from server.experimentation.metrics.plans import AnyTime, PlanTerms
from server.experimentation.stats.samples import MeanSums, ProportionCounts
from server.experimentation.stats.terms import Scale
from server.projects.models import Versioning
from tests.experimentation.measuring import REVENUE, new_metric, plan_of, put_metric_away, set_plan
from tests.experimentation.planning.remembering import remember
from tests.factories import NOW, World, new_author, new_world, split_of
from tests.rows import unchanged
from tests.schema.api import Api, gid
from tests.schema.walking import document

BASELINE = """__typename
  ... on EnvironmentBaseline {
    level { ... on MetricBaseline { value variance } ... on NoResult { reason } }
    units countedUnits unitsPerDay days computedAt engine
  }
  ... on NoResult { reason message mayPass }"""
OF_METRIC = f"""query($id: ID!, $environmentId: ID!) {{
  node(id: $id) {{ ... on Metric {{ baseline(environmentId: $environmentId) {{ {BASELINE} }} }} }}
}}"""
OF_PROJECT = f"""query($id: ID!, $environmentId: ID!, $other: ID!, $first: Int!) {{
  metrics(projectId: $id, first: $first) {{ edges {{ node {{
    key
    here: baseline(environmentId: $environmentId) {{ {BASELINE} }}
    there: baseline(environmentId: $other) {{ {BASELINE} }}
  }} }} }}
}}"""
REFRESH = """mutation($environmentId: ID!, $metricId: ID!) {
  refreshBaseline(environmentId: $environmentId, metricId: $metricId) {
    __typename
    ... on Metric { key baseline(environmentId: $environmentId) { __typename } }
    ... on Refusal { code }
    ... on Conflict { allowed }
    ... on NotFound { field }
  }
}"""
NONE = {
    "__typename": "NoResult",
    "reason": "NO_HISTORY",
    "message": (
        "Nothing has been computed of the metric in this environment: have its baseline computed, or wait an hour."
    ),
    "mayPass": True,
}


def baseline(api: Api, **ids: str) -> Any:
    """A metric's baseline."""
    return api(OF_METRIC, **ids)["node"]["baseline"]


def planned(api: Api, world: World, metric: Any, **given: Any) -> Any:
    """Everything that is answered before a start, of a metric's history."""
    history = {"environmentId": gid(world.environment), "metricId": gid(metric)}
    asked = {"input": {"baseline": {"history": history}, "minimumEffect": 0.1, **given}}
    return api(document("planSampleSize", asked), **asked)["planSampleSize"]


def test_a_baseline_has_its_value_its_spread_and_where_it_comes_from(world: World, api: Api) -> None:
    rate, revenue = new_metric(world), new_metric(world, REVENUE)
    remember(world, rate)
    remember(world, revenue, MeanSums(1, 5.0, 25.0), units=1, units_per_day=0.25)

    of_rate, of_revenue = (
        baseline(api, id=gid(each), environmentId=gid(world.environment)) for each in (rate, revenue)
    )

    assert of_rate == {
        "__typename": "EnvironmentBaseline",
        "level": {"value": 0.05, "variance": pytest.approx(0.0475)},
        "units": 14_000,
        "countedUnits": 14_000,
        "unitsPerDay": 1_000.0,
        "days": 14,
        "computedAt": NOW.isoformat(),
        "engine": "DuckDB 2.0",
    }
    assert (of_revenue["level"], of_revenue["countedUnits"], of_revenue["unitsPerDay"]) == (
        {"reason": "TOO_FEW_UNITS"},
        1,
        0.25,
    )


def test_where_there_is_none_and_where_one_may_not_see_it_the_answer_is_the_same(world: World, api: Api) -> None:
    metric, bare, staging = new_metric(world), new_metric(world), world.with_environment(Versioning.V2)
    remember(world, metric)
    here = gid(world.environment)
    narrow = new_author(
        world.organisation, Role.OWNER, project_id=world.project.pk, environment_id=staging.environment.pk
    )

    assert baseline(api, id=gid(bare), environmentId=here) == NONE
    assert baseline(api, id=gid(metric), environmentId=gid(staging.environment)) == NONE
    assert baseline(api, id=gid(metric), environmentId="nonsense") == NONE
    assert baseline(Api(narrow), id=gid(metric), environmentId=here) == NONE


def test_a_page_of_metrics_takes_as_many_statements_as_one(world: World, api: Api) -> None:
    staging = world.with_environment(Versioning.V2)
    for _ in range(20):
        metric = new_metric(world)
        remember(world, metric)
        remember(staging, metric)
    ids = {"id": gid(world.project), "environmentId": gid(world.environment), "other": gid(staging.environment)}

    counts = [api.statements(OF_PROJECT, **ids, first=first) for first in (1, 20)]
    edges = api(OF_PROJECT, **ids, first=20)["metrics"]["edges"]

    assert counts == [3, 3]
    assert {(edge["node"]["here"]["units"], edge["node"]["there"]["units"]) for edge in edges} == {(14_000, 14_000)}


def test_a_worker_is_asked_for_a_baseline_once(world: World, api: Api) -> None:
    metric = new_metric(world)
    ids = {"environmentId": gid(world.environment), "metricId": gid(metric)}

    first = api(REFRESH, **ids)["refreshBaseline"]
    with unchanged():
        second = api(REFRESH, **ids)["refreshBaseline"]

    assert first == second == {"__typename": "Metric", "key": metric.key, "baseline": {"__typename": "NoResult"}}
    assert [job.args_kwargs["args"] for job in DBTaskResult.objects.all()] == [[world.environment.pk]]


def test_every_refusal_of_a_baseline(world: World, api: Api) -> None:
    metric, archived = new_metric(world), put_metric_away(world, new_metric(world))
    here, foreign = gid(world.environment), new_metric(world.with_project())
    viewer = Api(new_author(world.organisation, Role.VIEWER))

    with unchanged():
        told = [
            answer["refreshBaseline"]
            for answer in (
                api(REFRESH, environmentId=here, metricId=gid(archived)),
                api(REFRESH, environmentId=here, metricId=gid(foreign)),
                api(REFRESH, environmentId=gid(metric), metricId=gid(metric)),
                viewer(REFRESH, environmentId=here, metricId=gid(metric)),
            )
        ]

    assert told == [
        {"__typename": "Conflict", "code": "ARCHIVED", "allowed": ["unarchiveMetric"]},
        {"__typename": "NotFound", "code": "NOT_FOUND", "field": "metricId"},
        {"__typename": "NotFound", "code": "NOT_FOUND", "field": "environmentId"},
        {"__typename": "NotAllowed", "code": "NOT_ALLOWED"},
    ]


def test_a_plan_from_history_is_the_one_from_the_same_figures(world: World, api: Api) -> None:
    metric = new_metric(world)
    remember(world, metric)
    figures = {"input": {"baseline": {"rate": 0.05}, "minimumEffect": 0.1, "unitsPerDay": 1_000, "units": [5_000]}}

    by_hand = api(document("planSampleSize", figures), **figures)["planSampleSize"]

    assert planned(api, world, metric, units=[5_000]) == by_hand
    assert planned(api, world, metric, units=[5_000], unitsPerDay=500)["unitsPerDay"] == 500
    assert by_hand["duration"]["days"] == by_hand["sampleSize"]["units"] / 1_000


def test_a_plan_without_history_says_so_in_the_place_of_every_number(world: World, api: Api) -> None:
    found = planned(api, world, new_metric(world), units=[5_000])

    (at,) = found["atUnits"]
    places = [found["baseline"], found["sampleSize"], found["duration"], at["power"], at["minimumDetectableEffect"]]
    assert places == [NONE] * 5
    assert (found["alphaEach"], found["unitsPerDay"], at["units"]) == (0.05, None, 5_000)


def test_a_plan_of_what_one_may_not_see_is_null(world: World) -> None:
    metric = new_metric(world)
    remember(world, metric)

    assert planned(Api(new_world().author), world, metric) is None


def test_history_is_one_of_the_baselines_that_exclude_each_other(world: World, api: Api) -> None:
    history = {"environmentId": gid(world.environment), "metricId": gid(new_metric(world))}
    asked = {"input": {"baseline": {"history": history, "rate": 0.1}, "minimumEffect": 0.1}}

    assert api.codes(document("planSampleSize", asked), **asked) == ["BAD_USER_INPUT"]


SIZE = """plannedSize {
  __typename
  ... on SampleSizePlan {
    unitsPerDay alphaEach
    minimumEffect { scale value }
    baseline { ... on MetricBaseline { value } ... on NoResult { reason } }
    sampleSize { ... on SampleSize { units controlUnits treatmentUnits } ... on NoResult { reason } }
    duration { ... on Duration { days } ... on NoResult { reason } }
    atUnits { units }
  }
  ... on NoResult { reason message }
}"""
OF_EXPERIMENTS = (
    f"query($first: Int!) {{ experiments(first: $first, order: NAME) {{ edges {{ node {{ {SIZE} }} }} }} }}"
)
OF_ONE = f"query($id: ID!) {{ node(id: $id) {{ ... on Experiment {{ {SIZE} }} }} }}"
TERMS = PlanTerms(Scale.ABSOLUTE, 0.005, rule=AnyTime(60_000))


def draft(world: World, metric: Any, name: str | None = None) -> Any:
    """A draft of which a fifth of the units takes part, half of them in blue."""
    feature = world.feature()
    named = {"name": name} if name else {}
    experiment = world.experiment(feature, rollout=split_of(feature, {"blue": 50}, percentage=20), **named)
    return set_plan(world, experiment, plan_of(metric, TERMS))


def test_a_draft_says_what_it_needs(world: World, api: Api) -> None:
    metric = new_metric(world)
    remember(world, metric)
    by_hand = {
        "baseline": {"rate": 0.05},
        "minimumEffect": 0.005,
        "scale": "ABSOLUTE",
        "unitsPerDay": 200,
        "test": {"alwaysValid": {"tuning": 60_000}},
    }
    same = api(document("planSampleSize", {"input": by_hand}), input=by_hand)["planSampleSize"]

    found = api(OF_ONE, id=gid(draft(world, metric)))["node"]["plannedSize"]

    size = same["sampleSize"]
    assert found == {
        "__typename": "SampleSizePlan",
        "unitsPerDay": 200.0,
        "alphaEach": 0.05,
        "minimumEffect": {"scale": "ABSOLUTE", "value": 0.005},
        "baseline": {"value": 0.05},
        "sampleSize": {name: size[name] for name in ("units", "controlUnits", "treatmentUnits")},
        "duration": {"days": size["units"] / 200},
        "atUnits": [],
    }
    assert size["units"] > 2 * 31_231


def test_an_experiment_that_runs_points_to_its_verdict(world: World, api: Api) -> None:
    experiment = world.experiment()
    start = (
        "mutation($id: ID!) { startExperiment(experimentId: $id) { ... on Experiment { plannedSize { __typename } } } }"
    )

    api(start, id=gid(experiment))

    told = api(OF_ONE, id=gid(experiment))["node"]["plannedSize"]
    message = "The experiment has started: its verdict says how much is left to collect."
    assert told == {"__typename": "NoResult", "reason": "ALREADY_STARTED", "message": message}


def test_a_page_of_drafts_takes_as_many_statements_as_one(world: World, api: Api) -> None:
    for number in range(10):
        metric = new_metric(world)
        remember(world, metric, ProportionCounts(1_000, 10 * (number + 1)))
        draft(world, metric, name=f"draft {number}")

    counts = [api.statements(OF_EXPERIMENTS, first=first) for first in (1, 10)]
    edges = api(OF_EXPERIMENTS, first=10)["experiments"]["edges"]

    assert counts == [1, 1]
    values = sorted(edge["node"]["plannedSize"]["baseline"]["value"] for edge in edges)
    assert values == pytest.approx([number / 100 for number in range(1, 11)])
