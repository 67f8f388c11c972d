"""From the sums that a warehouse answers to the samples that statistics start from. Infers nothing."""

from server.experimentation.stats.analysis import Sample
from server.experimentation.stats.cuped import CovariateSums
from server.experimentation.stats.cuped_ratios import RatioCovariateSums
from server.experimentation.stats.quantiles import QuantileSummary
from server.experimentation.stats.samples import MeanSums, ProportionCounts, RatioSums
from server.warehouse.questions.answers import Quantile, Sums
from server.warehouse.questions.terms import MetricQuestion, Shape


def sample_of(question: MetricQuestion, answer: Sums | Quantile) -> Sample:
    """One arm's sample of a metric; with the units' past where the question asked for it.

    A proportion with a past is the mean of zeros and ones: adjusted, it is no binomial count any more.
    """
    if isinstance(answer, Quantile):
        return _quantile(question, answer)
    if question.shape is Shape.RATIO:
        return _ratio(question, answer)
    if question.lookback:
        return CovariateSums(
            MeanSums(answer.units, answer.y, answer.yy), MeanSums(answer.units, answer.y0, answer.y0y0), answer.yy0
        )
    if question.shape is Shape.HAPPENED:
        return ProportionCounts(answer.units, round(answer.y))
    return MeanSums(answer.units, answer.y, answer.yy)


def empty_sample(question: MetricQuestion) -> Sample:
    """The sample of an arm that nobody met."""
    if question.shape is Shape.QUANTILE:
        return sample_of(question, Quantile(0, None, None, None))
    return sample_of(question, Sums(0))


def _ratio(question: MetricQuestion, sums: Sums) -> Sample:
    main = RatioSums(sums.units, sums.y, sums.yy, sums.d, sums.dd, sums.yd)
    if not question.lookback:
        return main
    before = RatioSums(sums.units, sums.y0, sums.y0y0, sums.d0, sums.d0d0, sums.y0d0)
    return RatioCovariateSums(
        main,
        before,
        numerators_sum=sums.yy0,
        denominators_sum=sums.dd0,
        numerator_denominator_sum=sums.yd0,
        denominator_numerator_sum=sums.dy0,
    )


def _quantile(question: MetricQuestion, answer: Quantile) -> QuantileSummary:
    """Order statistics are missing where there are too few units for them, which the number of units says."""
    assert question.quantile is not None, "a quantile is asked with its level"
    value = 0.0 if answer.value is None else answer.value
    low = value if answer.low is None else answer.low
    high = value if answer.high is None else answer.high
    return QuantileSummary(answer.units, question.quantile, value, low, high)
