"""The results of an experiment as a client reads them: what was computed, by whom it is judged, and what is missing."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from server.experimentation.models import Experiment, Phase, Plan
from server.schema.experimentation.results.examples import RESULTS
from tests.experimentation.acting import pause, set_rollout, start
from tests.experimentation.results.made_up import Seen
from tests.experimentation.results.making import OPENED
from tests.experimentation.results.storing import (
    EVEN,
    computed,
    failed,
    running,
    with_metric,
    with_plan,
    with_results,
)
from tests.factories import World, split_of
from tests.schema.api import Api, gid

SIZE = 20
MIDNIGHT = "2026-03-03T00:00:00+00:00"


def read(api: Api, experiment: Experiment, selected: str) -> Any:
    """What is selected of the experiment."""
    query = f"query($id: ID!) {{ node(id: $id) {{ ... on Experiment {{ {selected} }} }} }}"
    return api(query, id=gid(experiment))["node"]


def test_a_draft_has_no_results_and_says_why(world: World, api: Api) -> None:
    answer = read(
        api,
        world.experiment(),
        """results { number } exposures { asOf } computations { totalCount }
        resultsState { standing lastAttempt { number } nextDueAt requestedAt } health { status checks { message } }""",
    )

    assert answer == {
        "results": None,
        "exposures": None,
        "computations": {"totalCount": 0},
        "resultsState": {"standing": "NOT_STARTED", "lastAttempt": None, "nextDueAt": None, "requestedAt": None},
        "health": {
            "status": "NOT_ENOUGH_DATA",
            "checks": [{"message": "The experiment has not started: there is nothing to check yet."}],
        },
    }


def test_an_experiment_that_has_just_started_awaits_its_results(world: World, api: Api) -> None:
    answer = read(api, running(world), "results { number } resultsState { standing } health { status }")

    assert answer == {"results": None, "resultsState": {"standing": "AWAITED"}, "health": {"status": "WARNING"}}


def test_what_was_computed_is_told_with_everything_that_it_was_made_from(world: World, api: Api) -> None:
    answer = read(
        api,
        with_results(world),
        """results {
          number computedAt asOf engine isFinal variants plan { number alpha }
          inputs { phases waitingEvents warehouse } judged { phases pooled brokenBy message } dimensions
        }""",
    )

    assert answer["results"] == {
        "number": 1,
        "computedAt": MIDNIGHT,
        "asOf": MIDNIGHT,
        "engine": "duckdb 2.0",
        "isFinal": False,
        "variants": ["control", "blue", "red"],
        "plan": {"number": 1, "alpha": 0.05},
        "inputs": {"phases": [1], "waitingEvents": 7, "warehouse": {"files": 3}},
        "judged": {"phases": [1], "pooled": False, "brokenBy": None, "message": "Judged is phase 1."},
        "dimensions": [],
    }


METRIC = """
  cap planned { role margin metric { key project { name } } version { kind } }
  analysis {
    scale
    control { ... on Level { units value } ... on NoResult { reason } }
    treatments {
      variant
      level { ... on Level { units value } ... on NoResult { reason } }
      lift { ... on WelchTest { value } ... on NoResult { reason } }
      alwaysValid { ... on AlwaysValidTest { value } ... on NoResult { reason } }
    }
  }
