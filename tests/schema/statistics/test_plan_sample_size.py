"""What an experiment needs before its start, as a client asks, against published figures."""

from typing import Any

import pytest
from scipy.stats import norm as normal

from tests.schema.statistics.asking import planned
from tests.schema.statistics.test_analyse_sufficient_statistics import CASES

RATE: dict[str, Any] = {"baseline": {"rate": 0.05}, "minimumEffect": 0.1}


def asked_of(name: str) -> dict[str, Any]:
    """A case as a request: its level is that of each comparison, and has been divided by nothing."""
    given = CASES[name]["inputs"]
    treatments = given["arms"] - 1
    return {
        "baseline": {"mean": {"value": given["mean"], "variance": given["variance"]}},
        "minimumEffect": given.get("relative_effect", 1.0),
        "alpha": given["alpha"] * treatments,
        "treatments": treatments,
        "power": given.get("power", 0.8),
        "test": {"alwaysValid": {"tuning": given["tuning_n"]}} if "tuning_n" in given else {"oneLook": True},
        "units": [given["n_total"]],
    }


def test_the_units_have_the_power_that_was_asked_for() -> None:
    found = planned(**RATE, units=[100])
    units = found["sampleSize"]["units"]

    assert found["alphaEach"] == 0.05
    assert found["baseline"] == {"__typename": "MetricBaseline", "value": 0.05, "variance": pytest.approx(0.0475)}
    assert found["minimumEffect"] == {"__typename": "EffectSize", "scale": "RELATIVE", "value": 0.1}
    (at,) = planned(**RATE, units=[units])["atUnits"]
    assert at["power"]["value"] == pytest.approx(0.8, abs=1e-4)
    assert at["minimumDetectableEffect"]["value"] == pytest.approx(0.1, rel=1e-3)
    assert found["sampleSize"]["controlUnits"] == found["sampleSize"]["treatmentUnits"] == units / 2


def test_a_duration_is_the_units_by_the_traffic_and_without_traffic_there_is_none() -> None:
    found = planned(**RATE, unitsPerDay=1_000)

    assert found["duration"]["days"] == pytest.approx(found["sampleSize"]["units"] / 1_000)
    assert planned(**RATE)["duration"]["reason"] == "NO_TRAFFIC"


def as_difference(asked: dict[str, Any]) -> dict[str, Any]:
    """The same effect on the other scale."""
    return asked | {"scale": "ABSOLUTE", "minimumEffect": asked["minimumEffect"] * asked["baseline"]["mean"]["value"]}


def test_the_power_of_given_units_follows_from_the_difference_and_its_standard_error() -> None:
    asked, given = asked_of("power_mean_gb"), CASES["power_mean_gb"]["inputs"]
    (at,) = planned(**asked)["atUnits"]

    error = (2 * given["variance"] / (given["n_total"] / given["arms"])) ** 0.5
    score = given["relative_effect"] * given["mean"] / error
    assert at["power"]["value"] == pytest.approx(normal.sf(1.959964 - score) + normal.sf(1.959964 + score), abs=1e-6)


@pytest.mark.parametrize("name", ["power_mean_gb", "power_sequential_single_look", "mde_sequential_single_look"])
def test_a_rise_of_a_lift_takes_the_units_of_its_difference_and_fewer_than_is_published(name: str) -> None:
    """The source plans a test with the delta method's standard error, which for a rise is larger."""
    asked = asked_of(name)
    (at,), (as_of_difference,) = planned(**asked)["atUnits"], planned(**as_difference(asked))["atUnits"]
    published = CASES[name]["expected"]

    assert at["power"]["value"] == pytest.approx(as_of_difference["power"]["value"])
    smallest = as_of_difference["minimumDetectableEffect"]["value"] / asked["baseline"]["mean"]["value"]
    assert at["minimumDetectableEffect"]["value"] == pytest.approx(smallest)
    if "power" in published:
        assert published["power"] < at["power"]["value"] < 1.2 * published["power"]
    else:
        assert 0.8 * published["mde"] < at["minimumDetectableEffect"]["value"] < published["mde"]


