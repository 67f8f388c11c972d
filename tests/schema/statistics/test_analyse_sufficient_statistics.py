"""Published figures through the API's door: what is answered to sums of every kind."""

import json
import math
from math import isclose
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import norm as normal
from scipy.stats import t as student

from tests.experimentation import stats
from tests.schema.statistics.asking import CONVERSION, Input, analysed, mean, metric, proportion

CASES = {
    case["name"]: case for case in json.loads((Path(str(stats.__file__)).parent / "cases.json").read_text())["cases"]
}


def arm(given: Input) -> Input:
    if "successes" in given:
        return proportion(given["n"], given["successes"])
    return mean(given["n"], given["sum"], given["sum_squares"])


def ratio(given: Input) -> Input:
    return {
        "ratio": {
            "units": given["n"],
            "numeratorSum": given["num_sum"],
            "numeratorSumSquares": given["num_sum_squares"],
            "denominatorSum": given["den_sum"],
            "denominatorSumSquares": given["den_sum_squares"],
            "productSum": given["num_den_sum_product"],
        }
    }


def with_covariate(given: Input) -> Input:
    return mean(
        int(given["count"]),
        given["main_sum"],
        given["main_sum_squares"],
        sum=given["covariate_sum"],
        sumSquares=given["covariate_sum_squares"],
        productSum=given["main_covariate_sum_product"],
    )


def ratio_with_covariate(given: Input) -> Input:
    main = {
        "units": given["n"],
        "numeratorSum": given["mp"],
        "numeratorSumSquares": given["mpq"],
        "denominatorSum": given["dp"],
        "denominatorSumSquares": given["dpq"],
        "productSum": given["mpdp"],
    }
    before = {
        "numeratorSum": given["m0"],
        "numeratorSumSquares": given["m0q"],
        "denominatorSum": given["d0"],
        "denominatorSumSquares": given["d0q"],
        "productSum": given["m0d0"],
        "numeratorsSum": given["mpm0"],
        "denominatorsSum": given["dpd0"],
        "numeratorDenominatorSum": given["mpd0"],
        "denominatorNumeratorSum": given["m0dp"],
    }
    return {"ratio": {**main, "covariate": before}}


def quantile(given: Input) -> Input:
    values = {"value": given["q"], "low": given["lower"], "high": given["upper"]}
    return {"quantile": {"units": given["n"], "level": 0.9, **values}}


MAKES = {
    "quantile_bayes_relative": quantile,
    "cuped_relative": with_covariate,
    "cuped_ratio_relative": ratio_with_covariate,
    "ratio_metric_relative": ratio,
}


def answer_to(case: dict[str, Any], **given: Any) -> Any:
    inputs, make = case["inputs"], MAKES.get(case["kind"], arm)
    asked = metric(make(inputs["control"]), make(inputs["treatment"]), scale=given.pop("scale", "RELATIVE"))
    (found,) = analysed(asked, alpha=inputs.get("alpha", 0.05), **given)["metrics"]
    return found["analysis"]


def assert_close(case: dict[str, Any], found: dict[str, Any]) -> None:
    tolerance = case["tolerance"]
    for name, expected in case["expected"].items():
        pairs = zip(found[name], expected, strict=True) if isinstance(expected, list) else [(found[name], expected)]
        for ours, theirs in pairs:
            bounds = {"rel_tol": tolerance.get("rel", 0.0), "abs_tol": tolerance.get("abs", 0.0)}
            assert isclose(ours, theirs, **bounds), (name, ours, theirs)


def as_pair(interval: dict[str, float]) -> list[float]:
    return [interval["low"], interval["high"]]


def assert_fiellers_set(treatment: dict[str, Any], control: dict[str, Any], interval: Input, critical: float) -> None:
    """Both ends are ratios r with (T - r C)² = h² (V_T + r² V_C): the lifts that the test does not exclude."""
    above, below = treatment["level"], control
    for end in as_pair(interval):
        distance = above["value"] - (1 + end) * below["value"]
        error = math.hypot(above["standardError"], (1 + end) * below["standardError"])
        assert abs(distance) / error == pytest.approx(critical)
    assert interval["low"] < treatment["lift"]["value"] < interval["high"]


