"""An edit of shares moves as few buckets as can be, whatever came before it."""

from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.evaluation.buckets import (
    ALL_CONTROL,
    CONTROL,
    Runs,
    arm_of,
    count_moved,
    moved_runs,
    read_runs,
    shares_of,
)
from server.evaluation.hashing import BUCKETS


@st.composite
def share_maps(draw: st.DrawFn) -> dict[int, int]:
    options = draw(st.lists(st.integers(1, 6), unique=True, max_size=5))
    whole, shares = BUCKETS, {}
    for option in options:
        shares[option] = draw(st.integers(0, whole) | st.just(whole) | st.just(whole // 2))
        whole -= shares[option]
    return shares


def buckets(runs: Runs) -> list[int]:
    return [arm for length, arm in runs for _ in range(length)]


def slow_move(before: list[int], shares: dict[int, int]) -> list[int]:
    """The rule bucket by bucket."""
    after = before.copy()
    wanted = {CONTROL: BUCKETS - sum(shares.values()), **shares}
    for arm in set(before):
        own = [bucket for bucket, owner in enumerate(before) if owner == arm]
        for bucket in own[wanted.get(arm, 0) :]:
            after[bucket] = -1
    free = iter([bucket for bucket, owner in enumerate(after) if owner == -1])
    for arm in sorted(wanted):
        for _ in range(wanted[arm] - before.count(arm)):
            after[next(free)] = arm
    return after


@settings(deadline=None, max_examples=70)
@given(st.lists(share_maps(), min_size=1, max_size=5))
def test_a_chain_of_edits_moves_half_the_sum_of_the_differences_each_time(edits: list[dict[int, int]]) -> None:
    runs = ALL_CONTROL
    for shares in edits:
        before, old = shares_of(runs), runs
        runs = moved_runs(old, shares)

        after = {CONTROL: BUCKETS - sum(shares.values()), **shares}
        arms = before.keys() | after.keys()
        assert shares_of(runs) == {arm: count for arm, count in after.items() if count}
        difference = sum(abs(after.get(arm, 0) - before.get(arm, 0)) for arm in arms)
        pairs = list(zip(buckets(old), buckets(runs), strict=True))
        assert 2 * sum(had != has for had, has in pairs) == difference
        assert 2 * count_moved(old, runs) == difference
        kept = {arm for arm in arms if after.get(arm, 0) >= before.get(arm, 0)}
        assert all(has == had for had, has in pairs if had in kept)
        assert read_runs(runs) == runs


@settings(deadline=None, max_examples=50)
@given(st.lists(share_maps(), min_size=1, max_size=4))
def test_an_edit_moves_the_buckets_that_the_rule_names(edits: list[dict[int, int]]) -> None:
    runs = ALL_CONTROL
    for shares in edits:
        expected = slow_move(buckets(runs), shares)
        runs = moved_runs(runs, shares)

        assert runs == tuple((len(list(group)), arm) for arm, group in groupby(expected))


@settings(deadline=None)
@given(share_maps(), share_maps())
def test_an_edit_that_changes_no_share_moves_nothing(first: dict[int, int], second: dict[int, int]) -> None:
    runs = moved_runs(moved_runs(ALL_CONTROL, first), second)

    assert moved_runs(runs, second) == runs
    assert moved_runs(runs, dict(reversed(second.items()))) == runs
    assert moved_runs(runs, {**second, 9: 0}) == runs


def test_the_highest_buckets_are_given_up_and_dealt_lowest_first_control_before_options() -> None:
    runs = moved_runs(ALL_CONTROL, {2: 3000, 1: 3000})
    assert runs == ((4000, 0), (3000, 1), (3000, 2))

    runs = moved_runs(runs, {1: 2000, 2: 1000})
    assert runs == ((4000, 0), (2000, 1), (1000, 0), (1000, 2), (2000, 0))

    runs = moved_runs(runs, {1: 2500, 2: 1500, 3: 1000})
    assert runs == ((4000, 0), (2000, 1), (1000, 0), (1000, 2), (500, 1), (500, 2), (1000, 3))


@pytest.mark.parametrize("shares", [{1: 5000}, {1: 2500, 2: 2500}, {7: 10_000}, {1: 1, 2: 9999}])
def test_a_split_that_is_taken_away_and_given_again_comes_home(shares: dict[int, int]) -> None:
    split = moved_runs(ALL_CONTROL, shares)
    gone = moved_runs(split, {})

    assert gone == ALL_CONTROL
    assert moved_runs(gone, shares) == split


def test_every_bucket_has_one_arm() -> None:
    runs = ((4000, 0), (1000, 2), (5000, 1))

    assert [arm_of(runs, bucket) for bucket in range(BUCKETS)] == buckets(runs)
    for bucket in (-1, BUCKETS):
        with pytest.raises(ValueError, match="no bucket"):
            arm_of(runs, bucket)


@pytest.mark.parametrize("shares", [{1: -1}, {1: 10_001}, {1: 6000, 2: 4001}, {0: 5}, {-1: 5}])
def test_shares_that_cannot_be_are_refused(shares: dict[int, int]) -> None:
    with pytest.raises(ValueError, match="shares from 0"):
        moved_runs(ALL_CONTROL, shares)


@pytest.mark.parametrize(
    "pairs",
    [
        *([], [[9999, 0]], [[10_000, 0], [1, 1]], [[5000, 0], [5000, 0]], [[0, 1], [10_000, 0]]),
        *([[10_000, -1]], [[-1, 0], [10_001, 1]], [[10_000, 0, 0]]),
    ],
)
def test_what_is_no_bucket_map_is_refused(pairs: list[list[int]]) -> None:
    with pytest.raises(ValueError):
        read_runs(pairs)


def test_runs_are_read_from_json() -> None:
    assert read_runs([[2500, 0], [7500, 12]]) == ((2500, 0), (7500, 12))
