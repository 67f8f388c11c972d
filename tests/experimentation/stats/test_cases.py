"""Every case of cases.json: published or independently recomputed figures, within the tolerance that each states."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from tests.experimentation.stats.answering import ANSWERS

CASES = json.loads((Path(__file__).parent / "cases.json").read_text())["cases"]


def is_met(name: str, found: Any, expected: Any, tolerance: dict[str, float]) -> bool:
    if isinstance(expected, list):
        return len(found) == len(expected) and all(
            is_met(name, ours, theirs, tolerance) for ours, theirs in zip(found, expected, strict=True)
        )
    if name.endswith("_at_most"):
        return found <= expected
    if name.endswith("_at_least"):
        return found >= expected
    return math.isclose(found, expected, rel_tol=tolerance.get("rel", 0.0), abs_tol=tolerance.get("abs", 0.0))


def test_no_case_is_left_out() -> None:
    assert len(CASES) == 52
    assert {case["kind"] for case in CASES} == set(ANSWERS)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_figures_are_the_published_ones(case: dict[str, Any]) -> None:
    found = ANSWERS[case["kind"]](case["inputs"])

    for name, expected in case["expected"].items():
        if name == "below":
            assert found["p_value"] < expected
        else:
            assert is_met(name, found[name], expected, case["tolerance"]), (name, found[name], expected)
