"""Published figures through the API's door: what is answered to sums of every kind."""

import json
from math import isclose
from pathlib import Path
from typing import Any

import pytest

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


MAKES = {
    "cuped_relative": with_covariate,
    "cuped_ratio_relative": ratio_with_covariate,
    "ratio_metric_relative": ratio,
}
TESTS = [
    ("welch_mean_relative_gb", "lift"),
    ("welch_mean_absolute_gb", "difference"),
    ("ratio_delta_relative", "lift"),
    ("cuped_relative_gb", "lift"),
    ("cuped_ratio_gb", "lift"),
]


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


@pytest.mark.parametrize(("name", "which"), TESTS)
def test_a_test_for_one_look_has_the_published_figures(name: str, which: str) -> None:
    (treatment,) = answer_to(CASES[name])["treatments"]

    test = treatment[which]
    told = {"estimate": test["value"], "se": test["standardError"], "p_value": test["pValue"]}
    assert_close(CASES[name], told | {"ci": as_pair(test["interval"])})
    assert test["scale"] == {"lift": "RELATIVE", "difference": "ABSOLUTE"}[which]
    assert test["alternative"] == "TWO_SIDED"


def test_an_always_valid_result_has_the_published_figures() -> None:
    case = CASES["cs_asymptotic_mean_gb"]
    (treatment,) = answer_to(case, tuning=case["inputs"]["tuning_n"], scale=case["inputs"]["scale"].upper())[
        "treatments"
    ]

    found = treatment["alwaysValid"]
    assert_close(case, {"ci": as_pair(found["interval"]), "p_value": found["pValue"]})
    assert found["tuning"] == case["inputs"]["tuning_n"]


@pytest.mark.parametrize(
    "name", ["bayes_flat_proportion_gb", "bayes_informative_mean_gb", "lift_normal_bayes_flat_prior"]
)
def test_a_posterior_has_the_published_figures_and_shows_its_prior(name: str) -> None:
    case = CASES[name]
    prior = case["inputs"].get("prior")
    asked = (
        {"mean": prior["mean"], "standardDeviation": prior["variance"] ** 0.5, "scale": "RELATIVE"} if prior else None
    )

    (treatment,) = answer_to(case, prior=asked)["treatments"]

    found = treatment["posterior"]
    told = {"expected": found["mean"], "lift": found["mean"], "chance_to_win": found["chanceToBeatControl"]}
    losses = {"risk_control": found["expectedLossOfControl"], "risk_treatment": found["expectedLoss"]}
    assert_close(case, told | losses | {"ci": as_pair(found["interval"]), "sd": found["standardDeviation"]})
    assert found["prior"] == (
        {"__typename": "Prior", "kind": "NORMAL", **asked}
        if asked
        else {"__typename": "Prior", "kind": "FLAT", "mean": None, "standardDeviation": None, "scale": None}
    )


def test_a_quantile_has_the_published_figures() -> None:
    case = CASES["quantile_p90_relative_prior_gb"]
    inputs = case["inputs"]
    prior = {
        "mean": inputs["prior"]["mean"],
        "standardDeviation": inputs["prior"]["variance"] ** 0.5,
        "scale": "RELATIVE",
    }

    def arm(given: Input) -> Input:
        values = {"value": given["q"], "low": given["lower"], "high": given["upper"]}
        return {"quantile": {"units": given["n"], "level": inputs["nu"], **values}}

    (found,) = analysed(metric(arm(inputs["control"]), arm(inputs["treatment"])), prior=prior)["metrics"]

    posterior = found["analysis"]["treatments"][0]["posterior"]
    told = {"expected": posterior["mean"], "chance_to_win": posterior["chanceToBeatControl"]}
    losses = {"risk_control": posterior["expectedLossOfControl"], "risk_treatment": posterior["expectedLoss"]}
    assert_close(case, told | losses | {"ci": as_pair(posterior["interval"]), "sd": posterior["standardDeviation"]})


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
