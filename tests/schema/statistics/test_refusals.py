"""What is too much, out of range or does not fit together: every problem with its path, and never a crash."""

from typing import Any

import pytest

from server.accounts.authors import Author
from server.audit.authorship import AuthorKind
from tests.schema.api import Api
from tests.schema.statistics.asking import (
    CONVERSION,
    analysed,
    api,
    mean,
    metric,
    not_planned,
    planned,
    proportion,
    refused,
)
from tests.schema.walking import document

PLAN: dict[str, Any] = {"primaryMetric": "conversion", "rule": {"alwaysValid": {}}}
RATE: dict[str, Any] = {"baseline": {"rate": 0.05}, "minimumEffect": 0.1}


def wide(treatments: int, name: str = "conversion") -> dict[str, Any]:
    arms = [{"variant": f"v{place}", "sums": proportion(100, 10)} for place in range(treatments)]
    return {"name": name, "control": proportion(100, 9), "treatments": arms}


def test_every_problem_is_named_at_once_with_its_path() -> None:
    bad = metric(mean(100, 1e51, 5), mean(100, 10, -1e60), name=" ")

    assert refused(bad, CONVERSION, alpha=0, tuning=0, prior={"standardDeviation": 0, "scale": "RELATIVE"}) == [
        ("alpha", "OUT_OF_RANGE"),
        ("tuning", "OUT_OF_RANGE"),
        ("prior.standardDeviation", "OUT_OF_RANGE"),
        ("metrics.0.name", "BLANK"),
        ("metrics.0.control.mean.sum", "OUT_OF_RANGE"),
        ("metrics.0.treatments.0.sums.mean.sumSquares", "OUT_OF_RANGE"),
    ]


def test_twenty_variants_are_answered_and_one_more_is_refused() -> None:
    assert len(analysed(wide(19))["metrics"][0]["analysis"]["treatments"]) == 19
    assert refused(wide(20)) == [("metrics.0.treatments", "TOO_MANY")]


def test_fifty_metrics_are_answered_and_one_more_is_refused() -> None:
    assert len(analysed(*(wide(1, str(place)) for place in range(50)))["metrics"]) == 50
    assert refused(*(wide(1, str(place)) for place in range(51))) == [("metrics", "TOO_MANY")]


def test_many_metrics_of_many_variants_are_more_than_a_seconds_work() -> None:
    assert refused(*(wide(19, str(place)) for place in range(9))) == [("metrics", "TOO_MANY")]


def test_there_is_a_metric_with_a_treatment() -> None:
    assert refused({**CONVERSION, "treatments": []}) == [("metrics.0.treatments", "MISSING")]
    asked = {"input": {"metrics": []}}
    (error,) = api.errors(document("analyseSufficientStatistics", asked), **asked)
    assert [each["code"] for each in error["extensions"]["problems"]] == ["MISSING"]


def test_names_are_there_once_and_control_is_taken() -> None:
    twice = {
        **CONVERSION,
        "treatments": [{"variant": name, "sums": proportion(9, 1)} for name in ("a", "a", "control")],
    }

    assert refused(twice, CONVERSION) == [
        ("metrics.1.name", "DUPLICATE_NAME"),
        ("metrics.0.treatments.1.variant", "DUPLICATE_NAME"),
        ("metrics.0.treatments.2.variant", "RESERVED"),
    ]


@pytest.mark.parametrize(("name", "code"), [("", "BLANK"), ("x" * 201, "TOO_LONG"), ("a\0", "BAD_TEXT")])
def test_a_name_is_one(name: str, code: str) -> None:
    assert refused({**CONVERSION, "name": name}) == [("metrics.0.name", code)]


@pytest.mark.parametrize(
    "other",
    [
        mean(100, 10, 10),
        {"quantile": {"units": 500, "level": 0.5, "value": 1, "low": 0, "high": 2}},
    ],
)
def test_all_arms_have_sums_of_one_kind(other: dict[str, Any]) -> None:
    assert refused(metric(proportion(100, 10), other)) == [("metrics.0.treatments.0.sums", "MIXED_KINDS")]


def test_a_covariate_is_in_all_arms_or_in_none() -> None:
    adjusted = mean(100, 10, 20, sum=1, sumSquares=2, productSum=1)

    assert refused(metric(adjusted, mean(100, 10, 20))) == [("metrics.0.treatments.0.sums", "MIXED_KINDS")]