"""


def treatment(variant: str, value: float, lift: float) -> dict[str, Any]:
    """What is told of a treatment with 990 units."""
    return {
        "variant": variant,
        "level": {"units": 990, "value": pytest.approx(value)},
        "lift": {"value": pytest.approx(lift)},
        "alwaysValid": {"value": pytest.approx(lift)},
    }


def test_metrics_come_in_the_plan_s_order_with_their_role_and_every_treatment(world: World, api: Api) -> None:
    answer = read(api, with_results(world), f"results {{ metrics {{ {METRIC} }} }}")

    lift = 123 / 990 / 0.1 - 1
    assert answer["results"]["metrics"] == [
        {
            "cap": None,
            "planned": {
                "role": "PRIMARY",
                "margin": None,
                "metric": {"key": "converted", "project": {"name": "Shop"}},
                "version": {"kind": "PROPORTION"},
            },
            "analysis": {
                "scale": "RELATIVE",
                "control": {"units": 1020, "value": pytest.approx(0.1)},
                "treatments": [treatment("blue", 123 / 990, lift), treatment("red", 123 / 990, lift)],
            },
        },
        {
            "cap": None,
            "planned": {
                "role": "GUARDRAIL",
                "margin": 0.02,
                "metric": {"key": "revenue", "project": {"name": "Shop"}},
                "version": {"kind": "SUM"},
            },
            "analysis": {
                "scale": "RELATIVE",
                "control": {"units": 1020, "value": pytest.approx(0.3)},
                "treatments": [treatment("blue", 369 / 990, lift), treatment("red", 369 / 990, lift)],
            },
        },
    ]


VERDICT = """results { verdict {
  ... on Verdict { outcome doubts isFinal variants { variant outcome } }
  ... on NoPlan { message }
} }"""


def test_without_a_plan_there_is_no_verdict_and_no_metric_and_both_are_said(world: World, api: Api) -> None:
    experiment = running(world)
    computed(experiment)

    answer = read(api, experiment, f"{VERDICT} more: results {{ plan {{ number }} metrics {{ cap }} }}")

    assert answer["results"]["verdict"] == {
        "message": (
            "There was no plan to judge by, so no metric was computed: set one, and the next results have a verdict."
        )
    }
    assert answer["more"] == {"plan": None, "metrics": []}


def test_a_verdict_is_told_for_the_experiment_and_each_variant(world: World, api: Api) -> None:
    seen = Seen([{"control": 102_000, "blue": 99_000, "red": 99_000}])

    answer = read(api, with_results(world, seen=seen), VERDICT)

    assert answer["results"]["verdict"] == {
        "outcome": "WINNING",
        "doubts": [],
        "isFinal": False,
        "variants": [{"variant": "blue", "outcome": "WINNING"}, {"variant": "red", "outcome": "WINNING"}],
    }


def in_a_second_phase(world: World) -> Experiment:
    """An experiment whose split was changed after a day."""
    experiment, turn = running(world), OPENED + timedelta(days=1)
    pause(world, experiment, turn)
    split = {"blue": 20.0, "red": 20.0}
    set_rollout(world, experiment, split_of(experiment.feature, split, control_value="grey"), now=turn)
    start(world, experiment, turn)
    with_plan(world, experiment)
    computed(experiment, Seen([EVEN, {"control": 600, "blue": 200, "red": 200}]))
    return experiment


def test_phases_that_cannot_be_pooled_are_left_out_of_what_is_judged_and_shown_by_themselves(
    world: World, api: Api
) -> None:
    level = "control { ... on Level { units } }"
    answer = read(
        api,
        in_a_second_phase(world),
        f"""exposures {{
          judged {{ phases units }} phases {{ phases units variants {{ variant expectedPercentage }} }}
        }}
        results {{
          judged {{ phases brokenBy message }}
          metrics {{ analysis {{ {level} }} }}
          phase(number: 1) {{ number closedAt metrics {{ planned {{ metric {{ key }} }} analysis {{ {level} }} }} }}
        }}
        nothing: results {{ phase(number: 3) {{ number }} }}""",
    )

    results = answer["results"]
    assert results["judged"] == {
        "phases": [2],
        "brokenBy": "SPLIT_CHANGED",
        "message": ("Judged is phase 2. Those before are left out: from phase 1 to 2, the variants had other shares."),
    }
    assert [each["analysis"]["control"]["units"] for each in results["metrics"]] == [600, 600]
    assert results["phase"] == {
        "number": 1,
        "closedAt": "2026-03-02T00:00:00+00:00",
        "metrics": [
            {"planned": {"metric": {"key": key}}, "analysis": {"control": {"units": 1020}}}
            for key in ("converted", "revenue")
        ],
    }
    assert answer["nothing"] == {"phase": None}
    assert answer["exposures"] == {
        "judged": {"phases": [2], "units": 1000},
        "phases": [
            {
                "phases": [number],
                "units": units,
                "variants": [{"variant": key, "expectedPercentage": share[key]} for key in share],
            }
            for number, units, share in (
                (1, 3000, {"control": 34, "blue": 33, "red": 33}),
                (2, 1000, {"control": 60, "blue": 20, "red": 20}),
            )
        ],
    }


def test_exposures_are_told_by_variant_and_day_with_what_does_not_count(world: World, api: Api) -> None:
    seen = Seen([EVEN], quarantined=4, outside=3, unknown=2)

    answer = read(
        api,
        with_results(world, seen=seen),
        """exposures {
          firstAt lastAt newUnits { day variant units }
          judged { quarantined outside unknown split { ... on SampleRatioCheck { units pValue } } }
        }""",
    )

    assert answer["exposures"] == {
        "firstAt": "2026-03-01T00:00:00+00:00",
        "lastAt": "2026-03-02T23:00:00+00:00",
        "newUnits": [{"day": "2026-03-01T00:00:00+00:00", "variant": key, "units": EVEN[key]} for key in EVEN],
        "judged": {"quarantined": 4, "outside": 3, "unknown": 2, "split": {"units": 3000, "pValue": 1.0}},
    }


def test_a_breakdown_has_every_value_and_one_that_was_not_asked_for_is_null(world: World, api: Api) -> None:
    few = {"control": 3, "blue": 2, "red": 4}
    experiment = with_results(
        world, dimensions=["browser"], seen=Seen([EVEN], values={"browser": {"Firefox": EVEN, None: few}})
    )

    answer = read(
        api,
        experiment,
        """results { dimensions breakdown(property: "browser") { property values {
          value variants { variant units }
          split { ... on SampleRatioCheck { pValue } ... on NoResult { reason } }
          splitAdjustedPValue { ... on AdjustedPValue { value } ... on NoResult { reason } }
          metrics { planned { metric { key } } analysis { control { ... on Level { units } } } }
        } } }
        other: results { breakdown(property: "country") { property } }""",
    )

    firefox, unset = answer["results"]["breakdown"]["values"]
    assert answer["results"]["dimensions"] == ["browser"]
    assert answer["results"]["breakdown"]["property"] == "browser"
    assert (firefox["value"], firefox["split"], firefox["splitAdjustedPValue"]) == (
        "Firefox",
        {"pValue": 1.0},
        {"value": 1.0},
    )
    assert firefox["metrics"] == [
        {"planned": {"metric": {"key": key}}, "analysis": {"control": {"units": 1020}}}
        for key in ("converted", "revenue")
    ]
    assert unset["value"] is None
    assert unset["variants"] == [{"variant": key, "units": units} for key, units in few.items()]
    assert unset["split"] == unset["splitAdjustedPValue"] == {"reason": "TOO_FEW_UNITS"}
    assert answer["other"] == {"breakdown": None}


def test_two_breakdowns_of_one_experiment_are_two(world: World, api: Api) -> None:
    values = {"browser": {"Firefox": EVEN}, "country__of": {"CH": EVEN, "LI": EVEN}}
    experiment = with_results(world, dimensions=list(values), seen=Seen([EVEN], values=values))
    query = """query($id: ID!, $by: String!) { node(id: $id) { ... on Experiment { results {
      browser: breakdown(property: $by) { analysedValues values { value metrics { planned { role } } } }
      country: breakdown(property: "country__of") { analysedValues values { value } }
    } } } }"""

    answer = api(query, id=gid(experiment), by="browser")["node"]["results"]

    roles = [{"planned": {"role": "PRIMARY"}}, {"planned": {"role": "GUARDRAIL"}}]
    assert answer == {
        "browser": {"analysedValues": 1, "values": [{"value": "Firefox", "metrics": roles}]},
        "country": {"analysedValues": 2, "values": [{"value": "CH"}, {"value": "LI"}]},
    }


def test_a_failure_keeps_the_last_good_results_and_says_so(world: World, api: Api) -> None:
    experiment = with_results(world)
    failed(experiment)

    answer = read(
        api,
        experiment,
        """results { number }
        resultsState { standing nextDueAt lastAttempt { number at failed failure { code message } } }
        computations { totalCount edges { node { number status trigger failure { code } } } }
        failures: computations(status: [FAILED]) { edges { node { number } } }
        oldest: computations(order: OLDEST) { edges { node { number } } }""",
    )

    assert answer == {
        "results": {"number": 1},
        "resultsState": {
            "standing": "FAILED",
            "nextDueAt": "2026-03-03T01:05:00+00:00",
            "lastAttempt": {
                "number": 2,
                "at": "2026-03-03T01:00:00+00:00",
                "failed": True,
                "failure": {"code": "WAREHOUSE_UNAVAILABLE", "message": "The warehouse does not answer."},
            },
        },
        "computations": {
            "totalCount": 2,
            "edges": [
                {
                    "node": {
                        "number": 2,
                        "status": "FAILED",
                        "trigger": "SCHEDULE",
                        "failure": {"code": "WAREHOUSE_UNAVAILABLE"},
                    }
                },
                {"node": {"number": 1, "status": "DONE", "trigger": "SCHEDULE", "failure": None}},
            ],
        },
        "failures": {"edges": [{"node": {"number": 2}}]},
        "oldest": {"edges": [{"node": {"number": 1}}, {"node": {"number": 2}}]},
    }


def test_a_plan_that_was_changed_after_results_is_a_problem(world: World, api: Api) -> None:
    experiment = with_results(world)
    codes = "health { status checks { code status } }"
    before = read(api, experiment, codes)["health"]

    another = Plan.objects.get(experiment=experiment)
    another.pk, another.number, another.minimum_effect = None, 2, 0.01
    another.after_start = another.after_results = another.changes_judgement = True
    another.save(force_insert=True)
    after = read(api, experiment, codes)["health"]

    assert {"code": "PLAN", "status": "OK"} in before["checks"]
    assert {"code": "PLAN", "status": "PROBLEM"} in after["checks"]
    assert after["status"] == "PROBLEM"


PAGE = """
  results {
    number computedAt isFinal engine
    plan { number metrics { role } }
    judged { phases }
    verdict { ... on Verdict { outcome message } ... on NoPlan { message } }
    metrics { planned { role metric { key project { name } } version { number author { name } } } analysis {
      control { ... on Level { units value } }
      treatments { variant alwaysValid { ... on AlwaysValidTest { value } ... on NoResult { reason } } }
    } }
    phase(number: 1) { metrics { planned { metric { name } } } }
    breakdown(property: "browser") { values {
      value metrics { planned { metric { name currentVersion { number } } } }
    } }
    exports { csv }
  }
  resultsState { standing lastAttempt { number failure { code } } }
  exposures { judged { units variants { variant units } } phases { units } }
  health { status checks { code status message } }
