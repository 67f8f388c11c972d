"""A dimension has at most fifty values by name."""

from dataclasses import replace

from server.warehouse.questions.dimensions import MOST_VALUES, OTHER
from server.warehouse.questions.experiment import ask_experiment
from server.warehouse.questions.terms import ExperimentQuestion, Scope
from tests.warehouse.questions.conftest import Asked
from tests.warehouse.questions.worlds import exposure

ONE, TWO = Scope(1, (1,), 100, 200), Scope(2, (2,), 200, 300)
QUESTION = ExperimentQuestion(1, "checkout", ("new",), (ONE,), 1_000, dimension="city")


def test_as_many_values_as_there_may_be_are_all_named(session_over: Asked) -> None:
    session = session_over(*(exposure(f"unit {city}", 110, "new", city=f"{city:03}") for city in range(MOST_VALUES)))

    found = {arm.dimension_value for arm in ask_experiment(session, QUESTION).arms}

    assert found == {f"{city:03}" for city in range(MOST_VALUES)}


def test_with_more_values_those_with_most_units_are_named(session_over: Asked) -> None:
    crowd = [exposure(f"many {number}", 110, "new", city="150") for number in range(3)]
    called_so = [exposure("called so", 110, "new", city=OTHER)]
    session = session_over(
        *crowd,
        *called_so,
        exposure("nowhere", 110, "new"),
        *(exposure(f"unit {city}", 110, "new", city=f"{city:03}") for city in range(100)),
    )

    found = {arm.dimension_value: arm.units for arm in ask_experiment(session, QUESTION).arms}

    assert found == {
        None: 1,
        "150": 3,
        **{f"{city:03}": 1 for city in range(MOST_VALUES - 2)},
        OTHER: 1 + 100 - (MOST_VALUES - 2),
    }


def test_all_scopes_name_the_same_values(session_over: Asked) -> None:
    session = session_over(
        *(exposure(f"unit {city}", 110, "new", city=f"{city:03}") for city in range(60)),
        *(exposure(f"unit {number}", 210, "new", 2, city="059") for number in range(60)),
    )

    answer = ask_experiment(session, replace(QUESTION, scopes=(ONE, TWO)))

    named = {scope: {arm.dimension_value: arm.units for arm in answer.arms if arm.scope == scope} for scope in (1, 2)}
    assert named[2] == {"059": 60}
    assert named[1]["059"] == 1
    assert named[1][OTHER] == 60 - (MOST_VALUES - 1)