def test_all_arms_are_of_one_quantile() -> None:
    arms = [
        {"quantile": {"units": 5_000, "level": level, "value": 1, "low": 0, "high": 2}} for level in (0.5, 0.9, 1.5)
    ]

    assert refused(metric(arms[0], arms[1], arms[2])) == [
        ("metrics.0.treatments.0.sums", "MIXED_KINDS"),
        ("metrics.0.treatments.1.sums.quantile.level", "OUT_OF_RANGE"),
        ("metrics.0.treatments.1.sums", "MIXED_KINDS"),
    ]


def test_paths_lead_to_a_covariates_sums_and_products() -> None:
    bad = mean(100, 10, 20, sum=1e99, sumSquares=2, productSum=-1e99)

    found = refused(metric(mean(100, 10, 20, sum=1, sumSquares=2, productSum=1), bad))

    assert found == [
        ("metrics.0.treatments.0.sums.mean.covariate.sum", "OUT_OF_RANGE"),
        ("metrics.0.treatments.0.sums.mean.covariate.productSum", "OUT_OF_RANGE"),
    ]


def test_numbers_that_no_double_can_compute_with_are_refused_and_no_bug() -> None:
    tiny = {"mean": {"units": 1_000, "sum": 1e-47, "sumSquares": 1e-99}}
    vast = {"mean": {"units": 1_000, "sum": 1e40, "sumSquares": 1e50}}

    for pair in ((tiny, vast), (vast, tiny)):
        found = analysed(metric(*pair))["metrics"][0]["analysis"]["treatments"][0]["lift"]
        assert found["__typename"] == "NoResult"
    ratio = {"numeratorSum": 1e45, "numeratorSumSquares": 1e48, "denominatorSum": 1e-40, "denominatorSumSquares": 1e-45}
    arm = {"ratio": {"units": 2, **ratio, "productSum": 0}}
    assert analysed(metric(arm, arm))["metrics"][0]["analysis"]["control"]["__typename"] == "NoResult"


NO_FLOATS = ["nan", "inf", "-inf"]


@pytest.mark.parametrize("number", NO_FLOATS)
def test_what_is_no_finite_number_does_not_fit_its_type(number: str) -> None:
    asked = {"input": {"metrics": [metric(mean(100, float(number), 1), mean(100, 1, 1))]}}

    assert api.codes(document("analyseSufficientStatistics", asked), **asked) == ["BAD_USER_INPUT"]


@pytest.mark.parametrize("literal", ["1e999", "-1e999", "NaN", "Infinity"])
def test_nor_does_it_in_a_document(literal: str) -> None:
    query = f"{{ planSampleSize(input: {{baseline: {{rate: 0.1}}, minimumEffect: {literal}}}) {{ alphaEach }} }}"

    assert set(api.codes(query)) <= {"GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT"}


@pytest.mark.parametrize("units", [-1, 2.5, 2**53, True, "5", 10**400, float("nan")])
def test_units_are_counted(units: Any) -> None:
    asked = {"input": {"metrics": [metric(proportion(100, 1), proportion(units, 1))]}}

    assert api.codes(document("analyseSufficientStatistics", asked), **asked) == ["BAD_USER_INPUT"]


def test_more_units_than_anybody_has_are_refused() -> None:
    assert refused(metric(proportion(2**53 - 1, 1), proportion(100, 1))) == [
        ("metrics.0.control.proportion.units", "OUT_OF_RANGE")
    ]


@pytest.mark.parametrize("sums", [{}, {"proportion": {"units": 1, "successes": 1}, "mean": None}])
def test_sums_are_of_exactly_one_kind(sums: dict[str, Any]) -> None:
    asked = {"input": {"metrics": [metric(sums, proportion(1, 1))]}}

    assert api.codes(document("analyseSufficientStatistics", asked), **asked) == ["BAD_USER_INPUT"]


def test_a_split_has_from_two_to_twenty_variants_that_differ() -> None:
    arms = [{"variant": str(place), "units": 1, "share": 1} for place in range(21)]

    assert refused(split=[arms[0], {**arms[1], "share": 1e-320}]) == [("split.1.share", "OUT_OF_RANGE")]
    assert refused(split=arms[:1]) == [("split", "MISSING")]
    assert refused(split=arms) == [("split", "TOO_MANY")]
    assert refused(split=[arms[0], {**arms[0], "share": -1}]) == [
        ("split.1.variant", "DUPLICATE_NAME"),
        ("split.1.share", "OUT_OF_RANGE"),
    ]