def delta_methods_error(control: dict[str, Any], treatment: dict[str, Any]) -> float:
    """Of a lift of levels that are not adjusted."""
    base, above = control["value"], treatment["level"]["value"]
    return math.hypot(treatment["level"]["standardError"] / base, above * control["standardError"] / base**2)


def test_a_difference_has_the_published_figures() -> None:
    case = CASES["welch_mean_absolute_gb"]
    test = answer_to(case)["treatments"][0]["difference"]

    told = {"estimate": test["value"], "se": test["standardError"], "p_value": test["pValue"]}
    assert_close(case, told | {"ci": as_pair(test["interval"])})
    assert (test["scale"], test["alternative"]) == ("ABSOLUTE", "TWO_SIDED")


@pytest.mark.parametrize(
    "name", ["welch_mean_relative_gb", "ratio_delta_relative", "cuped_relative_gb", "cuped_ratio_gb"]
)
def test_a_lift_is_the_published_one_and_is_tested_as_its_difference_is(name: str) -> None:
    analysis = answer_to(CASES[name])
    lift, difference = (analysis["treatments"][0][which] for which in ("lift", "difference"))

    assert_close(
        {**CASES[name], "expected": {"estimate": CASES[name]["expected"]["estimate"]}}, {"estimate": lift["value"]}
    )
    assert lift["standardError"] == pytest.approx(difference["standardError"] / analysis["control"]["unadjustedValue"])
    assert [lift[same] for same in ("statistic", "pValue")] == pytest.approx(
        [difference["statistic"], difference["pValue"]]
    )
    assert (lift["scale"], lift["alternative"]) == ("RELATIVE", "TWO_SIDED")


@pytest.mark.parametrize("name", ["welch_mean_relative_gb", "ratio_delta_relative", "fieller_relative_lift"])
def test_the_interval_of_a_lift_is_fiellers(name: str) -> None:
    analysis = answer_to(CASES[name])
    (treatment,) = analysis["treatments"]

    critical = student(treatment["lift"]["degreesOfFreedom"]).ppf(0.975)
    assert_fiellers_set(treatment, analysis["control"], treatment["lift"]["interval"], critical)


def test_an_interval_of_a_lift_is_the_published_one() -> None:
    """Of so many units Student's quantile is nearly the normal one that the source takes."""
    case = CASES["fieller_relative_lift"]
    (treatment,) = answer_to(case)["treatments"]

    assert as_pair(treatment["lift"]["interval"]) == pytest.approx(case["expected"]["ci"], abs=2e-3)
    assert as_pair(treatment["posterior"]["interval"]) == pytest.approx(case["expected"]["ci"], abs=1e-8)


@pytest.mark.parametrize("scale", ["ABSOLUTE", "RELATIVE"])
def test_an_always_valid_result_is_of_its_own_critical_value(scale: str) -> None:
    inputs = CASES["cs_asymptotic_mean_gb"]["inputs"]
    analysis = answer_to(CASES["cs_asymptotic_mean_gb"], tuning=inputs["tuning_n"], scale=scale)
    (treatment,) = analysis["treatments"]

    found = treatment["alwaysValid"]
    units = inputs["control"]["n"] + inputs["treatment"]["n"]
    information = units * (-2 * math.log(0.05) + math.log(1 - 2 * math.log(0.05))) / inputs["tuning_n"]
    critical = math.sqrt(2 * (information + 1) / information * math.log(math.sqrt(information + 1) / 0.05))
    if scale == "RELATIVE":
        assert_fiellers_set(treatment, analysis["control"], found["interval"], critical)
    else:
        around = [found["value"] + sign * critical * found["standardError"] for sign in (-1, 1)]
        assert as_pair(found["interval"]) == pytest.approx(around)
    assert (found["pValue"], found["tuning"]) == (
        CASES["cs_asymptotic_mean_gb"]["expected"]["p_value"],
        inputs["tuning_n"],
    )


