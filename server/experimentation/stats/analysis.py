"""Everything that is said of one metric, from the sums of its arms: a level, and every inference about each treatment.

Judges nothing, and corrects nothing over metrics: see `verdict` and `corrections`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from server.experimentation.stats.bayes import Posterior, Prior, cannot_move, posterior
from server.experimentation.stats.best import Best, best
from server.experimentation.stats.cuped import Adjusted, CovariateSums, adjust
from server.experimentation.stats.cuped_ratios import RatioCovariateSums, adjust_ratios
from server.experimentation.stats.effects import Effect, compare
from server.experimentation.stats.levels import Level
from server.experimentation.stats.quantiles import QuantileSummary
from server.experimentation.stats.reasons import NoResult, Reason
from server.experimentation.stats.samples import MeanSums, ProportionCounts, RatioSums
from server.experimentation.stats.sequential import AlwaysValidResult, always_valid
from server.experimentation.stats.terms import Direction, Scale, require_alpha
from server.experimentation.stats.welch import WelchResult, welch

Plain = ProportionCounts | MeanSums | RatioSums | QuantileSummary
Sample = Plain | CovariateSums | RatioCovariateSums


@dataclass(frozen=True, slots=True)
class Question:
    """How a metric is to be analysed: the scale of everything but the two Welch tests, and what else is chosen."""

    scale: Scale
    direction: Direction
    alpha: float
    tuning: float
    prior: Prior


@dataclass(frozen=True, slots=True)
class TreatmentResult:
    """A treatment against control: on both scales for one look, on the question's scale for the rest."""

    level: Level | NoResult
    effect: Effect | NoResult
    difference: WelchResult | NoResult
    lift: WelchResult | NoResult
    always_valid: AlwaysValidResult | NoResult
    posterior: Posterior | NoResult


@dataclass(frozen=True, slots=True)
class MetricResult:
    """A metric in all arms. Levels are adjusted if ``adjustment`` is one, and plain if it is a reason."""

    question: Question
    control: Level | NoResult
    treatments: tuple[TreatmentResult, ...]
    best: Best | NoResult
    adjustment: Adjusted | NoResult


def analyse(control: Sample, treatments: Sequence[Sample], question: Question) -> MetricResult:
    """Analyse one metric. Its arms have sums of one kind.

    An adjustment that is not possible does not take the result away: the values stand as they are.

    Raises:
        ValueError: arms of different kinds, or no treatment.
    """
    require_alpha(question.alpha)
    samples = (control, *treatments)
    if not treatments or len({type(each) for each in samples}) > 1:
        raise ValueError("A metric has a treatment, and sums of one kind in all arms.")
    levels, adjustment = levels_of(samples)
    results = tuple(_treatment(levels[0], each, question) for each in levels[1:])
    return MetricResult(question, levels[0], results, _best([each.effect for each in results], question), adjustment)


def levels_of(samples: Sequence[Sample]) -> tuple[Sequence[Level | NoResult], Adjusted | NoResult]:
    """The levels of all arms: adjusted together where they can be, plain with the reason where they cannot."""
    adjustment = _adjusted(samples)
    if isinstance(adjustment, NoResult):
        return [_plain(each).level() for each in samples], adjustment
    return adjustment.levels, adjustment


def effect_of(control: Level | NoResult, treatment: Level | NoResult, scale: Scale) -> Effect | NoResult:
    """The effect between two arms, or why one of them has no level."""
    if isinstance(control, NoResult):
        return control
    return treatment if isinstance(treatment, NoResult) else compare(control, treatment, scale)


def _adjusted(samples: Sequence[Sample]) -> Adjusted | NoResult:
    means = [each for each in samples if isinstance(each, CovariateSums)]
    if means:
        return adjust(means)
    ratios = [each for each in samples if isinstance(each, RatioCovariateSums)]
    return adjust_ratios(ratios) if ratios else NoResult(Reason.NO_COVARIATE)


def _plain(sample: Sample) -> Plain:
    return sample.main if isinstance(sample, CovariateSums | RatioCovariateSums) else sample


def _treatment(control: Level | NoResult, treatment: Level | NoResult, question: Question) -> TreatmentResult:
    effects = {scale: effect_of(control, treatment, scale) for scale in Scale}
    effect = effects[question.scale]
    if isinstance(effect, NoResult):
        sequence: AlwaysValidResult | NoResult = effect
        believed: Posterior | NoResult = effect
    else:
        sequence = always_valid(effect, alpha=question.alpha, tuning=question.tuning)
        believed = cannot_move(question.prior, effect) or posterior(
            effect, prior=question.prior, direction=question.direction, alpha=question.alpha
        )
    return TreatmentResult(
        treatment,
        effect,
        _welch(effects[Scale.ABSOLUTE], question.alpha),
        _welch(effects[Scale.RELATIVE], question.alpha),
        sequence,
        believed,
    )


def _welch(effect: Effect | NoResult, alpha: float) -> WelchResult | NoResult:
    return effect if isinstance(effect, NoResult) else welch(effect, alpha=alpha)


def _best(effects: Sequence[Effect | NoResult], question: Question) -> Best | NoResult:
    """Of all treatments or of none: a best one among those that happen to have data would not be the best."""
    found = [each for each in effects if isinstance(each, Effect)]
    for each in effects:
        obstacle = each if isinstance(each, NoResult) else cannot_move(question.prior, each)
        if obstacle:
            return obstacle
    return best(found, prior=question.prior, direction=question.direction)
