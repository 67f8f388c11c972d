"""Refuses questions that have no answer, before anything is computed. Asks nothing."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

from server.warehouse.questions.filters import check_filter
from server.warehouse.questions.terms import Aggregate, ExperimentQuestion, Measure, MetricQuestion, Scope, Shape


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase, and the moments between which its exposures count."""

    number: int
    opened: int
    closed: int


def phases_of(question: ExperimentQuestion) -> tuple[Phase, ...]:
    """The phases, by number. Each has a scope of its own, which says when it opened and closed.

    Raises:
        ValueError: a phase of several has no scope of its own, or one of two spans; phases overlap; two scopes
            have one id.
    """
    found: dict[int, Phase] = {}
    for scope in question.scopes:
        if len(scope.phases) == 1:
            phase = Phase(scope.phases[0], scope.opened, scope.closed)
            if found.setdefault(phase.number, phase) != phase:
                raise ValueError(f"Phase {phase.number} has two scopes of its own, which differ.")
    for scope in question.scopes:
        if not scope.phases:
            raise ValueError(f"Scope {scope.id} has no phase.")
        for number in scope.phases:
            if number not in found:
                raise ValueError(f"Phase {number} of scope {scope.id} has no scope of its own.")
    if len({scope.id for scope in question.scopes}) != len(question.scopes):
        raise ValueError("Two scopes have one id.")
    in_time = sorted((phase for phase in found.values() if phase.opened < phase.closed), key=lambda it: it.opened)
    for earlier, later in pairwise(in_time):
        if later.opened < earlier.closed:
            raise ValueError(f"Phases {earlier.number} and {later.number} overlap.")
    return tuple(sorted(found.values(), key=lambda phase: phase.number))


def answered_scopes(question: ExperimentQuestion) -> tuple[Scope, ...]:
    """The scopes that are to be answered."""
    if question.answered is None:
        return question.scopes
    return tuple(scope for scope in question.scopes if scope.id in question.answered)


def cut_at_asking(question: ExperimentQuestion) -> ExperimentQuestion:
    """The question with no scope that goes on after ``as_of``."""
    scopes = (replace(scope, closed=min(scope.closed, question.as_of)) for scope in question.scopes)
    return replace(question, scopes=tuple(scopes))


def check_question(question: ExperimentQuestion) -> None:
    """See that what is asked means something; `phases_of` does the same for its scopes.

    Raises:
        ValueError: it does not, and why.
    """
    if len(set(question.variants)) != len(question.variants) or not question.variants:
        raise ValueError("An experiment has variants, and each of them once.")
    missing = set(question.answered or ()) - {scope.id for scope in question.scopes}
    if missing:
        raise ValueError(f"The question has no scopes {sorted(missing)} to answer.")
    check_metrics(question.metrics)


def check_metrics(metrics: Iterable[MetricQuestion]) -> None:
    """See that each metric means something.

    Raises:
        ValueError: one does not, and why.
    """
    for metric in metrics:
        problem = _problem(metric)
        if problem:
            raise ValueError(f"{metric.name}: {problem}.")
        for measure in (metric.measure, metric.denominator):
            for condition in measure.filters if measure else ():
                check_filter(condition)


def _problem(metric: MetricQuestion) -> str | None:
    measures = [measure for measure in (metric.measure, metric.denominator) if measure is not None]
    capped = metric.cap is not None or metric.winsorise is not None
    rules = (
        (
            (metric.shape is Shape.RATIO) != (metric.denominator is not None),
            "a ratio, and only that, has a denominator",
        ),
        (
            metric.shape is Shape.RATIO and any(measure.aggregate is Aggregate.MEAN for measure in measures),
            "a ratio is not of means",
        ),
        ((metric.shape is Shape.QUANTILE) != (metric.quantile is not None), "a quantile, and only that, has a level"),
        (metric.quantile is not None and not 0 < metric.quantile < 1, "a quantile's level lies between 0 and 1"),
        (metric.cap is not None and metric.winsorise is not None, "a value is capped once"),
        (capped and metric.shape in (Shape.HAPPENED, Shape.QUANTILE), "only values and ratios are capped"),
        (metric.winsorise is not None and not 0 <= metric.winsorise <= 1, "a level lies between 0 and 1"),
        (metric.cap is not None and not math.isfinite(metric.cap), "a cap is a number"),
        (
            metric.whole_window and any(measure.ends is None for measure in measures),
            "a window without an end is never whole",
        ),
        (metric.lookback < 0, "a past does not lie ahead"),
        (any(not _is_window(measure) for measure in measures), "a window starts at 0 or later, and ends after that"),
    )
    return next((said for broken, said in rules if broken), None)


def _is_window(measure: Measure) -> bool:
    return measure.starts >= 0 and (measure.ends is None or measure.starts < measure.ends)
