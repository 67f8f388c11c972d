"""Corrections for asking many questions: of several metrics, of several variants. Knows no metric by name.

Holm keeps the chance of any false finding, Benjamini-Hochberg the share of false ones among
the findings. Both keep the order in which p-values are given.
"""

from collections.abc import Sequence
from dataclasses import dataclass


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjusted p-values of Holm (Scandinavian Journal of Statistics 6, 1979): max over j ≤ i of (m - j + 1) p₍ⱼ₎."""
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    adjusted, highest = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(order):
        highest = max(highest, min((len(order) - rank) * p_values[index], 1.0))
        adjusted[index] = highest
    return tuple(adjusted)


def benjamini_hochberg(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjusted p-values of Benjamini and Hochberg (J. R. Stat. Soc. B 57, 1995): min over j ≥ i of m p₍ⱼ₎ / j."""
    order = sorted(range(len(p_values)), key=p_values.__getitem__, reverse=True)
    adjusted, lowest = [0.0] * len(p_values), 1.0
    for place, index in enumerate(order):
        lowest = min(lowest, p_values[index] * (len(order) / (len(order) - place)))
        adjusted[index] = lowest
    return tuple(adjusted)


@dataclass(frozen=True, slots=True)
class SharedAlpha:
    """The level of each test of the primary metric, and of each test of any other metric."""

    primary: float
    other: float


def preferential_bonferroni(*, alpha: float, primary_share: float, treatments: int, metrics: int) -> SharedAlpha:
    """Bonferroni with a share of α kept for the primary metric: γα / k, and (1 - γ) α / (k (m - 1)).

    Eppo's documentation, "Multiple testing"; a weighted Bonferroni (Rosenthal and Rubin 1983).
    """
    others = treatments * (metrics - 1)
    return SharedAlpha(
        primary_share * alpha / treatments if others else alpha / treatments,
        (1 - primary_share) * alpha / others if others else 0.0,
    )


def familywise_error(*, alpha: float, tests: int) -> float:
    """What becomes of α without a correction: 1 - (1 - α)^m, the chance of any false finding in m independent tests."""
    return float(1 - (1 - alpha) ** tests)
