"""The verdict on an experiment from its figures, its plan and the health of its data. Counts nothing."""

from collections.abc import Sequence
from dataclasses import replace

from server.experimentation.models import MetricRole, Plan, PlanMetric
from server.experimentation.results.document import MetricFigures, ScopeFigures
from server.experimentation.results.fairness import compared, too_many
from server.experimentation.results.plans import judged_by
from server.experimentation.stats.evidence import Doubt, Health, Progress, VariantEvidence
from server.experimentation.stats.verdict import Verdict, judge
from server.warehouse.times import DAY

LATELY = 7
"""Days whose new units say how many arrive."""

AN_HOUR = 1 / 24
"""Of a day: the units of less say nothing of how many come in a day."""


def verdict_on(
    figures: ScopeFigures,
    plan: Plan,
    metrics: Sequence[PlanMetric],
    *,
    as_of: int,
    incomplete: bool,
    plan_changed: bool,
    completed: bool = False,
) -> Verdict:
    """Judge what is judged: the latest phases that may be pooled. Of a completed experiment nothing is left to collect.

    ``incomplete`` says that accepted events are missing from the figures, ``plan_changed`` that what decides was
    changed after there were figures to see.
    """
    treatments = [each.variant for each in compared(figures.units)[1:]]
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
        tuple(_evidence(figures.metrics, variant, place) for place, variant in enumerate(treatments)),
        Health(figures.split, tuple(doubts)),
        replace(progress_of(figures, as_of=as_of), ended=completed),
    )


def progress_of(figures: ScopeFigures, *, as_of: int) -> Progress:
    """How far it is: all units, the days that it has run, and how many units a day have come lately.

    Lately are the last seven days (UTC), or as many as there are; the last of them is as long as it has lasted.
    """
    ended = as_of if figures.closed is None else min(figures.closed, as_of)
    first_day = max(ended // DAY - LATELY + 1, figures.opened // DAY)
    lately = sum(each.units for each in figures.new_units if each.day >= first_day)
    passed = (ended - max(first_day * DAY, figures.opened)) / DAY
    return Progress(
        units=sum(each.units for each in figures.units),
        days=figures.running / DAY,
        units_per_day=lately / max(passed, AN_HOUR),
    )


def _many_quarantined(figures: ScopeFigures) -> bool:
    counted = sum(each.units for each in figures.units)
    return too_many(figures.quarantined, counted + figures.quarantined)


def _evidence(metrics: Sequence[MetricFigures], variant: str, place: int) -> VariantEvidence:
    effects = {
        role: [each.result.treatments[place].effect for each in metrics if each.role is role] for role in MetricRole
    }
    return VariantEvidence(variant, effects[MetricRole.PRIMARY][0], tuple(effects[MetricRole.GUARDRAIL]))
