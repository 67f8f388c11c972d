"""Which units a scope compares, and when those that it leaves out are too many. Judges no metric, counts nothing.

Whoever has the key of a web page can send an exposure of any variant. One unit in a variant without a share says
nothing of the split; many say that something else serves the variants.
"""

from collections.abc import Sequence

from server.evaluation.percentages import EVERYTHING
from server.evaluation.snapshot import CONTROL_ARM
from server.experimentation.results.document import VariantUnits
from server.experimentation.stats.reasons import NoResult
from server.experimentation.stats.srm import PhaseCounts, SrmResult, check

FEWEST_AT_FAULT = 10
"""So few are no sign of anything, whatever their share."""

MOST_AT_FAULT = 0.01
"""The share above which no figure is trusted: they were left out, and not at random."""


def too_many(found: int, everybody: int) -> bool:
    """Whether so many at fault, among everybody, cannot be an accident."""
    return found >= FEWEST_AT_FAULT and found > MOST_AT_FAULT * everybody


def compared(units: Sequence[VariantUnits]) -> tuple[VariantUnits, ...]:
    """The variants that are compared: control, and all with a share of the units."""
    return tuple(each for each in units if each.basis_points or each.variant == CONTROL_ARM)


def strays(units: Sequence[VariantUnits]) -> int:
    """How many units have met a variant that has no share."""
    return sum(each.units for each in units if not each.basis_points)


def are_many_strays(units: Sequence[VariantUnits]) -> bool:
    """Whether they are a doubt. In control each of them is: everything would be compared with strays alone."""
    in_control = any(each.units and not each.basis_points for each in units if each.variant == CONTROL_ARM)
    return in_control or too_many(strays(units), sum(each.units for each in units))


def counts_of(units: Sequence[VariantUnits]) -> PhaseCounts:
    """What the check of the split is asked with: a few strays are left out of it, many are not."""
    arms = units if are_many_strays(units) else [each for each in units if each.basis_points]
    return PhaseCounts(tuple(each.units for each in arms), tuple(each.basis_points / EVERYTHING for each in arms))


def split_of(units: Sequence[VariantUnits]) -> SrmResult | NoResult:
    """The check of the split of one scope; many strays are its reason why there is none."""
    return check(counts_of(units))
