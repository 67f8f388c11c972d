"""Metrics and plans over GraphQL: what is given comes back, and what is wrong is told with its path."""

from typing import Any

import pytest

from server.experimentation.models import Metric, Plan
from tests.experimentation.acting import start
from tests.experimentation.measuring import TERMS, compute, new_metric, plan_of, redefine, set_plan
from tests.factories import World
from tests.rows import unchanged
from tests.schema.api import Api, gid

DEFINITION = """definition {
  kind windowHours fromHours toHours percentile cap winsorisePercentile
  measured { event aggregate valueProperty filters { property operator values } }
  denominator { event aggregate valueProperty filters { property } }
}"""
METRIC = f"key name description kind direction version archivedAt currentVersion {{ number }} {DEFINITION}"
REFUSED = "... on Refusal { __typename code message } ... on InvalidInput { problems { path code } }"
CREATE = f"""mutation($input: CreateMetricInput!) {{
  createMetric(input: $input) {{ ... on Metric {{ id {METRIC} author {{ name }} }} {REFUSED} }}
}}"""
UPDATE = f"""mutation($id: ID!, $input: UpdateMetricInput!, $version: Int) {{
  updateMetric(metricId: $id, input: $input, expectedVersion: $version) {{ ... on Metric {{ {METRIC} }} {REFUSED} }}
}}"""
ARCHIVE = f"""mutation($id: ID!) {{
  archiveMetric(metricId: $id) {{ ... on Metric {{ archivedAt version }} {REFUSED} }}
}}"""
PLAN = """plan {
  number scale minimumEffect alpha power expectedDays correction lookbackDays dimensions
  afterStart afterResults changesJudgement author { name }
  rule { kind tuning units days } prior { kind mean standardDeviation scale }
  metrics { role margin marginScale metric { key name } version { number kind direction definition { kind } } }
}"""
SET = f"""mutation($id: ID!, $plan: PlanInput!, $version: Int, $dryRun: Boolean) {{
  setExperimentPlan(experimentId: $id, plan: $plan, expectedVersion: $version, dryRun: $dryRun) {{
    ... on Experiment {{ version {PLAN} }} ... on Preview {{ impact {{ phaseAction buckets_moved: bucketsMoved }} }}
    {REFUSED}
  }}
}}"""

NOTHING = dict.fromkeys(
    ("windowHours", "fromHours", "toHours", "percentile", "cap", "winsorisePercentile", "denominator")
)
VISITS = {"event": "visit", "filters": [{"property": "page", "operator": "IN", "values": ["home", "cart"]}]}
MEASURED_VISITS = {**VISITS, "aggregate": "COUNT", "valueProperty": None}
PRICES = {"event": "purchase", "filters": [], "valueProperty": "price"}

GIVEN_AND_TOLD: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "proportion": ({**VISITS, "windowHours": 24}, {"measured": MEASURED_VISITS, "windowHours": 24.0}),
    "count": ({**VISITS, "cap": 20.5}, {"measured": MEASURED_VISITS, "cap": 20.5}),
    "sum": (
        {**PRICES, "winsorisePercentile": 99.95},
        {"measured": {**PRICES, "aggregate": "SUM"}, "winsorisePercentile": 99.95},
    ),
    "mean": (PRICES, {"measured": {**PRICES, "aggregate": "MEAN"}}),
    "ratio": (
        {"numerator": {**PRICES, "aggregate": "SUM"}, "denominator": {"event": "visit", "aggregate": "COUNT"}},
        {
            "measured": {**PRICES, "aggregate": "SUM"},
            "denominator": {"event": "visit", "aggregate": "COUNT", "valueProperty": None, "filters": []},
        },
    ),
    "quantile": (
        {"event": "load", "percentile": 95, "aggregate": "MEAN", "windowHours": 1.5},
        {
            "measured": {"event": "load", "filters": [], "aggregate": "MEAN", "valueProperty": None},
            "percentile": 95,
            "windowHours": 1.5,
        },
    ),
    "retention": (
        {**VISITS, "fromHours": 24, "toHours": 168},
        {"measured": MEASURED_VISITS, "fromHours": 24.0, "toHours": 168.0},
    ),
}


