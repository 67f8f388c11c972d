"""Results as a worker computes them, from answers of a warehouse that are made up. Asserts nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from server.experimentation.metrics.definitions import Definition, Measured, document_of
from server.experimentation.models import (
    Experiment,
    Metric,
    MetricKind,
    MetricRole,
    MetricVersion,
    Phase,
    Plan,
    PlanMetric,
)
from server.experimentation.results.asking import Asked, ask_about
from server.experimentation.results.document import ResultsDocument
from server.experimentation.results.figures import Reading
from server.experimentation.results.judging import verdict_on
from server.warehouse.questions.answers import Arm, ExperimentAnswer, NewUnits, Quantile, ScopeCounts, Sums
from server.warehouse.questions.terms import MetricQuestion, Shape
from server.warehouse.times import DAY, microseconds_of
from tests.experimentation.results.making import OPENED, a_phase

AS_OF = OPENED + timedelta(days=2)
FAIR = {"control": 1_000, "blue": 1_000}
Units = Mapping[str, int]


def phase(number: int = 1, *, blue: int = 5_000, opened: datetime = OPENED, closed: datetime | None = None) -> Phase:
    """A phase with one option, ``blue``, which has so many basis points."""
    return a_phase(number, shares={"blue": blue} if blue else {}, opened=opened, closed_at=closed)


def a_metric(key: str = "converted", kind: MetricKind = MetricKind.PROPORTION) -> MetricVersion:
    """The first version of a metric; in no database."""
    definition = Definition(kind, Measured("checkout"), window_hours=24.0)
    metric = Metric(pk=sum(map(ord, key)), key=key, name=f"The {key}")
    return MetricVersion(
        pk=metric.pk, metric=metric, number=1, kind=kind, higher_is_better=True, definition=document_of(definition)
    )


def planned(plan: Plan, version: MetricVersion, role: MetricRole = MetricRole.PRIMARY, position: int = 0) -> PlanMetric:
    """A metric in its role; in no database."""
    guards = role is MetricRole.GUARDRAIL
    return PlanMetric(
        plan=plan,
        version=version,
        role=role,
        position=position,
        margin=0.02 if guards else None,
        margin_scale="RELATIVE" if guards else "",
    )


@dataclass
class Seen:
    """What the events say: units by phase and variant, and by value of each dimension, of what is judged.

    In control one unit of ten converts, elsewhere one of eight; who does has a value of 3.
    """

    units: Sequence[Units] = (FAIR,)
    quarantined: int = 0
    outside: int = 0
    unknown: int = 0
    values: Mapping[str, Mapping[str | None, Units]] = field(default_factory=dict)
    last_exposure: datetime | None = AS_OF - timedelta(hours=1)

    def answer(self, asked: Asked) -> ExperimentAnswer:
        """The answer to a question about all of it."""
        question = asked.question
        by_scope = {scope.id: self._in(scope.phases) for scope in question.scopes}
        return ExperimentAnswer(
            arms=tuple(
                Arm(scope, variant, units, tuple(_answered(metric, variant, units) for metric in question.metrics))
                for scope, arms in by_scope.items()
                for variant, units in arms.items()
            ),
            caps=(),
            new_units=tuple(
                NewUnits(scope.id, variant, scope.opened // DAY, units)
                for scope in question.scopes
                for variant, units in by_scope[scope.id].items()
            ),
            counts=tuple(
                ScopeCounts(scope.id, self.quarantined, self.outside, self.unknown) for scope in question.scopes
            ),
            first_exposure=question.scopes[0].opened,
            last_exposure=None if self.last_exposure is None else microseconds_of(self.last_exposure),
        )

    def answer_by(self, asked: Asked, name: str) -> ExperimentAnswer:
        """The answer to the question by a dimension."""
        arms = tuple(
            Arm(
                asked.judged_scope,
                variant,
                units,
                tuple(_answered(metric, variant, units) for metric in asked.question.metrics),
                value,
            )
            for value, found in self.values[name].items()
            for variant, units in found.items()
        )
        return replace(self.answer(asked), arms=arms)

    def _in(self, phases: Sequence[int]) -> dict[str, int]:
        found: dict[str, int] = {}
        for number in phases:
            for variant, units in self.units[number - 1].items():
                found[variant] = found.get(variant, 0) + units
        return found


def documented(
    experiment: Experiment,
    phases: Sequence[Phase],
    plan: Plan | None,
    metrics: Sequence[PlanMetric],
    seen: Seen | None = None,
    *,
    as_of: datetime = AS_OF,
    plan_changed: bool = False,
) -> ResultsDocument:
    """What a worker would store."""
    seen = seen or Seen()
    asked = ask_about(experiment, phases, plan, metrics, as_of=as_of)
    answer = seen.answer(asked)
    reading = Reading(asked, plan, answer)
    judged = reading.scope(asked.judged_scope, asked.judged.phases)
    verdict = None
    if plan is not None:
        verdict = verdict_on(
            judged, plan, metrics, as_of=asked.question.as_of, incomplete=False, plan_changed=plan_changed
        )
    return ResultsDocument(
        variants=asked.question.variants,
        phases=tuple(reading.scope(each.number, [each]) for each in phases),
        judged=judged,
        broken_by=asked.judged.broken_by,
        verdict=verdict,
        dimensions=tuple(Reading(asked, plan, seen.answer_by(asked, name)).dimension(name) for name in seen.values),
        first_exposure=answer.first_exposure,
        last_exposure=answer.last_exposure,
    )


def _answered(question: MetricQuestion, variant: str, units: int) -> Sums | Quantile:
    took = units // 10 if variant == "control" else units // 8
    if question.shape is Shape.HAPPENED:
        return Sums(units, float(took), float(took))
    if question.shape is Shape.QUANTILE:
        return Quantile(units, 3.0, 2.0, 4.0)
    return Sums(units, 3.0 * took, 9.0 * took, float(took), float(took), 3.0 * took)