def test_more_weeks_of_traffic_have_more_power() -> None:
    given, published = CASES["power_by_week_gb"]["inputs"], CASES["power_by_week_gb"]["expected"]["power"]
    weeks = [given["users_per_week"] * (week + 1) for week in range(given["weeks"])]

    found = planned(
        baseline={"rate": given["baseline"]},
        minimumEffect=given["relative_effect"],
        alpha=given["alpha"] * 2,
        treatments=given["arms"] - 1,
        units=weeks,
    )

    powers = [at["power"]["value"] for at in found["atUnits"]]
    assert powers == sorted(powers)
    assert powers == pytest.approx(published, rel=0.05)


def test_an_always_valid_test_needs_more_units_and_an_adjustment_fewer() -> None:
    plain = planned(**RATE)["sampleSize"]["units"]

    assert planned(**RATE, test={"alwaysValid": {"tuning": plain}})["sampleSize"]["units"] > 1.4 * plain
    assert planned(**RATE, varianceReduction=0.5)["sampleSize"]["units"] == pytest.approx(plain / 2, rel=1e-2)


def test_alpha_is_divided_by_the_treatments_and_units_are_dealt_to_all() -> None:
    found = planned(**RATE, treatments=3)

    size = found["sampleSize"]
    assert found["alphaEach"] == pytest.approx(0.05 / 3)
    assert size["units"] == pytest.approx(4 * size["controlUnits"], rel=1e-4)


def test_shares_are_those_that_were_given() -> None:
    size = planned(**RATE, shares={"control": 80, "treatment": 20})["sampleSize"]

    assert size["controlUnits"] == pytest.approx(4 * size["treatmentUnits"], rel=1e-3)


def test_a_decrease_is_looked_for_below_zero() -> None:
    (at,) = planned(baseline={"rate": 0.05}, minimumEffect=-0.01, scale="ABSOLUTE", units=[50_000])["atUnits"]

    assert at["minimumDetectableEffect"]["scale"] == "ABSOLUTE"
    assert -0.01 < at["minimumDetectableEffect"]["value"] < 0


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"minimumEffect": 0}, "NO_MINIMUM_EFFECT"),
        ({"baseline": {"rate": 0}}, "NO_VARIANCE"),
        ({"baseline": {"mean": {"value": 0, "variance": 1}}}, "ZERO_CONTROL_MEAN"),
        ({"baseline": {"mean": {"value": -1, "variance": 1}}}, "NEGATIVE_CONTROL_MEAN"),
        ({"minimumEffect": 1e-9}, "OUT_OF_REACH"),
    ],
)
def test_where_there_is_no_number_there_is_a_reason(given: dict[str, Any], reason: str) -> None:
    found = planned(**{**RATE, **given}, unitsPerDay=1_000)

    assert (found["sampleSize"]["reason"], found["duration"]["reason"]) == (reason, reason)


def test_what_is_wrong_with_the_baseline_holds_for_given_units_too() -> None:
    (at,) = planned(**{**RATE, "baseline": {"rate": 1}, "minimumEffect": -0.5}, units=[1_000])["atUnits"]

    assert (at["power"]["reason"], at["minimumDetectableEffect"]["reason"]) == ("NO_VARIANCE", "NO_VARIANCE")


def test_too_few_units_to_find_anything_have_their_power_all_the_same() -> None:
    (at,) = planned(**RATE, units=[3])["atUnits"]

    assert 0 < at["power"]["value"] < 0.8


def test_units_beyond_graphqls_own_integers_are_told() -> None:
    size = planned(baseline={"rate": 1e-4}, minimumEffect=0.005)["sampleSize"]

    assert size["units"] > 2**31