@pytest.mark.parametrize("kind", GIVEN_AND_TOLD)
def test_a_metric_of_each_kind_comes_back_as_it_was_given(world: World, kind: str) -> None:
    api = Api(world.author)
    given, told = GIVEN_AND_TOLD[kind]
    asked = {"projectId": gid(world.project), "key": "one", "name": "One", "definition": {kind: given}}

    answer = api(CREATE, input=asked)["createMetric"]

    metric = Metric.objects.get()
    assert answer == {
        "id": gid(metric),
        "key": "one",
        "name": "One",
        "description": "",
        "kind": kind.upper(),
        "direction": "HIGHER_IS_BETTER",
        "version": 1,
        "archivedAt": None,
        "currentVersion": {"number": 1},
        "author": {"name": world.author.name},
        "definition": {**NOTHING, "kind": kind.upper(), **told},
    }
    listed = f"query($id: ID!) {{ metrics(projectId: $id) {{ edges {{ node {{ id {METRIC} author {{ name }} }} }} }} }}"
    assert api(listed, id=gid(world.project))["metrics"]["edges"] == [{"node": answer}]


def test_what_is_wrong_with_a_metric_is_told_with_its_path(world: World) -> None:
    ratio = {
        "numerator": {"event": "", "aggregate": "MEAN"},
        "denominator": {"event": "x", "aggregate": "COUNT", "filters": [{"property": "p", "operator": "EQUALS"}]},
        "cap": 1,
        "winsorisePercentile": 99,
    }
    asked = {"projectId": gid(world.project), "key": "one", "name": "", "definition": {"ratio": ratio}}

    with unchanged():
        answer = Api(world.author)(CREATE, input=asked)["createMetric"]

    assert [(".".join(problem["path"]), problem["code"]) for problem in answer["problems"]] == [
        ("input.name", "BLANK"),
        ("input.definition.ratio.numerator.event", "BLANK"),
        ("input.definition.ratio.numerator.aggregate", "OUT_OF_RANGE"),
        ("input.definition.ratio.denominator.filters.0.values", "MISSING_VALUE"),
        ("input.definition.ratio.winsorisePercentile", "CONTRADICTION"),
    ]


@pytest.mark.parametrize("definition", [{}, {"count": {"event": "a"}, "proportion": {"event": "b"}}, {"count": None}])
def test_a_definition_is_of_exactly_one_kind(world: World, definition: dict[str, Any]) -> None:
    asked = {"projectId": gid(world.project), "key": "one", "name": "One", "definition": definition}

    with unchanged():
        assert Api(world.author).codes(CREATE, input=asked) == ["BAD_USER_INPUT"]


def test_a_metric_is_changed_and_archived(world: World) -> None:
    api, metric = Api(world.author), new_metric(world, key="bought")
    change = {"definition": {"proportion": {"event": "sale"}}, "direction": "LOWER_IS_BETTER", "description": "Why"}

    changed = api(UPDATE, id=gid(metric), input=change, version=1)["updateMetric"]
    moved = api(UPDATE, id=gid(metric), input={"name": "Other"}, version=1)["updateMetric"]
    kind = api(UPDATE, id=gid(metric), input={"definition": {"count": {"event": "sale"}}})["updateMetric"]
    same = api(UPDATE, id=gid(metric), input={"name": None, "definition": None})["updateMetric"]
    archived = api(ARCHIVE, id=gid(metric))["archiveMetric"]
    again = api(ARCHIVE, id=gid(metric))["archiveMetric"]

    assert (changed["version"], changed["currentVersion"], changed["direction"]) == (
        2,
        {"number": 2},
        "LOWER_IS_BETTER",
    )
    assert (changed["definition"]["measured"]["event"], changed["description"]) == ("sale", "Why")
    assert (moved["__typename"], moved["code"]) == ("Conflict", "VERSION_MOVED")
    assert kind["problems"] == [{"path": ["input", "definition", "count"], "code": "WRONG_KIND"}]
    assert same["version"] == 2
    assert (archived["version"], archived["archivedAt"] is None) == (3, False)
    assert (again["__typename"], again["code"]) == ("Conflict", "ILLEGAL_TRANSITION")


