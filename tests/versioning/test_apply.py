"""What a change set makes of a lineup, without a database."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.evaluation.percentages import BasisPoints
from server.features.models import Option, Segment
from server.versioning.apply import (
    MAX_OVERRIDES,
    Applied,
    Ground,
    allocation_problems,
    apply_change_set,
    change_content,
    priority_problems,
)
from server.versioning.change_sets import (
    AllocationChange,
    AtPriority,
    Before,
    FlagChangeSet,
    Place,
    SegmentOverrideChangeSet,
    StateChange,
)
from server.versioning.lineup import Content, Lineup, Standing

OPTIONS = {number: Option(pk=number, key=f"o{number}") for number in range(1, 5)}
PLAIN = {name: Segment(pk=number, name=name) for number, name in enumerate("abcd", start=1)}
SYSTEM = {name: Segment(pk=ord(name), name=name, is_system=True) for name in "XY"}
SEGMENTS = PLAIN | SYSTEM
GROUND = Ground("STRING", OPTIONS, {segment.pk: segment for segment in SEGMENTS.values()})


def lineup(names: str) -> Lineup:
    default = Standing(None, Content(True, "default", {}))
    overrides = (Standing(SEGMENTS[name], Content(True, name, {}), by_experiment=name in SYSTEM) for name in names)
    return Lineup(default, tuple(overrides))


def names(line: Lineup) -> str:
    return "".join(standing.segment.name for standing in line.overrides if standing.segment)


def applied(line: Lineup, *changes: tuple[str, Place | None]) -> Applied:
    overrides = (SegmentOverrideChangeSet(SEGMENTS[name].pk, place=place) for name, place in changes)
    return apply_change_set(line, FlagChangeSet(overrides=tuple(overrides)), GROUND, path=())


def put(line: str, name: str, place: Place | None = None) -> str:
    done = applied(lineup(line), (name, place))
    assert done.problems == []
    return names(done.lineup)


def shares(*pairs: tuple[int, int]) -> StateChange:
    return StateChange(allocations=tuple(AllocationChange(option, BasisPoints(s)) for option, s in pairs))


def test_explicit_targeting_wins_plain_overrides_come_before_those_of_experiments() -> None:
    assert put("ab", "X") == "abX"
    assert put("abX", "c") == "abcX"
    assert put("X", "a") == "aX"
    assert put("aX", "Y") == "aXY"
    assert put("Xa", "b") == "bXa"
    assert put("aXb", "X") == "aXb"


def test_unless_the_caller_says_otherwise() -> None:
    assert put("abX", "c", AtPriority(4)) == "abXc"
    assert put("ab", "X", AtPriority(1)) == "Xab"
    assert put("abX", "X", Before(PLAIN["a"].pk)) == "Xab"


def test_changes_are_applied_one_after_the_other() -> None:
    done = applied(lineup("ab"), ("c", AtPriority(1)), ("d", Before(PLAIN["c"].pk)), ("a", AtPriority(1)))

    assert (done.problems, names(done.lineup)) == ([], "adcb")


def test_a_change_of_nothing_is_the_same_lineup() -> None:
    line = lineup("abX")

    done = apply_change_set(line, FlagChangeSet(), GROUND, path=())

    assert (done.lineup, done.problems) == (line, [])


def test_zero_removes_an_option_and_one_that_has_no_share_stays_without() -> None:
    before = Content(True, "x", {1: BasisPoints(4000), 2: BasisPoints(6000)})

    after, problems = change_content(before, shares((1, 0), (3, 0), (2, 10_000)), GROUND, path=())

    assert (after.allocations, problems) == ({2: 10_000}, [])


def test_the_effective_total_is_checked_once_the_options_are_right() -> None:
    before = Content(True, "x", {1: BasisPoints(6000)})

    _, over = change_content(before, shares((2, 4001)), GROUND, path=("default",))
    _, unknown = change_content(before, shares((2, 4001), (9, 1)), GROUND, path=("default",))

    assert [(p.path, p.code) for p in over] == [(("default", "allocations"), "OVER_ALLOCATED")]
    assert [(p.path, p.code) for p in unknown] == [(("default", "allocations", 1, "optionId"), "UNKNOWN_OPTION")]


def test_an_option_that_is_named_often_is_one_problem() -> None:
    changes = [AllocationChange(1, BasisPoints(1))] * 5

    problems = allocation_problems(changes, OPTIONS, path=("split",))

    assert [(p.path, p.code) for p in problems] == [(("split", 1, "optionId"), "DUPLICATE_OPTION")]


def test_no_answer_is_larger_than_a_thousand_problems() -> None:
    changes = [AllocationChange(-number, BasisPoints(1)) for number in range(5_000)]

    assert len(allocation_problems(changes, OPTIONS, path=())) == 1_000


splits = st.dictionaries(st.sampled_from(list(OPTIONS)), st.integers(0, 10_000))


@given(before=splits, change=splits)
def test_upserts_are_a_merge_and_the_total_is_exact(before: dict[int, int], change: dict[int, int]) -> None:
    if sum(before.values()) > 10_000:
        before = {}
    content = Content(True, "x", {option: BasisPoints(s) for option, s in before.items() if s})
    merged = {option: share for option, share in (before | change).items() if share}

    after, problems = change_content(content, shares(*change.items()), GROUND, path=())

    assert [p.code for p in problems] == (["OVER_ALLOCATED"] if sum(merged.values()) > 10_000 else [])
    assert after.allocations == merged


@given(order=st.permutations("abcd"), data=st.data())
def test_moves_keep_the_order_of_the_others(order: list[str], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(order))
    others = [n for n in order if n != name]
    place: Any = data.draw(
        st.one_of(
            st.integers(1, len(order)).map(AtPriority),
            st.sampled_from(others).map(lambda n: Before(PLAIN[n].pk)),
        )
    )

    after = put("".join(order), name, place)

    assert [n for n in after if n != name] == others
    if isinstance(place, AtPriority):
        assert after.index(name) + 1 == place.priority
    else:
        assert PLAIN[after[after.index(name) + 1]].pk == place.segment_id


@pytest.mark.parametrize(
    ("others", "message"),
    [
        ("", "The priority is 1: the flag has no other override."),
        ("ab", "The priority is a number from 1 to 3: 1 is looked at first."),
    ],
)
def test_a_priority_out_of_range_is_told_with_those_that_there_are(others: str, message: str) -> None:
    (problem,) = priority_problems(4, lineup(others), path=("place", "priority"))

    assert (problem.path, problem.code, problem.message) == (("place", "priority"), "OUT_OF_RANGE", message)


def test_a_flag_has_a_bounded_number_of_overrides() -> None:
    segments = {pk: Segment(pk=pk, name=str(pk)) for pk in range(1, MAX_OVERRIDES + 2)}
    full = Lineup(
        Standing(None, Content(True, "default", {})),
        tuple(Standing(segments[pk], Content(True, "x", {})) for pk in range(1, MAX_OVERRIDES + 1)),
    )
    ground = Ground("STRING", OPTIONS, segments)
    one_more = FlagChangeSet(overrides=(SegmentOverrideChangeSet(MAX_OVERRIDES + 1),))
    one_changes = FlagChangeSet(overrides=(SegmentOverrideChangeSet(1, StateChange(enabled=False)),))

    refused = apply_change_set(full, one_more, ground, path=("input",))

    assert [(p.path, p.code) for p in refused.problems] == [(("input", "overrides"), "TOO_MANY")]
    assert apply_change_set(full, one_changes, ground, path=()).problems == []