def test_a_flat_prior_believes_what_was_seen() -> None:
    analysis = answer_to(CASES["bayes_flat_proportion_gb"])
    (treatment,) = analysis["treatments"]
    found, lift = treatment["posterior"], treatment["lift"]

    assert found["mean"] == lift["value"]
    assert found["standardDeviation"] == pytest.approx(delta_methods_error(analysis["control"], treatment))
    assert_fiellers_set(treatment, analysis["control"], found["interval"], normal.ppf(0.975))
    assert found["chanceToBeatControl"] == pytest.approx(normal.cdf(lift["statistic"]))
    gained = lift["standardError"] * (normal.pdf(lift["statistic"]) + lift["statistic"] * normal.cdf(lift["statistic"]))
    assert [found["expectedLossOfControl"], found["expectedLoss"]] == pytest.approx([gained, gained - lift["value"]])
    flat = {"__typename": "Prior", "kind": "FLAT", "mean": None, "standardDeviation": None, "scale": None}
    assert found["prior"] == flat


@pytest.mark.parametrize("name", ["bayes_informative_mean_gb", "quantile_p90_relative_prior_gb"])
def test_a_prior_moves_what_was_seen_and_is_shown(name: str) -> None:
    given = CASES[name]["inputs"]["prior"]
    prior = {"mean": given["mean"], "standardDeviation": given["variance"] ** 0.5, "scale": "RELATIVE"}
    treatment = answer_to(CASES[name], prior=prior)["treatments"][0]
    found, lift = treatment["posterior"], treatment["lift"]

    told = {"expected": found["mean"], "ci": as_pair(found["interval"])}
    assert_close({**CASES[name], "expected": {key: CASES[name]["expected"][key] for key in told}}, told)
    believed, seen = 1 / given["variance"], lift["standardError"] ** -2
    mean = (given["mean"] * believed + lift["value"] * seen) / (believed + seen)
    assert found["chanceToBeatControl"] == pytest.approx(normal.sf(0, mean, (believed + seen) ** -0.5))
    assert found["prior"] == {"__typename": "Prior", "kind": "NORMAL", **prior}


@pytest.mark.parametrize(
    "name", ["srm_wikipedia_600_400", "srm_flagsmith_docs", "srm_unequal_weights", "srm_zero_weight_arm"]
)
def test_a_splits_check_has_the_published_figures(name: str) -> None:
    case = CASES[name]
    pairs = zip(case["inputs"]["observed"], case["inputs"]["weights"], strict=True)
    split = [{"variant": str(place), "units": units, "share": share} for place, (units, share) in enumerate(pairs)]

    found = analysed(split=split)["split"]

    told = {"chi2": found["chiSquare"], "df": found["degreesOfFreedom"], "p_value": found["pValue"]}
    assert_close({**case, "expected": {key: case["expected"][key] for key in told if key in case["expected"]}}, told)
    assert 0 < found["alwaysValidPValue"] <= 1


def test_levels_tell_their_units_value_and_spread_and_what_an_adjustment_did() -> None:
    plain = analysed()["metrics"][0]["analysis"]
    adjusted = answer_to(CASES["cuped_relative_gb"])

    assert plain["control"] == {
        "__typename": "Level",
        "units": 5_000,
        "value": 0.1,
        "standardError": pytest.approx((0.09 / 5_000) ** 0.5),
        "standardDeviation": pytest.approx(0.3),
        "unadjustedValue": 0.1,
        "unadjustedStandardError": pytest.approx((0.09 / 5_000) ** 0.5),
    }
    assert (plain["adjustment"]["__typename"], plain["adjustment"]["reason"]) == ("NoResult", "NO_COVARIATE")
    assert adjusted["adjustment"]["__typename"] == "CovariateAdjustment"
    assert 0 < adjusted["adjustment"]["varianceReduction"] < 1
    assert adjusted["control"]["value"] != adjusted["control"]["unadjustedValue"]
    assert adjusted["control"]["standardError"] < adjusted["control"]["unadjustedStandardError"]


