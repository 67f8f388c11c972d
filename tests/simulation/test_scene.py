"""An experiment of the simulation's own goes where it is in nobody's way."""

from typing import Any

from simulation.scene import Visited, free_features
from simulation.visiting import meeting_of

LAYOUT = Visited("id", "layout", "Layout", "checkout-layout", ("control", "one"))


def flag(key: str, options: int, states: tuple[bool, ...] = (True,)) -> dict[str, Any]:
    feature = {"id": f"id of {key}", "key": key, "options": [{"id": str(n), "key": str(n)} for n in range(options)]}
    return {"feature": feature, "liveVersion": {"states": [{"enabled": state} for state in states]}}


def test_free_is_what_has_options_is_on_and_that_nothing_else_divides() -> None:
    flags = [
        flag("a-pair", 1),
        flag("b-taken", 2),
        flag("c-overridden", 2, (True, True)),
        flag("d-off", 2, (False,)),
        flag("e-plain", 0),
        flag("f-trio", 2),
    ]

    free = free_features(flags, [{"feature": {"id": "id of b-taken"}}])

    assert [feature["key"] for feature in free] == ["f-trio", "a-pair"]


def test_a_unit_meets_an_experiment_only_where_the_evaluation_says_so() -> None:
    inside = {"experiment": "layout", "phase": 3, "inExperiment": True}

    met = meeting_of({"variant": "one", "metadata": inside}, LAYOUT)

    assert met is not None
    assert (met.variant, met.phase) == ("one", 3)
    assert meeting_of({"variant": "one", "metadata": inside | {"inExperiment": False}}, LAYOUT) is None
    assert meeting_of({"variant": "one", "metadata": inside | {"experiment": "other"}}, LAYOUT) is None
    assert meeting_of({"variant": "one"}, LAYOUT) is None
