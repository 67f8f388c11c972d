"""What a computation stores: everything that was counted, and everything that was inferred from it. Computes nothing.

Times are microseconds since the epoch, days are days since the epoch, in UTC. Variants are their keys, control first.
"""

from dataclasses import dataclass

from server.experimentation.models import MetricRole
from server.experimentation.results.stretches import PhaseBreak
from server.experimentation.stats.analysis import MetricResult, Sample
from server.experimentation.stats.reasons import NoResult
from server.experimentation.stats.srm import SrmResult
from server.experimentation.stats.verdict import Verdict

MOST_COMPARED = 1_000
"""Of a breakdown, metrics times variants times values: each is two kilobytes, and some milliseconds' work."""


@dataclass(frozen=True, slots=True)
class VariantUnits:
    """The units of a variant, and the share in basis points that the split gives it."""

    variant: str
    units: int
    basis_points: int


@dataclass(frozen=True, slots=True)
class NewUnitsOfDay:
    """Units whose first exposure was on a day, in one variant."""

    day: int
    variant: str
    units: int


@dataclass(frozen=True, slots=True)
class CorrectedPValues:
    """A treatment's p-values, adjusted for all that were asked with it: of one look, and of any number of looks."""

    p_value: float | NoResult
    always_valid_p_value: float | NoResult


@dataclass(frozen=True, slots=True)
class MetricFigures:
    """One metric of the plan in one group of units: the sums per variant, and what follows from them.

    ``metric_version_id`` is the version that was computed. ``cap`` is what its values were capped at. There is one
    entry of ``corrected`` for each treatment.
    """

    metric_version_id: int
    key: str
    role: MetricRole
    cap: float | None
    samples: tuple[Sample, ...]
    result: MetricResult
    corrected: tuple[CorrectedPValues, ...]


@dataclass(frozen=True, slots=True)
class ScopeFigures:
    """One phase, or phases that are pooled: who met what, whether that was fair, and every metric.

    ``closed`` is None while it goes on; ``running`` is for how many microseconds it has run, without pauses.
    """

    phases: tuple[int, ...]
    opened: int
    closed: int | None
    running: int
    units: tuple[VariantUnits, ...]
    quarantined: int
    outside: int
    unknown: int
    split: SrmResult | NoResult
    new_units: tuple[NewUnitsOfDay, ...]
    metrics: tuple[MetricFigures, ...]


@dataclass(frozen=True, slots=True)
class DimensionValueFigures:
    """The units of one value of a dimension; ``value`` is None for those that do not have the property.

    The p-value of the split's check is adjusted over all values of the dimension (Holm).
    """

    value: str | None
    units: tuple[VariantUnits, ...]
    split: SrmResult | NoResult
    split_adjusted_p_value: float | NoResult
    metrics: tuple[MetricFigures, ...]


@dataclass(frozen=True, slots=True)
class DimensionFigures:
    """What is judged, broken down by a property of exposures.

    There are metrics of the first ``analysed`` values only; None is all of them.
    """

    property: str
    values: tuple[DimensionValueFigures, ...]
    analysed: int | None = None


@dataclass(frozen=True, slots=True)
class ResultsDocument:
    """A whole computation. ``judged`` is what the verdict is about: the phases that may be pooled with the latest.

    ``phases`` are all phases by themselves. ``broken_by`` is why earlier phases are not part of what is judged;
    None where there are none. The verdict is None where the experiment has no plan.
    """

    variants: tuple[str, ...]
    phases: tuple[ScopeFigures, ...]
    judged: ScopeFigures
    broken_by: PhaseBreak | None
    verdict: Verdict | None
    dimensions: tuple[DimensionFigures, ...]
    first_exposure: int | None
    last_exposure: int | None
