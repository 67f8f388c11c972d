"""What options of a feature may be."""

import pytest

from server.evaluation.percentages import BasisPoints
from server.features.options import MAX_OPTIONS, NewOption, key_problems, option_problems, share_problems


def option(key: str, value: object = "x") -> NewOption:
    return NewOption(key, value, BasisPoints(0))


@pytest.mark.parametrize("key", ["a", "Z", "a-1", "a_b.c", "x" * 150, "control2", "Control"])
def test_keys_that_are_admitted(key: str) -> None:
    assert key_problems(key, path=("key",)) == []


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("", "BLANK"),
        ("  ", "BLANK"),
        ("x" * 151, "TOO_LONG"),
        ("a\0", "BAD_TEXT"),
        (7, "WRONG_TYPE"),
        ("1a", "BAD_KEY"),
        ("-a", "BAD_KEY"),
        ("a b", "BAD_KEY"),
        ("a\n", "BAD_KEY"),
        ("é", "BAD_KEY"),
        ("a/b", "BAD_KEY"),
    ],
)
def test_keys_that_are_refused(key: object, code: str) -> None:
    assert [(p.path, p.code) for p in key_problems(key, path=("key",))] == [(("key",), code)]


def test_control_is_reserved_and_each_key_is_taken_once() -> None:
    problems = option_problems(
        [option("control"), option("a"), option("a", 1), option("b")],
        value_type="STRING",
        path=("options",),
        taken=["b"],
    )

    assert [(p.path, p.code) for p in problems] == [
        (("options", 0, "key"), "RESERVED"),
        (("options", 2, "key"), "DUPLICATE_OPTION"),
        (("options", 2, "value"), "WRONG_TYPE"),
        (("options", 3, "key"), "DUPLICATE_OPTION"),
    ]


def test_those_that_are_there_count_towards_the_most_there_may_be() -> None:
    new = [option(f"o{n}") for n in range(MAX_OPTIONS - 1)]

    assert option_problems(new, value_type="STRING", path=(), taken=["a"]) == []
    (problem,) = option_problems(new, value_type="STRING", path=("options",), taken=["a", "b"])
    assert (problem.path, problem.code) == (("options",), "TOO_MANY")


def test_shares_come_to_the_whole_exactly() -> None:
    assert share_problems([3333, 3333, 3334], path=()) == []
    assert share_problems([], path=()) == []
    (problem,) = share_problems([3333, 3334, 3334], path=("split",))
    assert (problem.path, problem.code) == (("split",), "OVER_ALLOCATED")
    assert "100.01 %" in problem.message
