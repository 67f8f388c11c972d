"""GraphiQL's worked examples, run as they stand on the demo by each of its users."""

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from server.demo.shop import Shop
from server.experimentation.models import Metric
from server.projects.models import Environment
from server.schema.examples import demo_ids, worked_examples
from server.schema.ids import decode_any
from tests.experimentation.planning.remembering import remember
from tests.factories import new_world
from tests.rows import unchanged
from tests.schema.api import Api, gid


@pytest.mark.parametrize(("user", "environment"), [("owner", "production"), ("editor", "staging")])
def test_each_works_as_it_stands(shop: Shop, user: str, environment: str) -> None:
    author = shop.authors[user]
    create, refused, experiments, explain, simulate, _, audit_log, *_ = worked_examples(author)
    api = Api(author)

    created = api(create.query, **create.variables)["createExperiment"]
    with unchanged():
        broken = api(refused.query, **refused.variables)["createExperiment"]
        listed = api(experiments.query, **experiments.variables)["experiments"]
        explained = api(explain.query, **explain.variables)["explainEvaluation"]
        simulated = api(simulate.query, **simulate.variables)["simulateExperiment"]
        logged = api(audit_log.query, **audit_log.variables)["auditLog"]

    assert created["__typename"] == "Experiment"
    assert created["rollout"]["controlPercentage"] == 50
    assert broken["__typename"] == "InvalidInput"
    assert {problem["code"] for problem in broken["problems"]} == {"BLANK", "OVER_ALLOCATED"}
    assert listed["edges"][0]["node"]["id"] == created["id"]
    assert listed["totalCount"] == shop.environments[environment].experiments.count()
    (decided,) = [step for step in explained["steps"] if step["outcome"] == "MATCHED"]
    assert decided["variant"] == explained["evaluation"]["variant"]
    assert simulated["units"] == 10_000
    assert 0 < sum(arm["units"] for arm in simulated["arms"]) == simulated["unitsTakingPart"]
    assert logged["edges"][0]["node"]["action"] == "experiment.create"


def test_the_demos_production_comes_first(shop: Shop) -> None:
    ids = demo_ids(shop.authors["owner"])

    assert ids is not None
    assert ids.environment == gid(shop.environments["production"])
    assert ids.feature == gid(shop.features["hero-banner"])


def test_the_explanation_shows_an_override_that_is_passed_by_and_one_that_deals(shop: Shop) -> None:
    author = shop.authors["owner"]
    explain = worked_examples(author)[3]

    steps = Api(author)(explain.query, **explain.variables)["explainEvaluation"]["steps"]

    assert [(step["segment"] and step["segment"]["name"], step["outcome"]) for step in steps] == [
        ("Big spenders", "NOT_MATCHED"),
        ("Guests", "MATCHED"),
        (None, "NOT_REACHED"),
    ]
    assert steps[1]["bucket"] is not None


def test_the_experiment_is_one_that_runs_behind_an_override(shop: Shop) -> None:
    author = shop.authors["owner"]
    simulate = worked_examples(author)[4]

    simulated = Api(author)(simulate.query, **simulate.variables)["simulateExperiment"]

    assert simulate.variables["experimentId"] == gid(shop.experiments["checkout-button-wording"])
    assert [each["segment"]["name"] for each in simulated["competingOverrides"]] == ["Staff"]
    assert [arm["variant"] for arm in simulated["arms"]] == ["control", "order", "pay", "secure"]


def test_it_comes_first_because_it_is_the_production_not_because_it_is_the_oldest(shop: Shop) -> None:
    production, staging = shop.environments["production"], shop.environments["staging"]
    Environment.objects.filter(pk=production.pk).update(name="rehearsal")
    Environment.objects.filter(pk=staging.pk).update(name="production")

    ids = demo_ids(shop.authors["owner"])

    assert ids is not None
    assert ids.environment == gid(staging)


@pytest.mark.parametrize("user", ["owner", "editor"])
def test_a_metric_is_created_and_a_plan_is_tried(shop: Shop, user: str) -> None:
    author = shop.authors[user]
    api = Api(author)
    create, plan = worked_examples(author)[-2:]
    may_create = user == "owner"  # metrics are the project's, and the editor's role is for one environment

    created = api(create.query, **create.variables)["createMetric"]
    with unchanged():
        tried = api(plan.query, **plan.variables)["setExperimentPlan"]

    assert (created["__typename"], created.get("kind")) == (("Metric", "SUM") if may_create else ("NotAllowed", None))
    assert tried == {"__typename": "Preview", "impact": {"phaseAction": "CONTINUES"}}


def test_a_size_is_planned_by_a_metrics_history(shop: Shop) -> None:
    author = shop.authors["owner"]
    (example,) = [each for each in worked_examples(author) if "PlanFromHistory" in each.query]
    names = ("environmentId", "metricId")
    environment, metric = (decode_any(example.variables["input"]["baseline"]["history"][name])[1] for name in names)
    production = replace(new_world(), environment=Environment.objects.get(pk=environment))

    before = Api(author)(example.query, **example.variables)["planSampleSize"]
    remember(production, Metric.objects.get(pk=metric))
    planned = Api(author)(example.query, **example.variables)["planSampleSize"]

    assert before["baseline"]["reason"] == "NO_HISTORY"
    assert (planned["baseline"]["value"], planned["unitsPerDay"]) == (0.05, 1_000.0)
    assert planned["duration"]["days"] == planned["sampleSize"]["units"] / 1_000


def test_they_are_found_with_four_statements_however_many_flags_there_are(shop: Shop) -> None:
    with CaptureQueriesContext(connection) as queries:
        demo_ids(shop.authors["owner"])

    assert len(queries) == 4
