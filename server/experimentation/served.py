"""What a flag serves at one moment, as far as one experiment goes, and how two moments differ. Reads nothing."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

from server.evaluation.buckets import ALL_CONTROL, CONTROL, Runs, count_moved
from server.evaluation.hashing import BUCKETS
from server.evaluation.percentages import EVERYTHING, BasisPoints
from server.features.models import Option
from server.versioning.lineup import Lineup, Standing
from server.versioning.maps import runs_of


@dataclass(frozen=True, slots=True)
class Served:
    """A flag at one moment, as far as one experiment goes; ``gate`` is 0 while it is closed."""

    lineup: Lineup
    segment_id: int | None
    gate: BasisPoints
    split: Runs
    phase_id: int | None
    default_value: object
    options: Mapping[int, Option]

    @property
    def override(self) -> Standing | None:
        """The experiment's override."""
        return self.lineup.override(self.segment_id) if self.segment_id is not None else None


def units_affected(before: Served, after: Served) -> BasisPoints:
    """The share of units that are served another value, to the nearest basis point.

    Gates of one experiment nest, because they share a salt. Two splits of one lineage are
    compared bucket by bucket, those of two lineages as independent.
    """
    inner, outer = sorted((before.gate, after.gate))
    stretches = [(inner, inner), (outer - inner, outer), (EVERYTHING - outer, EVERYTHING)]
    changed = Fraction(0)
    for length, end in stretches:
        if length:
            changed += length * _changed(_met(before, end), before, _met(after, end), after)
    return BasisPoints(round(changed))


def split_moved(before: Served, after: Served) -> int:
    """How many of the 10,000 buckets of the split have another arm."""
    return count_moved(before.split, after.split)


def standing_runs(standing: Standing | None) -> Runs:
    """Which arm has which bucket where this standing applies."""
    if standing is None or standing.row is None or not standing.content.allocations:
        return ALL_CONTROL
    return runs_of(standing.row.bucket_map)


def _met(served: Served, gate_end: int) -> Standing:
    """What a unit meets whose gate bucket lies in a stretch that ends here."""
    override = served.override
    return override if override is not None and gate_end <= served.gate else served.lineup.default


def _changed(one: Standing, before: Served, other: Standing, after: Served) -> Fraction:
    """The share of the units, of those that meet one standing and then the other, with another value."""
    values, then = _values(one, before), _values(other, after)
    if _segment_id(one) == _segment_id(other):
        ends = sorted({*values, *then})
        same = sum(
            end - start for start, end in zip([0, *ends], ends, strict=False) if _at(values, end) == _at(then, end)
        )
        return 1 - Fraction(same, BUCKETS)
    shares, others = _shares(values), _shares(then)
    return 1 - sum((share * others.get(value, Fraction(0)) for value, share in shares.items()), Fraction(0))


def _values(standing: Standing, served: Served) -> dict[int, str]:
    """What is served up to each end of a run; the ends ascend."""
    if not standing.content.enabled:
        return {BUCKETS: _text(served.default_value)}
    runs = standing_runs(standing)
    ends = accumulate(length for length, _ in runs)
    return {
        end: _text(standing.content.value if arm == CONTROL else served.options[arm].value)
        for end, (_, arm) in zip(ends, runs, strict=True)
    }


def _at(values: Mapping[int, str], end: int) -> str:
    return next(value for upto, value in values.items() if end <= upto)


def _shares(values: Mapping[int, str]) -> dict[str, Fraction]:
    shares: dict[str, Fraction] = {}
    start = 0
    for end, value in values.items():
        shares[value] = shares.get(value, Fraction(0)) + Fraction(end - start, BUCKETS)
        start = end
    return shares


def _segment_id(standing: Standing) -> int | None:
    return standing.segment.pk if standing.segment else None


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True)
