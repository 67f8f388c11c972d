"""Who has which of 10,000 buckets, and how that moves when shares change; hashes nothing and stores nothing.

A bucket map is written as runs: so many buckets in a row for this arm, then so many for
that one. An arm is an option's id, or ``CONTROL``.
"""

from collections.abc import Iterable, Mapping

from server.evaluation.hashing import BUCKETS

Runs = tuple[tuple[int, int], ...]
"""``(length, arm)`` from bucket 0 on: lengths add up to 10,000, and neighbours differ."""

CONTROL = 0

ALL_CONTROL: Runs = ((BUCKETS, CONTROL),)

_FREE = -1


def read_runs(pairs: Iterable[Iterable[int]]) -> Runs:
    """Runs as JSON keeps them, a list of lists.

    Raises:
        ValueError: they are not the runs of a bucket map.
    """
    runs = tuple((length, arm) for length, arm in pairs)
    if any(length <= 0 or arm < 0 for length, arm in runs) or runs != _joined(runs):
        raise ValueError("a run has a length above 0, and neighbours are of different arms")
    if sum(length for length, _ in runs) != BUCKETS:
        raise ValueError(f"runs add up to {BUCKETS:,} buckets")
    return runs


def arm_of(runs: Runs, bucket: int) -> int:
    """The arm that has a bucket.

    Raises:
        ValueError: there is no such bucket.
    """
    end = 0
    for length, arm in runs:
        end += length
        if 0 <= bucket < end:
            return arm
    raise ValueError(f"there is no bucket {bucket}")


def shares_of(runs: Runs) -> dict[int, int]:
    """How many buckets each arm has, control included; an arm without buckets is not there."""
    shares: dict[int, int] = {}
    for length, arm in runs:
        shares[arm] = shares.get(arm, 0) + length
    return shares


def moved_runs(runs: Runs, shares: Mapping[int, int]) -> Runs:
    """The map in which each option has its share, and control the rest, moved as little as can be.

    An arm that does not shrink keeps every bucket. One that shrinks gives up its highest
    ones; what is free goes, lowest first, to the arms that grow: to control, then to the
    options by ascending id.

    Raises:
        ValueError: a share is negative, they are more than the whole, or an id is no option's.
    """
    if any(share < 0 or arm <= CONTROL for arm, share in shares.items()) or sum(shares.values()) > BUCKETS:
        raise ValueError(f"options have shares from 0 to {BUCKETS:,} in all")
    wanted = {CONTROL: BUCKETS - sum(shares.values()), **shares}
    has = shares_of(runs)
    excess = {arm: max(count - wanted.get(arm, 0), 0) for arm, count in has.items()}
    growth = [(arm, wanted[arm] - has.get(arm, 0)) for arm in sorted(wanted)]
    return _joined(_filled(_freed(runs, excess), [(arm, more) for arm, more in growth if more > 0]))


def count_moved(before: Runs, after: Runs) -> int:
    """How many buckets have another arm in the second map than in the first."""
    moved = 0
    ends = sorted({*_ends(before), *_ends(after)})
    for start, end in zip([0, *ends], ends, strict=False):
        if arm_of(before, start) != arm_of(after, start):
            moved += end - start
    return moved


def _freed(runs: Runs, excess: dict[int, int]) -> list[tuple[int, int]]:
    """The runs, with the highest buckets of each arm marked free as far as it has too many."""
    kept: list[tuple[int, int]] = []
    for length, arm in reversed(runs):
        free = min(length, excess[arm])
        excess[arm] -= free
        kept += [(free, _FREE), (length - free, arm)]
    return kept[::-1]


def _filled(runs: list[tuple[int, int]], growth: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The runs, with what is free dealt from the left to the arms that grow, one after the other."""
    filled: list[tuple[int, int]] = []
    waiting = growth[::-1]
    for length, arm in runs:
        if arm != _FREE:
            filled.append((length, arm))
            continue
        while length:
            growing, more = waiting.pop()
            taken = min(length, more)
            filled.append((taken, growing))
            length -= taken
            if taken < more:
                waiting.append((growing, more - taken))
    return filled


def _joined(runs: Iterable[tuple[int, int]]) -> Runs:
    """The same map with no empty run, and no two runs of one arm side by side."""
    joined: list[tuple[int, int]] = []
    for length, arm in runs:
        if joined and joined[-1][1] == arm:
            joined[-1] = (joined[-1][0] + length, arm)
        elif length:
            joined.append((length, arm))
    return tuple(joined)


def _ends(runs: Runs) -> list[int]:
    ends, end = [], 0
    for length, _ in runs:
        end += length
        ends.append(end)
    return ends