def test_a_plan_comes_back_as_it_was_given(world: World) -> None:
    api, experiment = Api(world.author), world.experiment()
    bought, revenue, errors = (new_metric(world, key=key) for key in ("bought", "revenue", "errors"))
    plan = {
        "primaryMetricId": gid(bought),
        "secondaryMetricIds": [gid(revenue)],
        "guardrails": [{"metricId": gid(errors), "margin": 0.02, "scale": "ABSOLUTE"}],
        "scale": "RELATIVE",
        "minimumEffect": 0.05,
        "alpha": 0.1,
        "power": 0.9,
        "rule": {"fixedHorizon": {"units": 20000}},
        "expectedDays": 21,
        "prior": {"standardDeviation": 0.1, "scale": "RELATIVE"},
        "correction": "BENJAMINI_HOCHBERG",
        "lookbackDays": 0,
        "dimensions": ["browser"],
    }

    answer = api(SET, id=gid(experiment), plan=plan)["setExperimentPlan"]

    version = {"number": 1, "kind": "PROPORTION", "direction": "HIGHER_IS_BETTER", "definition": {"kind": "PROPORTION"}}
    assert answer == {
        "version": 2,
        "plan": {
            "number": 1,
            "scale": "RELATIVE",
            "minimumEffect": 0.05,
            "alpha": 0.1,
            "power": 0.9,
            "expectedDays": 21.0,
            "correction": "BENJAMINI_HOCHBERG",
            "lookbackDays": 0,
            "dimensions": ["browser"],
            "afterStart": False,
            "afterResults": False,
            "changesJudgement": False,
            "author": {"name": world.author.name},
            "rule": {"kind": "FIXED_HORIZON", "tuning": None, "units": 20000, "days": None},
            "prior": {"kind": "NORMAL", "mean": 0.0, "standardDeviation": 0.1, "scale": "RELATIVE"},
            "metrics": [
                {
                    "role": role,
                    "margin": margin,
                    "marginScale": scale,
                    "metric": {"key": key, "name": key},
                    "version": version,
                }
                for role, key, margin, scale in (
                    ("PRIMARY", "bought", None, None),
                    ("SECONDARY", "revenue", None, None),
                    ("GUARDRAIL", "errors", 0.02, "ABSOLUTE"),
                )
            ],
        },
    }
    read = f"query($id: ID!) {{ node(id: $id) {{ ... on Experiment {{ version {PLAN} }} }} }}"
    assert api(read, id=gid(experiment))["node"] == answer


def test_what_is_left_out_of_a_plan_has_its_default(world: World) -> None:
    plan = {"primaryMetricId": gid(new_metric(world)), "scale": "ABSOLUTE", "minimumEffect": 0}

    answer = Api(world.author)(SET, id=gid(world.experiment()), plan=plan)["setExperimentPlan"]["plan"]

    assert (answer["rule"], answer["prior"]["kind"]) == (
        {"kind": "ALWAYS_VALID", "tuning": 5000.0, "units": None, "days": None},
        "FLAT",
    )
    assert [
        answer[name] for name in ("alpha", "power", "correction", "lookbackDays", "dimensions", "expectedDays")
    ] == [
        0.05,
        0.8,
        "HOLM",
        14,
        [],
        None,
    ]


def test_what_is_wrong_with_a_plan_is_told_with_its_path(world: World) -> None:
    metric, experiment = gid(new_metric(world)), world.experiment()
    plan = {
        "primaryMetricId": metric,
        "secondaryMetricIds": [metric],
        "guardrails": [{"metricId": gid(experiment), "margin": -1, "scale": "RELATIVE"}],
        "scale": "RELATIVE",
        "minimumEffect": 0.1,
        "rule": {"fixedHorizon": {}},
    }

    with unchanged():
        answer = Api(world.author)(SET, id=gid(experiment), plan=plan)["setExperimentPlan"]

    assert [(".".join(problem["path"]), problem["code"]) for problem in answer["problems"]] == [
        ("plan.secondaryMetricIds.0", "DUPLICATE_METRIC"),
        ("plan.guardrails.0.metricId", "UNKNOWN_METRIC"),
        ("plan.guardrails.0.margin", "OUT_OF_RANGE"),
        ("plan.rule.fixedHorizon", "MISSING_VALUE"),
    ]


