"""What an experiment would do to units, counted on documents: the same as the engine serves, and within statistics."""

from math import sqrt
from random import Random
from typing import Any

import pytest

from server.evaluation.engine import compile_environment, evaluate
from server.experimentation.simulation import (
    Simulation,
    as_if_running,
    looks_per_unit,
    sample_keys,
    simulate,
)
from tests.evaluation import documents

KEYS = sample_keys(20_000)
GATE = "9"
PRO = {"type": "ALL", "conditions": [{"trait": "plan", "operator": "EQUAL", "value": "pro"}], "rules": []}


def share(percentage: int, salt: str, *rules: Any) -> dict[str, Any]:
    split = {"trait": None, "operator": "PERCENTAGE_SPLIT", "percentage": percentage, "salt": salt}
    return {"type": "ALL", "conditions": [split], "rules": list(rules)}


def segment(rules: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"name": "a segment", "system": False, "open": True, "rules": rules, **fields}


def draft(*ahead: dict[str, Any], gate: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """A flag with a draft on it, whose gate takes half of the units, behind overrides for these segments."""
    plain = {"enabled": True, "value": "plain", "split": None, "experiment": None}
    runs = [[2000, "blue"], [5000, "control"], [3000, "red"]]
    own = {**plain, "value": "control", "split": {"salt": "split", "runs": runs}, "segment": GATE, **fields}
    return {
        "format": 1,
        "environment": {"id": "1", "name": "production"},
        "revision": 1,
        "segments": {
            **{str(n): each for n, each in enumerate(ahead, start=1)},
            GATE: segment(gate or share(5000, "gate"), system=True, open=False),
        },
        "flags": {
            "colour": {
                "type": "STRING",
                "serverOnly": False,
                "default": "grey",
                "options": {"blue": "b", "red": "r"},
                "identities": {},
                "overrides": [*({**plain, "segment": str(n)} for n in range(1, len(ahead) + 1)), own],
                "state": {"enabled": True, "value": "default", "split": None},
            }
        },
    }


def simulated(document: Any, keys: list[str] = KEYS, **traits: Any) -> Simulation:
    running = as_if_running(document, "colour", GATE, experiment_key="colours")
    return simulate(compile_environment(running), "colour", GATE, keys, traits)


def arms(found: Simulation) -> dict[str, int]:
    return {arm.variant: arm.units for arm in found.arms}


def near(units: int, share: float, of: int) -> bool:
    """Within four standard errors: once in sixteen thousand it is not by chance, and the keys are always the same."""
    return abs(units - share * of) <= 4 * sqrt(of * share * (1 - share))


def test_gate_and_arms_are_as_large_as_they_are_set() -> None:
    found = simulated(draft())

    assert found.units == len(KEYS)
    assert near(found.units_in_gate, 0.5, found.units)
    assert found.units_taking_part == found.units_in_gate == sum(arms(found).values())
    assert list(arms(found)) == ["control", "blue", "red"]
    assert near(arms(found)["control"], 0.5, found.units_taking_part)
    assert near(arms(found)["blue"], 0.2, found.units_taking_part)
    assert near(arms(found)["red"], 0.3, found.units_taking_part)
    assert [arm.value for arm in found.arms] == ["control", "b", "r"]


def test_what_stands_ahead_takes_its_units_first_and_in_its_order() -> None:
    document = draft(segment(share(1000, "a")), segment(share(2000, "b")), segment(PRO))

    found = simulated(document, plan="free")

    first, second, third = found.competing_overrides
    assert [each.priority for each in found.competing_overrides] == [1, 2, 3]
    assert near(first.units, 0.1, found.units_in_gate)
    assert near(second.units, 0.2 * 0.9, found.units_in_gate)
    assert third.units == 0
    assert found.units_taking_part == found.units_in_gate - first.units - second.units == sum(arms(found).values())


def test_an_override_that_the_traits_alone_decide_takes_all_that_is_left() -> None:
    document = draft(segment(share(1000, "a")), segment(PRO))

    found = simulated(document, plan="pro")

    assert found.units_taking_part == 0
    assert arms(found) == {"control": 0, "blue": 0, "red": 0}
    assert sum(each.units for each in found.competing_overrides) == found.units_in_gate


def test_a_closed_segment_competes_with_nobody() -> None:
    found = simulated(draft(segment(PRO, open=False), segment(PRO)), plan="free")

    assert [each.priority for each in found.competing_overrides] == [2]


def test_a_forced_value_takes_its_unit_first_of_all() -> None:
    document = draft(segment(PRO))
    inside = [key for key in KEYS if simulated(document, [key]).units_in_gate][:3]
    outside = next(key for key in KEYS if not simulated(document, [key]).units_in_gate)
    document["flags"]["colour"]["identities"] = {
        key: {"enabled": True, "value": "forced"} for key in (*inside, outside)
    }

    found = simulated(document, [*inside, outside, "another"], plan="pro")

    assert found.units_with_forced_value == 3
    assert found.units_in_gate - sum(each.units for each in found.competing_overrides) == 3


def test_the_audience_counts_as_part_of_the_gate() -> None:
    document = draft(gate=share(5000, "gate", PRO))

    assert simulated(document, plan="free").units_in_gate == 0
    assert simulated(document, plan="pro") == simulated(draft(), plan="pro")


def test_other_rules_for_the_gate_are_those_that_count() -> None:
    document = as_if_running(draft(), "colour", GATE, experiment_key="colours", gate=share(10_000, "gate"))

    found = simulate(compile_environment(document), "colour", GATE, KEYS[:100], {})

    assert found.units_in_gate == 100


def test_a_rollout_that_disables_the_flag_has_one_arm() -> None:
    found = simulated(draft(enabled=False))

    assert [(arm.variant, arm.value) for arm in found.arms] == [("default", "grey")]
    assert found.arms[0].units == found.units_in_gate


def test_a_split_that_gives_nothing_to_options_has_one_arm() -> None:
    found = simulated(draft(split=None))

    assert [(arm.variant, arm.value) for arm in found.arms] == [("control", "control")]


def test_the_document_stays_as_it_was() -> None:
    document, same = draft(segment(PRO)), draft(segment(PRO))

    running: Any = as_if_running(document, "colour", GATE, experiment_key="colours", gate=share(1, "gate"))

    assert document == same
    assert running["flags"]["colour"]["overrides"][-1]["experiment"] == {"key": "colours", "phase": 1}
    assert running["segments"][GATE]["open"] is True


def test_what_runs_keeps_its_phase() -> None:
    document = draft(experiment={"key": "colours", "phase": 3})

    running: Any = as_if_running(document, "colour", GATE, experiment_key="other")

    assert running["flags"]["colour"]["overrides"][-1]["experiment"] == {"key": "colours", "phase": 3}


@pytest.mark.parametrize("seed", range(40))
def test_it_counts_what_the_engine_serves(seed: int) -> None:
    rng = Random(seed)
    world = documents.environment(rng)
    key = next((key for key, flag in world["flags"].items() if flag["overrides"]), None)
    if key is None:
        return
    for override in world["flags"][key]["overrides"]:
        override["experiment"] = None
    chosen = rng.choice(world["flags"][key]["overrides"])["segment"]
    traits = documents.context(rng)
    keys = [*(key for key in documents.KEYS if key), *KEYS[:50]]
    environment = compile_environment(as_if_running(world, key, chosen, experiment_key="e"))
    if key not in environment.flags:
        return

    found = simulate(environment, key, chosen, keys, traits)

    answers = [evaluate(environment, key, unit, traits) for unit in keys]
    served = [answer.variant for answer in answers if answer.in_experiment]
    taking_part = {variant: served.count(variant) for variant in set(served)}
    disabled = {arm.variant for arm in found.arms} == {"default"}
    if not disabled:
        assert {variant: units for variant, units in arms(found).items() if units} == taking_part
    lost = found.units_with_forced_value + sum(each.units for each in found.competing_overrides)
    assert found.units_in_gate == found.units_taking_part + lost


def test_only_rules_that_deal_by_the_targeting_key_cost_anything_per_unit() -> None:
    document = as_if_running(
        draft(segment(PRO), segment(share(1, "a", PRO)), segment(share(1, "a"), open=False)),
        "colour",
        GATE,
        experiment_key="e",
    )

    assert looks_per_unit(compile_environment(document), "colour", GATE) == 4 + 2


def test_a_sample_is_the_same_each_time() -> None:
    assert sample_keys(3) == ["sample-1", "sample-2", "sample-3"]
