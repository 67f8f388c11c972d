"""From a warehouse's answer to figures: the split's check, and every metric of every scope. Judges nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from server.evaluation.snapshot import CONTROL_ARM
from server.experimentation.models import MetricRole, Phase, Plan, PlanMetric
from server.experimentation.results.asking import Asked
from server.experimentation.results.document import (
    MOST_COMPARED,
    CorrectedPValues,
    DimensionFigures,
    DimensionValueFigures,
    MetricFigures,
    NewUnitsOfDay,
    ScopeFigures,
    VariantUnits,
)
from server.experimentation.results.fairness import compared, counts_of, split_of
from server.experimentation.results.plans import correction_of, question_for
from server.experimentation.results.running import time_running
from server.experimentation.results.samples import empty_sample, sample_of
from server.experimentation.stats.analysis import MetricResult, TreatmentResult, analyse
from server.experimentation.stats.reasons import NoResult
from server.experimentation.stats.srm import check_dimension
from server.warehouse.questions.answers import Arm, ExperimentAnswer, Quantile, ScopeCounts, Sums
from server.warehouse.questions.terms import MetricQuestion
from server.warehouse.times import MICROSECOND, microseconds_of, moment_of

NOTHING = {"quarantined": 0, "outside": 0, "unknown": 0}


@dataclass(frozen=True, slots=True)
class Reading:
    """A question, the plan that it is for, and what was answered."""

    asked: Asked
    plan: Plan | None
    answer: ExperimentAnswer

    def scope(self, scope_id: int, phases: Sequence[Phase]) -> ScopeFigures:
        """The figures of one scope, which has these phases."""
        arms = {arm.variant: arm for arm in self.answer.arms if arm.scope == scope_id}
        last = phases[-1].closed_at
        units = self._units(arms, phases[-1])
        counts = next((each for each in self.answer.counts if each.scope == scope_id), ScopeCounts(scope_id, **NOTHING))
        return ScopeFigures(
            phases=tuple(phase.number for phase in phases),
            opened=microseconds_of(phases[0].opened_at),
            closed=None if last is None else microseconds_of(last),
            running=time_running(phases, until=moment_of(self.asked.question.as_of)) // MICROSECOND,
            units=units,
            quarantined=counts.quarantined,
            outside=counts.outside,
            unknown=counts.unknown,
            split=split_of(units),
            new_units=tuple(
                NewUnitsOfDay(each.day, each.variant, each.units)
                for each in self.answer.new_units
                if each.scope == scope_id
            ),
            metrics=self._metrics(arms, units, scope_id),
        )

    def dimension(self, name: str) -> DimensionFigures:
        """What is judged, by the values of a dimension: the answer is to a question with one. Most units come first.

        Of many metrics, variants and values, those with the fewest units have no metrics: see `MOST_COMPARED`.
        """
        phase = self.asked.judged.phases[-1]
        values: dict[str | None, dict[str, Arm]] = {}
        for arm in self.answer.arms:
            if arm.scope == self.asked.judged_scope:
                values.setdefault(arm.dimension_value, {})[arm.variant] = arm
        ordered = sorted(values, key=lambda value: (-sum(arm.units for arm in values[value].values()), value or ""))
        units = [self._units(values[value], phase) for value in ordered]
        analysed = self._analysed(units)
        checks = check_dimension({str(place): [counts_of(each)] for place, each in enumerate(units)})
        figures = (
            DimensionValueFigures(
                value,
                own,
                check.result,
                check.adjusted_p_value,
                self._metrics(values[value], own, self.asked.judged_scope) if place < analysed else (),
            )
            for place, (value, own, check) in enumerate(zip(ordered, units, checks, strict=True))
        )
        return DimensionFigures(name, tuple(figures), analysed)

    def _analysed(self, units: Sequence[Sequence[VariantUnits]]) -> int:
        """How many values of a dimension have metrics; the first one always has."""
        compared_each = len(self.asked.metrics) * max((len(compared(each)) for each in units), default=0)
        return min(len(units), max(1, MOST_COMPARED // max(compared_each, 1)))

    def _units(self, arms: Mapping[str, Arm], phase: Phase) -> tuple[VariantUnits, ...]:
        """Of every variant of the phase, whether anybody met it or not, and of others that somebody met."""
        shares = {CONTROL_ARM: int(phase.control_share), **{arm["key"]: arm["basisPoints"] for arm in phase.arms}}
        return tuple(
            VariantUnits(variant, arms[variant].units if variant in arms else 0, shares.get(variant, 0))
            for variant in self.asked.question.variants
            if variant in shares or variant in arms
        )

    def _metrics(
        self, arms: Mapping[str, Arm], units: Sequence[VariantUnits], scope_id: int
    ) -> tuple[MetricFigures, ...]:
        variants = compared(units)
        if self.plan is None or len(variants) < 2:  # nothing to compare: control has everything
            return ()
        met = [arms.get(each.variant) for each in variants]
        pairs = zip(self.asked.metrics, self.asked.question.metrics, strict=True)
        results = [
            self._metric(
                self.plan, metric, question, [None if arm is None else arm.metrics[place] for arm in met], scope_id
            )
            for place, (metric, question) in enumerate(pairs)
        ]
        return _corrected(self.plan, results)

    def _metric(
        self,
        plan: Plan,
        metric: PlanMetric,
        question: MetricQuestion,
        answers: Sequence[Sums | Quantile | None],
        scope_id: int,
    ) -> MetricFigures:
        samples = tuple(empty_sample(question) if each is None else sample_of(question, each) for each in answers)
        caps = {each.metric: each.by_scope for each in self.answer.caps}
        return MetricFigures(
            metric_version_id=metric.version_id,
            key=metric.version.metric.key,
            role=MetricRole(metric.role),
            cap=caps.get(question.name, {}).get(scope_id, question.cap),
            samples=samples,
            result=analyse(samples[0], samples[1:], question_for(plan, metric)),
            corrected=(),
        )


PValue = Callable[[TreatmentResult], float | NoResult]


def _one_look(treatment: TreatmentResult) -> float | NoResult:
    result = treatment.difference
    return result if isinstance(result, NoResult) else result.p_value


def _any_look(treatment: TreatmentResult) -> float | NoResult:
    result = treatment.always_valid
    return result if isinstance(result, NoResult) else result.p_value


def _corrected(plan: Plan, figures: Sequence[MetricFigures]) -> tuple[MetricFigures, ...]:
    """The same with adjusted p-values: the primary metric's over variants, all others' over metrics and variants."""
    families = [
        [each for each in figures if each.role is MetricRole.PRIMARY],
        [each for each in figures if each.role is not MetricRole.PRIMARY],
    ]
    adjusted: dict[int, tuple[CorrectedPValues, ...]] = {}
    for family in families:
        results = [each.result for each in family]
        once, always = _adjust(plan, results, _one_look), _adjust(plan, results, _any_look)
        for each, one, any_look in zip(family, once, always, strict=True):
            pairs = zip(one, any_look, strict=True)
            adjusted[each.metric_version_id] = tuple(CorrectedPValues(*pair) for pair in pairs)
    return tuple(replace(each, corrected=adjusted[each.metric_version_id]) for each in figures)


def _adjust(plan: Plan, results: Sequence[MetricResult], p_value: PValue) -> list[list[float | NoResult]]:
    """Of each metric, for each treatment; those that could not be computed take no part."""
    raw = [[p_value(treatment) for treatment in result.treatments] for result in results]
    found = iter(correction_of(plan)([each for row in raw for each in row if not isinstance(each, NoResult)]))
    return [[each if isinstance(each, NoResult) else next(found) for each in row] for row in raw]
