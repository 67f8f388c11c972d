"""A verdict on sums that somebody brings along: by the plan's rule alone, in words and for programs."""

from typing import Any

import pytest

from tests.schema.statistics.asking import CONVERSION, analysed, metric, proportion

PLAN: dict[str, Any] = {"primaryMetric": "conversion", "rule": {"alwaysValid": {}}, "minimumEffect": 0.05}
WIN = metric(proportion(20_000, 2_000), proportion(20_000, 2_400))
ERRORS = {"name": "errors", "direction": "LOWER_IS_BETTER", "scale": "ABSOLUTE"}


def judged(*metrics: Any, **plan: Any) -> Any:
    return analysed(*metrics, plan={**PLAN, **plan})["verdict"]


def test_a_clear_difference_wins_and_says_between_what() -> None:
    verdict = judged(WIN)
    (blue,) = verdict["variants"]

    assert (verdict["outcome"], blue["outcome"], verdict["isFinal"]) == ("WINNING", "WINNING", False)
    assert blue["message"].startswith("Winning: the difference is between +")
    assert verdict["message"] == f"blue: {blue['message']}"
    assert (blue["interval"]["__typename"], blue["scale"]) == ("Interval", "RELATIVE")
    assert 0 < blue["interval"]["low"] < 0.2 < blue["interval"]["high"]
    assert (blue["remaining"]["__typename"], blue["remaining"]["reason"]) == ("NoResult", "NOTHING_LEFT")


def test_the_direction_says_which_way_is_a_win() -> None:
    assert judged({**WIN, "direction": "LOWER_IS_BETTER"})["outcome"] == "LOSING"


def test_alpha_is_divided_by_the_treatments_that_were_planned() -> None:
    narrow = judged(WIN)["variants"][0]["interval"]
    wide = judged(WIN, treatments=10)["variants"][0]["interval"]

    assert wide["low"] < narrow["low"] < narrow["high"] < wide["high"]


def test_what_is_left_tells_units_and_days() -> None:
    verdict = judged(CONVERSION, progress={"days": 10, "unitsPerDay": 1_500})
    blue, red = verdict["variants"]

    left = red["remaining"]
    assert (blue["outcome"], red["outcome"]) == ("KEEP_COLLECTING", "KEEP_COLLECTING")
    assert left["__typename"] == "RemainingCollection"
    assert left["likelyDays"]["days"] == pytest.approx(left["likelyUnits"] / 1_500, rel=1e-4)
    assert left["atMostUnits"] > left["likelyUnits"] > 0
    assert red["message"].startswith(f"Keep collecting: likely {left['likelyUnits']:,} more units, ")


def test_without_a_rate_the_traffic_is_the_units_by_the_days() -> None:
    told = judged(CONVERSION, progress={"days": 10})["variants"][1]["remaining"]
    same = judged(CONVERSION, progress={"days": 10, "units": 15_000, "unitsPerDay": 1_500})["variants"][1]["remaining"]

    assert told == same


def test_without_any_traffic_there_is_no_duration() -> None:
    left = judged(CONVERSION)["variants"][1]["remaining"]

    assert (left["likelyDays"]["reason"], left["likelyUnits"] > 0) == ("NO_TRAFFIC", True)


def test_a_guardrail_that_is_harmed_outshouts_a_win() -> None:
    errors = metric(proportion(20_000, 200), proportion(20_000, 900), **ERRORS)

    verdict = judged(WIN, errors, guardrails=[{"metric": "errors", "margin": 0.01}])

    (guardrail,) = verdict["variants"][0]["guardrails"]
    assert verdict["outcome"] == "GUARDRAIL_HARMED"
    assert (guardrail["metric"], guardrail["standing"], guardrail["scale"]) == ("errors", "HARMED", "ABSOLUTE")
    assert "errors" in verdict["message"]


def test_a_margin_may_have_a_scale_of_its_own() -> None:
    errors = metric(proportion(20_000, 2_000), proportion(20_000, 1_900), **ERRORS)

    guardrails = [{"metric": "errors", "margin": 0.5, "scale": "RELATIVE"}]
    (guardrail,) = judged(WIN, errors, guardrails=guardrails)["variants"][0]["guardrails"]

    assert (guardrail["scale"], guardrail["standing"]) == ("RELATIVE", "SAFE")
    assert -0.2 < guardrail["interval"]["low"] < -0.05 < guardrail["interval"]["high"]


def test_nothing_is_said_before_a_fixed_horizon_and_at_it_the_verdict_is_final() -> None:
    rule = {"fixedHorizon": {"units": 50_000}}

    before = judged(WIN, rule=rule)
    at = judged(WIN, rule=rule, progress={"units": 50_000})

    assert (before["outcome"], before["isFinal"]) == ("KEEP_COLLECTING", False)
    assert before["variants"][0]["interval"]["reason"] == "BEFORE_HORIZON"
    assert before["variants"][0]["remaining"]["likelyUnits"] == 10_000
    assert (at["outcome"], at["isFinal"]) == ("WINNING", True)


def unfair(**plan: Any) -> Any:
    split = [{"variant": "control", "units": 20_000, "share": 50}, {"variant": "blue", "units": 21_000, "share": 50}]
    return analysed(WIN, split=split, plan={**PLAN, **plan})


def test_an_unfair_split_takes_the_trust_away() -> None:
    verdict = unfair()["verdict"]

    assert (verdict["outcome"], verdict["doubts"]) == ("CANNOT_BE_TRUSTED", ["UNFAIR_SPLIT"])
    assert verdict["message"] == "Cannot be trusted: the variants have not got the units that the split says."
    assert verdict["variants"][0]["outcome"] == "CANNOT_BE_TRUSTED"


def test_the_plan_says_how_unlikely_a_split_has_to_be() -> None:
    found = unfair(srmAlpha=0.00001)

    assert 0.00001 < found["split"]["alwaysValidPValue"] < 0.001
    assert found["verdict"]["outcome"] == "WINNING"


def test_sums_that_no_data_has_take_the_trust_away() -> None:
    verdict = judged(metric(proportion(5_000, 500), proportion(5_000, 5_001)))

    assert verdict["doubts"] == ["IMPOSSIBLE_DATA"]


def test_a_difference_smaller_than_the_minimum_effect_is_said_to_be_small() -> None:
    many = metric(proportion(10_000_000, 1_000_000), proportion(10_000_000, 1_010_000))

    blue = judged(many, minimumEffect=0.2)["variants"][0]

    assert (blue["outcome"], blue["belowMinimumEffect"]) == ("WINNING", True)