def test_a_dry_run_of_a_plan_answers_with_a_preview(world: World) -> None:
    plan = {"primaryMetricId": gid(new_metric(world)), "scale": "ABSOLUTE", "minimumEffect": 0}
    experiment = start(world, world.experiment())

    with unchanged():
        answer = Api(world.author)(SET, id=gid(experiment), plan=plan, dryRun=True)["setExperimentPlan"]

    assert answer == {"impact": {"phaseAction": "CONTINUES", "buckets_moved": 0}}


def test_the_history_of_plans_says_what_came_when(world: World) -> None:
    metric, other = new_metric(world, key="bought"), new_metric(world, key="visited")
    experiment = start(world, set_plan(world, world.experiment(), plan_of(metric)))
    compute(experiment)
    set_plan(world, experiment, plan_of(other))
    query = """query($id: ID!) { node(id: $id) { ... on Experiment {
      plan { number }
      plans { edges { node { number afterStart afterResults changesJudgement metrics { metric { key } } } } }
    } } }"""

    answer = Api(world.author)(query, id=gid(experiment))["node"]

    assert answer["plan"] == {"number": 2}
    assert [edge["node"] for edge in answer["plans"]["edges"]] == [
        {
            "number": 2,
            "afterStart": True,
            "afterResults": True,
            "changesJudgement": True,
            "metrics": [{"metric": {"key": "visited"}}],
        },
        {
            "number": 1,
            "afterStart": False,
            "afterResults": False,
            "changesJudgement": False,
            "metrics": [{"metric": {"key": "bought"}}],
        },
    ]


def test_a_deleted_draft_is_answered_with_its_plan(world: World) -> None:
    experiment = set_plan(world, world.experiment(), plan_of(new_metric(world, key="bought")))
    delete = f"mutation($id: ID!) {{ deleteExperiment(experimentId: $id) {{ ... on Experiment {{ {PLAN} }} }} }}"

    answer = Api(world.author)(delete, id=gid(experiment))["deleteExperiment"]

    assert [each["metric"]["key"] for each in answer["plan"]["metrics"]] == ["bought"]
    assert not Plan.objects.exists()


def test_the_audit_log_names_metrics_by_their_ids(world: World) -> None:
    metric = new_metric(world)
    experiment = set_plan(world, world.experiment(), plan_of(metric))
    query = "query($id: ID) { auditLog(objectId: $id, first: 1) { edges { node { action after } } } }"

    (edge,) = Api(world.author)(query, id=gid(experiment))["auditLog"]["edges"]

    assert edge["node"]["action"] == "experiment.set_plan"
    assert edge["node"]["after"]["plan"]["metrics"] == [
        {"metricId": gid(metric), "key": metric.key, "version": 1, "role": "PRIMARY"}
    ]


def test_a_page_of_experiments_with_plans_takes_as_many_statements_for_twenty_as_for_one(world: World) -> None:
    api = Api(world.author)
    query = f"""query($first: Int!) {{ experiments(first: $first) {{ edges {{ node {{
      name {PLAN} plans(first: 3) {{ totalCount edges {{ node {{ number metrics {{ metric {{ key }} }} }} }} }}
    }} }} }} }}"""
    metrics = [new_metric(world) for _ in range(5)]
    for n in range(20):
        rest = tuple(metric.pk for metric in metrics[1 : 1 + n % 5])
        set_plan(
            world,
            set_plan(world, world.experiment(), plan_of(metrics[0])),
            plan_of(redefine(world, metrics[0], f"e{n}"), TERMS, secondary=rest),
        )

    counts = [api.statements(query, first=first) for first in (1, 2, 20)]
    edges = api(query, first=20)["experiments"]["edges"]

    assert counts == [5, 5, 5]
    assert [len(edge["node"]["plan"]["metrics"]) for edge in edges] == [1 + n % 5 for n in reversed(range(20))]
    assert {edge["node"]["plan"]["number"] for edge in edges} == {2}
