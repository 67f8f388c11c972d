"""The inference from sums that somebody brings along: every metric, the split, a verdict. Reads nothing else."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from server.errors import InvalidInput
from server.experimentation.inference.checks import problems_of
from server.experimentation.inference.doubles import held_by_doubles
from server.experimentation.inference.requests import (
    AnalysisRequest,
    ArmCount,
    Judgement,
    MetricSums,
    ProgressRequest,
)
from server.experimentation.metrics.plans import Correction, stopping_rule
from server.experimentation.results.document import CorrectedPValues
from server.experimentation.results.plans import CORRECTIONS
from server.experimentation.stats.analysis import MetricResult, Question, Sample, TreatmentResult, analyse, effect_of
from server.experimentation.stats.cuped import CovariateSums
from server.experimentation.stats.cuped_ratios import RatioCovariateSums
from server.experimentation.stats.effects import Effect
from server.experimentation.stats.evidence import Health, Plan, Progress, VariantEvidence
from server.experimentation.stats.guardrails import Guardrail
from server.experimentation.stats.reasons import NoResult, Reason
from server.experimentation.stats.srm import PhaseCounts, SrmResult, check
from server.experimentation.stats.terms import Scale
from server.experimentation.stats.verdict import Verdict, judge


@dataclass(frozen=True, slots=True)
class MetricAnalysis:
    """What is said of one metric; one entry of ``corrected`` for each treatment, in their order."""

    name: str
    treatments: tuple[str, ...]
    result: MetricResult
    corrected: tuple[CorrectedPValues, ...]


@dataclass(frozen=True, slots=True)
class Analysis:
    """What is said of everything that was asked; None for what was not."""

    metrics: tuple[MetricAnalysis, ...]
    split: SrmResult | NoResult | None
    verdict: Verdict | None


def analyse_sufficient_statistics(request: AnalysisRequest) -> Analysis:
    """Analyse metrics from their sums, check the split, and judge.

    P-values are adjusted in two families, as in the results of an experiment: the plan's primary metric over its
    treatments, and all others over metrics and treatments.

    Raises:
        InvalidInput: what was sent is too much, out of range, or does not fit together.
    """
    problems = problems_of(request)
    if problems:
        raise InvalidInput(problems)
    results = {
        each.name: held_by_doubles(("metrics", place), partial(_analysed, each, request))
        for place, each in enumerate(request.metrics)
    }
    corrected = _corrected(results, request)
    split = None if request.split is None else _checked(request.split)
    return Analysis(
        tuple(
            MetricAnalysis(each.name, _variants(each), results[each.name], corrected[each.name])
            for each in request.metrics
        ),
        split,
        None
        if request.plan is None
        else held_by_doubles(("plan",), partial(_judged, request, request.plan, results, split)),
    )


def _analysed(metric: MetricSums, request: AnalysisRequest) -> MetricResult:
    question = Question(metric.scale, metric.direction, request.alpha, request.tuning, request.prior)
    return analyse(metric.control, [each.sums for each in metric.treatments], question)


def _variants(metric: MetricSums) -> tuple[str, ...]:
    return tuple(each.variant for each in metric.treatments)


def _checked(split: Sequence[ArmCount]) -> SrmResult | NoResult:
    return check(PhaseCounts(tuple(each.units for each in split), tuple(each.share for each in split)))


def _corrected(
    results: Mapping[str, MetricResult], request: AnalysisRequest
) -> Mapping[str, tuple[CorrectedPValues, ...]]:
    primary = request.plan.primary_metric if request.plan else None
    corrected: dict[str, tuple[CorrectedPValues, ...]] = {}
    for family in ([name for name in results if name == primary], [name for name in results if name != primary]):
        rows = [each for name in family for each in results[name].treatments]
        pairs = zip(
            _adjusted(rows, request.correction, lambda each: each.difference),
            _adjusted(rows, request.correction, lambda each: each.always_valid),
            strict=True,
        )
        found = iter([CorrectedPValues(*pair) for pair in pairs])
        corrected |= {name: tuple(next(found) for _ in results[name].treatments) for name in family}
    return corrected


def _adjusted(
    treatments: Sequence[TreatmentResult], correction: Correction, test: Callable[[TreatmentResult], object]
) -> Iterator[float | NoResult]:
    """Adjusted p-values in the same order; a test that could not be made is no question."""
    raw = [each if isinstance(each, NoResult) else each.p_value for each in map(test, treatments)]  # type: ignore[attr-defined]
    found = iter(CORRECTIONS[correction]([each for each in raw if not isinstance(each, NoResult)]))
    return (each if isinstance(each, NoResult) else next(found) for each in raw)


def _judged(
    request: AnalysisRequest,
    asked: Judgement,
    results: Mapping[str, MetricResult],
    split: SrmResult | NoResult | None,
) -> Verdict:
    """A split that was not given is as one that cannot be checked yet: no reason for doubt."""
    metrics = {each.name: each for each in request.metrics}
    primary = metrics[asked.primary_metric]
    guardrails = tuple(
        Guardrail(each.metric, each.margin, each.scale or metrics[each.metric].scale, metrics[each.metric].direction)
        for each in asked.guardrails
    )
    plan = Plan(
        scale=primary.scale,
        direction=primary.direction,
        minimum_effect=asked.minimum_effect,
        alpha=request.alpha,
        rule=stopping_rule(asked.rule),
        treatments=asked.treatments or len(primary.treatments),
        guardrails=guardrails,
        power=asked.power,
        srm_alpha=asked.srm_alpha,
    )
    evidence = tuple(
        VariantEvidence(
            variant,
            _effect(primary, results, variant, primary.scale),
            tuple(_effect(metrics[each.name], results, variant, each.scale) for each in guardrails),
        )
        for variant in _variants(primary)
    )
    return judge(plan, evidence, Health(split or NoResult(Reason.TOO_FEW_UNITS)), _progress(asked.progress, primary))


def _effect(metric: MetricSums, results: Mapping[str, MetricResult], variant: str, scale: Scale) -> Effect | NoResult:
    result = results[metric.name]
    treatment = result.treatments[_variants(metric).index(variant)]
    return effect_of(result.control, treatment.level, scale)


def _progress(asked: ProgressRequest, primary: MetricSums) -> Progress:
    arms = (primary.control, *(each.sums for each in primary.treatments))
    units = sum(_units(each) for each in arms) if asked.units is None else asked.units
    rate = asked.units_per_day
    if rate is None:
        rate = units / asked.days if asked.days else 0.0
    return Progress(units, asked.days, rate)


def _units(sums: Sample) -> int:
    return sums.main.units if isinstance(sums, CovariateSums | RatioCovariateSums) else sums.units
