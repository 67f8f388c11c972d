"""The verdict on an experiment from its figures, its plan and the health of its data. Counts nothing."""

from collections.abc import Sequence

from server.evaluation.snapshot import CONTROL_ARM
from server.experimentation.models import MetricRole, Plan, PlanMetric
from server.experimentation.results.document import MetricFigures, ScopeFigures
from server.experimentation.results.plans import judged_by
from server.experimentation.results.times import A_DAY
from server.experimentation.stats.evidence import Doubt, Health, Progress, VariantEvidence
from server.experimentation.stats.verdict import Verdict, judge

LATELY = 7
"""Days whose new units say how many arrive."""

MOST_QUARANTINED = 0.01
"""The share of units in several variants above which no figure is trusted: they were left out, and not at random."""

FEWEST_QUARANTINED = 10
"""So few are no sign of anything, whatever their share."""


def verdict_on(
    figures: ScopeFigures,
    plan: Plan,
    metrics: Sequence[PlanMetric],
    *,
    as_of: int,
    incomplete: bool,
    plan_changed: bool,
) -> Verdict:
    """Judge what is judged: the latest phases that may be pooled.

    ``incomplete`` says that accepted events are missing from the figures, ``plan_changed`` that what decides was
    changed after there were figures to see.
    """
    compared = [each.variant for each in figures.units]
    treatments = [each.variant for each in figures.units if each.variant != CONTROL_ARM and each.basis_points]
    doubts = [
        doubt
        for doubt, found in {
            Doubt.UNITS_IN_SEVERAL_VARIANTS: _many_quarantined(figures),
            Doubt.INCOMPLETE_DATA: incomplete,
            Doubt.PLAN_CHANGED: plan_changed,
        }.items()
        if found
    ]
    return judge(
        judged_by(plan, metrics, treatments=max(len(treatments), 1)),
        tuple(_evidence(figures.metrics, variant, compared.index(variant) - 1) for variant in treatments),
        Health(figures.split, tuple(doubts)),
        progress_of(figures, as_of=as_of),
    )


def progress_of(figures: ScopeFigures, *, as_of: int) -> Progress:
    """How far it is: all units, the days since it opened, and how many units a day have come lately."""
    ended = as_of if figures.closed is None else min(figures.closed, as_of)
    days = max(ended - figures.opened, 0) / A_DAY
    since = ended // A_DAY - LATELY
    lately = sum(each.units for each in figures.new_units if each.day > since)
    return Progress(
        units=sum(each.units for each in figures.units),
        days=days,
        units_per_day=lately / min(max(days, 1 / 24), LATELY),
    )


def _many_quarantined(figures: ScopeFigures) -> bool:
    counted = sum(each.units for each in figures.units)
    return figures.quarantined >= FEWEST_QUARANTINED and figures.quarantined > MOST_QUARANTINED * (
        counted + figures.quarantined
    )


def _evidence(metrics: Sequence[MetricFigures], variant: str, place: int) -> VariantEvidence:
    effects = {
        role: [each.result.treatments[place].effect for each in metrics if each.role is role] for role in MetricRole
    }
    return VariantEvidence(variant, effects[MetricRole.PRIMARY][0], tuple(effects[MetricRole.GUARDRAIL]))
