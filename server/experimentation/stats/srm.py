"""The sample-ratio check: did the arms get the units that the split says? Looks at counts, never at outcomes.

Every check is of one phase against that phase's own split. Two answers: Pearson's chi-square,
for one look; and a sequential one that may be looked at daily, on which health rests.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

from server.experimentation.stats.corrections import holm
from server.experimentation.stats.distributions import as_p_value, chi_square_tail, log_gamma
from server.experimentation.stats.reasons import NoResult, Reason

CONCENTRATIONS = (10.0, 100.0, 1_000.0, 10_000.0)
"""How near to the split the sequential check expects a fault: from gross, found early, to slight, found late."""

SMALLEST_EXPECTED = 5.0
"""Units that the split must give a cell of chi-square (Cochran 1954); smaller arms are counted together."""


@dataclass(frozen=True, slots=True)
class PhaseCounts:
    """Units at their first exposure in one phase, and the shares that the phase's split gives the arms."""

    observed: tuple[int, ...]
    weights: tuple[float, ...]

    def open_arms(self) -> "PhaseCounts | NoResult":
        """Without the arms that have no share: they say nothing, unless units are in them."""
        if len(self.observed) != len(self.weights) or min((*self.observed, *self.weights), default=0) < 0:
            return NoResult(Reason.IMPOSSIBLE_SUMS)
        pairs = list(zip(self.observed, self.weights, strict=True))
        if any(count and not weight for count, weight in pairs):
            return NoResult(Reason.UNITS_IN_CLOSED_ARM)
        kept = [(count, weight) for count, weight in pairs if weight]
        if len(kept) < 2:
            return NoResult(Reason.ONE_OPEN_ARM)
        return PhaseCounts(tuple(count for count, _ in kept), tuple(weight for _, weight in kept))


@dataclass(frozen=True, slots=True)
class SrmResult:
    """Expected units, and the p-values: for one look, and for any number of looks."""

    chi_square: float
    degrees_of_freedom: int
    p_value: float
    log_evidence: float
    always_valid_p_value: float
    units: int


def check(phase: PhaseCounts) -> SrmResult | NoResult:
    """Check one phase.

    χ² = Σ (O - E)² / E with E = n w (Pearson 1900); degrees of freedom are cells - 1, and a cell is an arm, or
    several of those that expect too few units. The evidence is `_log_evidence`, of all arms; its p-value
    1 / e^evidence, at most 1 (Ville's inequality).
    """
    counts = phase.open_arms()
    if isinstance(counts, NoResult):
        return counts
    units, whole = sum(counts.observed), sum(counts.weights)
    expected = (units * weight / whole for weight in counts.weights)
    cells = _cells(zip(expected, counts.observed, strict=True))
    if len(cells) < 2:
        return NoResult(Reason.TOO_FEW_UNITS)
    chi = sum((seen - due) ** 2 / due for due, seen in cells)
    return _result(chi, len(cells) - 1, _log_evidence(counts), units)


def _cells(arms: Iterable[tuple[float, int]]) -> list[tuple[float, int]]:
    """Units that are expected and that were seen, with the smallest arms together until they expect enough: an arm
    of a hundredth of a percent does not keep a fault between the others from being seen.
    """
    cells = sorted(arms, key=itemgetter(0))  # by what is expected alone: cells that follow the counts are no fair ones
    while len(cells) > 1 and cells[0][0] < SMALLEST_EXPECTED:
        (due, seen), (more_due, more_seen) = cells[:2]
        cells = sorted([(due + more_due, seen + more_seen), *cells[2:]], key=itemgetter(0))
    return cells


def check_phases(phases: Sequence[PhaseCounts]) -> SrmResult | NoResult:
    """All phases together, each against its own split: never the sums of counts against one split.

    Phases are independent: chi-squares and their degrees of freedom add up, and so does the evidence.
    Phases that are still too small are left out.
    """
    results = [check(phase) for phase in phases]
    for result in results:
        if isinstance(result, NoResult) and result.reason is not Reason.TOO_FEW_UNITS:
            return result
    found = [result for result in results if isinstance(result, SrmResult)]
    if not found:
        return NoResult(Reason.TOO_FEW_UNITS)
    return _result(
        sum(each.chi_square for each in found),
        sum(each.degrees_of_freedom for each in found),
        sum(each.log_evidence for each in found),
        sum(each.units for each in found),
    )


@dataclass(frozen=True, slots=True)
class DimensionCheck:
    """The check of the units of one value of a dimension, with its p-value adjusted over all values (Holm)."""

    value: str
    result: SrmResult | NoResult
    adjusted_p_value: float | NoResult


def check_dimension(phases_by_value: Mapping[str, Sequence[PhaseCounts]]) -> tuple[DimensionCheck, ...]:
    """A check per value of a dimension: a fault of one browser disappears in the sum of all."""
    results = {value: check_phases(phases) for value, phases in phases_by_value.items()}
    found = [value for value, result in results.items() if isinstance(result, SrmResult)]
    raw = [result.always_valid_p_value for result in results.values() if isinstance(result, SrmResult)]
    adjusted: dict[str, float] = dict(zip(found, holm(raw), strict=True))
    return tuple(
        DimensionCheck(value, result, result if isinstance(result, NoResult) else adjusted[value])
        for value, result in results.items()
    )


def _log_evidence(counts: PhaseCounts) -> float:
    """log of the multinomial Bayes factor against the split (Lindon and Malek, NeurIPS 2022).

    For a Dirichlet(c·w) prior, B = Γ(c) / Γ(c + n) · Π Γ(c w + x) / Γ(c w) / w^x. It is a martingale under the
    split, as is the average over several c, so that 1 / B is a p-value at every look at once.
    """
    whole, units = sum(counts.weights), sum(counts.observed)
    factors = []
    for concentration in CONCENTRATIONS:
        total = log_gamma(concentration) - log_gamma(concentration + units)
        for seen, weight in zip(counts.observed, counts.weights, strict=True):
            share = weight / whole
            prior = concentration * share
            total += log_gamma(prior + seen) - log_gamma(prior) - seen * math.log(share)
        factors.append(total)
    highest = max(factors)
    return highest + math.log(sum(math.exp(each - highest) for each in factors) / len(factors))


def _result(chi: float, freedom: int, evidence: float, units: int) -> SrmResult:
    return SrmResult(
        chi,
        freedom,
        as_p_value(chi_square_tail(chi, freedom)),
        evidence,
        as_p_value(math.exp(min(-evidence, 0.0))),
        units,
    )