"""


def many(world: World, size: int) -> None:
    """So many experiments with results; some failed last."""
    for n in range(size):
        values = {"browser": {f"Firefox {n}": EVEN, None: EVEN}}
        experiment = with_results(world, dimensions=["browser"], seen=Seen([EVEN], values=values))
        if n % 3 == 0:
            failed(experiment)


def test_a_page_of_experiments_with_their_results_takes_as_many_statements_for_twenty_as_for_one(
    world: World, api: Api
) -> None:
    query = f"query($first: Int!) {{ experiments(first: $first) {{ edges {{ node {{ id {PAGE} }} }} }} }}"
    many(world, SIZE)

    counts = [api.statements(query, first=first) for first in (1, 2, 8)]
    edges = api(query, first=8)["experiments"]["edges"]

    assert counts == [counts[0]] * 3
    assert counts[0] <= 8
    assert [len(edge["node"]["results"]["metrics"]) for edge in edges] == [2] * 8


def test_a_page_of_twenty_with_verdicts_metrics_and_health_takes_at_most_four_statements(
    world: World, api: Api
) -> None:
    query = """query($first: Int!) { experiments(first: $first) { edges { node {
      name status health { status } exposures { judged { units } }
      results { computedAt verdict { ... on Verdict { outcome message } } metrics {
        planned { role metric { key name } }
        analysis { treatments { variant lift { ... on WelchTest { value interval { low high } } } } }
      } }
    } } } }"""
    many(world, SIZE)

    counts = [api.statements(query, first=first) for first in (1, SIZE)]
    edges = api(query, first=SIZE)["experiments"]["edges"]

    assert counts == [counts[0]] * 2
    assert counts[0] <= 4
    assert {len(edge["node"]["results"]["metrics"]) for edge in edges} == {2}


def loaded(api: Api, selected: str) -> list[str]:
    """The statements of a page of experiments that load the figures of any."""
    with CaptureQueriesContext(connection) as queries:
        api(f"{{ experiments {{ edges {{ node {{ {selected} }} }} }} }}")
    return [query["sql"] for query in queries if '"document"' in query["sql"]]


@pytest.mark.parametrize(
    ("selected", "statements"),
    [
        ("name status", 0),
        ("resultsState { standing nextDueAt lastAttempt { number failure { code } } }", 0),
        ("results { number computedAt asOf isFinal plan { number } exports { csv } inputs { phases } }", 0),
        ("computations { edges { node { number status failure { code } inputs { warehouse } } } }", 0),
        ("exposures { asOf }", 0),
        ("results { verdict { __typename } }", 1),
        ("results { metrics { cap } }", 1),
        ("exposures { firstAt }", 1),
        ("health { status }", 1),
    ],
)
def test_figures_are_loaded_where_they_are_asked_for_and_nowhere_else(
    selected: str, statements: int, world: World, api: Api
) -> None:
    many(world, 2)

    assert len(loaded(api, selected)) == statements


def test_the_worked_example_shows_a_results_page_by_one_query(world: World, api: Api) -> None:
    experiment = with_results(world, dimensions=["browser"], seen=Seen([EVEN], values={"browser": {"Firefox": EVEN}}))

    answer = api(RESULTS, experimentId=gid(experiment))["node"]

    assert answer["name"] == experiment.name
    assert [each["planned"]["metric"]["key"] for each in answer["results"]["metrics"]] == ["converted", "revenue"]
    assert answer["health"]["checks"]


def test_results_of_an_environment_s_experiments_come_with_their_environment(world: World, api: Api) -> None:
    query = """{ environments { edges { node { experiments(first: 2) { edges { node {
      results { metrics { planned { metric { key } } } } health { status }
    } } } } } } }"""
    many(world, 1)
    one = api.statements(query)

    many(world, 3)

    assert api.statements(query) == one


def test_a_metric_that_was_renamed_since_is_shown_by_its_name_of_now(world: World, api: Api) -> None:
    experiment = running(world)
    version = with_metric(world, "converted")
    with_plan(world, experiment)
    computed(experiment)
    version.metric.name = "Bought something"
    version.metric.save()

    answer = read(api, experiment, "results { metrics { planned { metric { key name } } } }")

    assert answer["results"]["metrics"][0] == {"planned": {"metric": {"key": "converted", "name": "Bought something"}}}


def test_the_same_figures_may_be_asked_for_under_several_names(world: World, api: Api) -> None:
    experiment = with_results(world)
    query = """{ experiments { edges { node { results {
      a: metrics { planned { role } } b: metrics { planned { metric { key } } }
    } } } } }"""

    (edge,) = api(query)["experiments"]["edges"]

    assert Phase.objects.filter(experiment=experiment).count() == 1
    assert edge["node"]["results"] == {
        "a": [{"planned": {"role": "PRIMARY"}}, {"planned": {"role": "GUARDRAIL"}}],
        "b": [{"planned": {"metric": {"key": "converted"}}}, {"planned": {"metric": {"key": "revenue"}}}],
    }