def test_the_best_variant_names_every_variant_with_control_first() -> None:
    best = analysed()["metrics"][0]["analysis"]["best"]

    assert [each["variant"] for each in best["variants"]] == ["control", "blue", "red"]
    assert sum(each["chance"] for each in best["variants"]) == pytest.approx(1, abs=1e-5)
    assert max(best["variants"], key=lambda each: each["chance"])["variant"] == "blue"
    assert (best["scale"], best["prior"]["kind"]) == ("RELATIVE", "FLAT")


def test_metrics_and_treatments_come_in_the_order_of_the_request() -> None:
    other = metric(proportion(5_000, 50), proportion(5_000, 40), name="errors", direction="LOWER_IS_BETTER")

    found = analysed(other, CONVERSION)["metrics"]

    assert [(each["name"], each["analysis"]["direction"]) for each in found] == [
        ("errors", "LOWER_IS_BETTER"),
        ("conversion", "HIGHER_IS_BETTER"),
    ]
    assert [each["variant"] for each in found[1]["analysis"]["treatments"]] == ["blue", "red"]
    assert found[0]["analysis"]["treatments"][0]["posterior"]["chanceToBeatControl"] > 0.5


def test_a_number_that_there_is_not_has_a_reason_in_its_place() -> None:
    nobody = metric(proportion(5_000, 0), proportion(60, 6), proportion(5_000, 6_000))

    analysis = analysed(nobody)["metrics"][0]["analysis"]
    blue, red = analysis["treatments"]

    few = {"__typename": "NoResult", "reason": "NO_VARIANCE", "mayPass": True}
    assert {key: blue["lift"][key] for key in few} == few
    assert blue["lift"]["message"].startswith("Every unit of an arm has the same value")
    assert (red["level"]["reason"], red["level"]["mayPass"]) == ("IMPOSSIBLE_SUMS", False)
    assert (red["posterior"]["reason"], analysis["best"]["reason"]) == ("IMPOSSIBLE_SUMS", "NO_VARIANCE")


def test_what_is_always_valid_waits_for_a_hundred_units_and_says_so() -> None:
    treatment = analysed(metric(proportion(99, 9), proportion(5_000, 600)))["metrics"][0]["analysis"]["treatments"][0]

    assert treatment["lift"]["__typename"] == "WelchTest"
    assert treatment["alwaysValid"]["reason"] == "TOO_FEW_UNITS"
    assert treatment["adjustedAlwaysValidPValue"]["reason"] == "TOO_FEW_UNITS"


def adjusted(**given: Any) -> list[float]:
    metrics = [CONVERSION, {**CONVERSION, "name": "again"}]
    found = analysed(*metrics, **given)["metrics"]
    return [each["adjustedPValue"]["value"] for one in found for each in one["analysis"]["treatments"]]


def test_p_values_are_adjusted_over_metrics_and_treatments() -> None:
    raw = adjusted(correction="NONE")
    blue, red = raw[:2]

    differences = analysed()["metrics"][0]["analysis"]["treatments"]
    assert raw[:2] == [each["difference"]["pValue"] for each in differences]
    assert adjusted() == pytest.approx([4 * blue, 1.0, 4 * blue, 1.0])
    assert adjusted(correction="BENJAMINI_HOCHBERG") == pytest.approx([2 * blue, red, 2 * blue, red])


def test_the_primary_metric_of_a_plan_is_a_family_of_its_own() -> None:
    blue = adjusted(correction="NONE")[0]

    with_a_plan = adjusted(plan={"primaryMetric": "conversion", "rule": {"alwaysValid": {}}})

    assert [with_a_plan[0], with_a_plan[2]] == pytest.approx([2 * blue, 2 * blue])


def test_what_was_not_asked_for_is_null() -> None:
    found = analysed()

    assert (found["split"], found["verdict"]) == (None, None)


def test_a_split_that_cannot_be_checked_has_a_reason() -> None:
    split = [{"variant": "control", "units": 5_000, "share": 1}, {"variant": "blue", "units": 5, "share": 0}]

    assert analysed(split=split)["split"]["reason"] == "UNITS_IN_CLOSED_ARM"
