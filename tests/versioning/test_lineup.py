"""States in their order: a lineup is a value, and every change of it is another one."""

from typing import Any

import pytest

from server.evaluation.percentages import BasisPoints
from server.features.models import Option, Segment
from server.versioning.lineup import Content, Lineup, Standing, lineup_facts
from server.versioning.models import FlagState

SEGMENTS = {name: Segment(pk=number, name=name) for number, name in enumerate("abcd", start=1)}


def content(value: Any = "x", enabled: bool = True, **shares: int) -> Content:
    """Content with shares by the number of the option: ``o1=5000``."""
    return Content(enabled, value, {int(key[1:]): BasisPoints(share) for key, share in shares.items()})


def lineup(names: str, default: Content | None = None) -> Lineup:
    standing = Standing(None, default or content("default"))
    return Lineup(standing, tuple(Standing(SEGMENTS[name], content(name)) for name in names))


def names(line: Lineup) -> str:
    return "".join(standing.segment.name for standing in line.overrides if standing.segment)


def test_units_meet_overrides_in_order_and_the_default_last() -> None:
    assert [standing.content.value for standing in lineup("ba")] == ["b", "a", "default"]


def test_an_override_is_found_with_its_place() -> None:
    line = lineup("cab")

    assert line.override(3) == line.overrides[0]
    assert [line.priority(pk) for pk in (3, 1, 2, 4)] == [1, 2, 3, None]
    assert line.override(4) is None


def test_who_is_ahead_is_looked_at_before() -> None:
    line = lineup("cab")

    assert [line.ahead_of(pk) for pk in (3, 1, 2, 4)] == [
        (),
        line.overrides[:1],
        line.overrides[:2],
        (),
    ]


def test_an_override_that_is_left_out_leaves_the_others_in_order() -> None:
    line = lineup("cab")

    assert names(line.without(1)) == "cb"
    assert line.without(4) == line
    assert names(line) == "cab"


@pytest.mark.parametrize(
    ("name", "priority", "expected"),
    [("d", 1, "dabc"), ("d", 3, "abdc"), ("d", 4, "abcd"), ("a", 3, "bca"), ("c", 1, "cab"), ("b", 2, "abc")],
)
def test_an_override_stands_at_its_place_once(name: str, priority: int, expected: str) -> None:
    override = Standing(SEGMENTS[name], content("new"))

    changed = lineup("abc").with_override(override, priority=priority)

    assert names(changed) == expected
    assert changed.override(SEGMENTS[name].pk) == override


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (content(o1=1, o2=2), content(o2=2, o1=1), True),
        (content(o1=1), content(o1=2), False),
        (content(o1=1), content(), False),
        (content(enabled=True), content(enabled=False), False),
        (content(True), content(1), False),
        (content({"a": 1, "b": 2}), content({"b": 2, "a": 1}), True),
    ],
)
def test_contents_are_the_same_if_they_serve_the_same(one: Content, other: Content, same: bool) -> None:
    assert one.same_as(other) is same


def test_lineups_are_the_same_if_they_serve_the_same_to_everybody() -> None:
    written = lineup("ab")
    written = Lineup(Standing(None, written.default.content, FlagState(pk=1)), written.overrides)

    assert written.same_as(lineup("ab"))
    for other in (lineup("ba"), lineup("a"), lineup("abc"), lineup("ac"), lineup("ab", content("other"))):
        assert not written.same_as(other)
        assert not other.same_as(written)


def test_a_place_that_serves_the_same_keeps_its_row_and_any_other_gets_a_new_one() -> None:
    standing = Standing(SEGMENTS["a"], content("a"), FlagState(pk=1))

    assert standing.serving(content("a")) is standing
    assert standing.serving(content("b")) == Standing(SEGMENTS["a"], content("b"), None)


def test_facts_are_plain_json_with_shares_in_basis_points() -> None:
    options = {1: Option(pk=1, key="blue"), 2: Option(pk=2, key="red")}
    line = Lineup(Standing(None, content("grey", o2=10, o1=20)), (Standing(SEGMENTS["b"], content("x", False)),))

    assert lineup_facts(line, options) == {
        "default": {
            "segment": None,
            "priority": None,
            "enabled": True,
            "value": "grey",
            "allocations": [
                {"optionId": 1, "key": "blue", "basisPoints": 20},
                {"optionId": 2, "key": "red", "basisPoints": 10},
            ],
        },
        "overrides": [
            {
                "segment": {"id": 2, "name": "b"},
                "priority": 1,
                "enabled": False,
                "value": "x",
                "allocations": [],
            }
        ],
    }