PLANS: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"primaryMetric": "nothing"}, [("plan.primaryMetric", "UNKNOWN_METRIC")]),
    ({"minimumEffect": -0.1}, [("plan.minimumEffect", "OUT_OF_RANGE")]),
    ({"power": 0.2}, [("plan.power", "OUT_OF_RANGE")]),
    ({"srmAlpha": 1}, [("plan.srmAlpha", "OUT_OF_RANGE")]),
    ({"treatments": 1}, [("plan.treatments", "OUT_OF_RANGE")]),
    ({"rule": {"alwaysValid": {"tuning": 0}}}, [("plan.rule.alwaysValid.tuning", "OUT_OF_RANGE")]),
    ({"rule": {"fixedHorizon": {}}}, [("plan.rule.fixedHorizon", "MISSING_VALUE")]),
    ({"rule": {"fixedHorizon": {"days": -1}}}, [("plan.rule.fixedHorizon.days", "OUT_OF_RANGE")]),
    ({"guardrails": [{"metric": "nothing", "margin": -1}]}, [
        ("plan.guardrails.0.metric", "UNKNOWN_METRIC"),
        ("plan.guardrails.0.margin", "OUT_OF_RANGE"),
    ]),
    ({"guardrails": [{"metric": "conversion", "margin": 0}]}, [("plan.guardrails.0.metric", "DUPLICATE_METRIC")]),
    ({"guardrails": [{"metric": "narrow", "margin": 0}]}, [("plan.guardrails.0.metric", "MISSING")]),
    ({"guardrails": [{"metric": "x", "margin": 0}] * 51}, [("plan.guardrails", "TOO_MANY")]),
    ({"progress": {"days": -1, "unitsPerDay": -1}}, [
        ("plan.progress.days", "OUT_OF_RANGE"),
        ("plan.progress.unitsPerDay", "OUT_OF_RANGE"),
    ]),
    ({"progress": {"units": 2**52}}, [("plan.progress.units", "OUT_OF_RANGE")]),
]  # fmt: skip


@pytest.mark.parametrize(("plan", "expected"), PLANS)
def test_a_plan_fits_its_metrics_and_can_be_followed(plan: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    narrow = metric(proportion(100, 10), proportion(100, 10), name="narrow")

    assert refused(CONVERSION, narrow, plan={**PLAN, **plan}) == expected


DESIGNS: list[tuple[dict[str, Any], str]] = [
    ({"baseline": {"rate": 1.1}}, "baseline.rate"),
    ({"baseline": {"rate": 1e-12}}, "baseline.rate"),
    ({"baseline": {"mean": {"value": 1e60, "variance": 1}}}, "baseline.mean.value"),
    ({"baseline": {"mean": {"value": 1, "variance": -1}}}, "baseline.mean.variance"),
    ({"baseline": {"mean": {"value": 1, "variance": 1e-200}}}, "baseline.mean.variance"),
    ({"minimumEffect": 20}, "minimumEffect"),
    ({"minimumEffect": -1.5}, "minimumEffect"),
    ({"minimumEffect": 1e60}, "minimumEffect"),
    ({"alpha": 0.6}, "alpha"),
    ({"alpha": 0.5, "power": 0.5}, "power"),
    ({"power": 0.4}, "power"),
    ({"treatments": 0}, "treatments"),
    ({"varianceReduction": 1}, "varianceReduction"),
    ({"test": {"alwaysValid": {"tuning": 0}}}, "test.alwaysValid.tuning"),
    ({"test": {"oneLook": False}}, "test.oneLook"),
    ({"shares": {"control": 0, "treatment": 50}}, "shares"),
    ({"shares": {"control": 60, "treatment": 50}}, "shares"),
    ({"unitsPerDay": -1}, "unitsPerDay"),
    ({"units": [100, 0]}, "units.1"),
]


@pytest.mark.parametrize(("given", "path"), DESIGNS)
def test_a_design_is_one(given: dict[str, Any], path: str) -> None:
    assert not_planned(**{**RATE, **given}) == [(path, "OUT_OF_RANGE")]


def test_sixty_numbers_of_units_are_looked_at_and_one_more_is_refused() -> None:
    assert len(planned(**RATE, units=[1_000] * 60)["atUnits"]) == 60
    assert not_planned(**RATE, units=[1_000] * 61) == [("units", "TOO_MANY")]


def test_whoever_is_not_signed_in_is_refused_like_everywhere() -> None:
    nobody: Any = None

    for operation, asked in (("planSampleSize", RATE), ("analyseSufficientStatistics", {"metrics": [CONVERSION]})):
        given = {"input": asked}
        assert Api(nobody).codes(document(operation, given), **given) == ["UNAUTHENTICATED"]


def test_a_machine_without_any_grant_is_answered() -> None:
    key = Api(Author(AuthorKind.API_KEY, 1, "a key"))

    assert key(document("planSampleSize", {"input": RATE}), input=RATE)["planSampleSize"]["alphaEach"] == 0.05
