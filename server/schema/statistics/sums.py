"""The sums of a variant that somebody sends, as the statistics take them. Checks nothing: the service does."""

import strawberry

from server.experimentation.stats.analysis import Sample
from server.experimentation.stats.cuped import CovariateSums
from server.experimentation.stats.cuped_ratios import RatioCovariateSums
from server.experimentation.stats.quantiles import QuantileSummary
from server.experimentation.stats.samples import MeanSums, ProportionCounts, RatioSums
from server.schema.scalars import Count

UNITS = "How many units were in the variant, those without an event among them."


@strawberry.input(description="Of a proportion or a retention: how many units did it.")
class ProportionCountsInput:
    units: Count = strawberry.field(description=UNITS)
    successes: Count = strawberry.field(description="How many of them did it.")

    def sums(self) -> ProportionCounts:
        """As the statistics take them."""
        return ProportionCounts(self.units, self.successes)


@strawberry.input(description="What was known of the same units before the experiment, for an adjustment (CUPED).")
class CovariateSumsInput:
    sum: float = strawberry.field(description="The sum of the value from before.")
    sum_squares: float = strawberry.field(description="The sum of its squares.")
    product_sum: float = strawberry.field(description="The sum of the value times the value from before, unit by unit.")


@strawberry.input(
    description=(
        "Of a count, a sum or a mean per unit; also of a proportion with a covariate: its `sum` and `sumSquares` are "
        "the successes."
    )
)
class MeanSumsInput:
    units: Count = strawberry.field(description=UNITS)
    sum: float = strawberry.field(description="The sum of the value over the units; one without an event has 0.")
    sum_squares: float = strawberry.field(description="The sum of its squares.")
    covariate: CovariateSumsInput | None = strawberry.field(
        default=None, description="What was known before: in all variants, or in none."
    )

    def sums(self) -> MeanSums | CovariateSums:
        """As the statistics take them."""
        main = MeanSums(self.units, self.sum, self.sum_squares)
        if self.covariate is None:
            return main
        before = MeanSums(self.units, self.covariate.sum, self.covariate.sum_squares)
        return CovariateSums(main, before, self.covariate.product_sum)


@strawberry.input(description="The same ratio of the same units before the experiment, for an adjustment (CUPED).")
class RatioCovariateSumsInput:
    numerator_sum: float = strawberry.field(description="The sum of the numerator from before.")
    numerator_sum_squares: float = strawberry.field(description="The sum of its squares.")
    denominator_sum: float = strawberry.field(description="The sum of the denominator from before.")
    denominator_sum_squares: float = strawberry.field(description="The sum of its squares.")
    product_sum: float = strawberry.field(description="The sum of numerator from before times denominator from before.")
    numerators_sum: float = strawberry.field(description="The sum of numerator times numerator from before.")
    denominators_sum: float = strawberry.field(description="The sum of denominator times denominator from before.")
    numerator_denominator_sum: float = strawberry.field(
        description="The sum of numerator times denominator from before."
    )
    denominator_numerator_sum: float = strawberry.field(
        description="The sum of denominator times numerator from before."
    )


@strawberry.input(description="Of a ratio of two sums, such as clicks by views, where units and not events are dealt.")
class RatioSumsInput:
    units: Count = strawberry.field(description=UNITS)
    numerator_sum: float = strawberry.field(description="The sum of the numerator over the units.")
    numerator_sum_squares: float = strawberry.field(description="The sum of its squares.")
    denominator_sum: float = strawberry.field(description="The sum of the denominator over the units.")
    denominator_sum_squares: float = strawberry.field(description="The sum of its squares.")
    product_sum: float = strawberry.field(description="The sum of numerator times denominator, unit by unit.")
    covariate: RatioCovariateSumsInput | None = strawberry.field(
        default=None, description="The ratio from before: in all variants, or in none."
    )

    def sums(self) -> RatioSums | RatioCovariateSums:
        """As the statistics take them."""
        main = RatioSums(
            self.units,
            self.numerator_sum,
            self.numerator_sum_squares,
            self.denominator_sum,
            self.denominator_sum_squares,
            self.product_sum,
        )
        before = self.covariate
        if before is None:
            return main
        return RatioCovariateSums(
            main,
            RatioSums(
                self.units,
                before.numerator_sum,
                before.numerator_sum_squares,
                before.denominator_sum,
                before.denominator_sum_squares,
                before.product_sum,
            ),
            before.numerators_sum,
            before.denominators_sum,
            before.numerator_denominator_sum,
            before.denominator_numerator_sum,
        )


@strawberry.input(
    description="Of a quantile over units: its value, and the two values that are 1.96 standard errors of rank away."
)
class QuantileSummaryInput:
    units: Count = strawberry.field(description="How many units have a value.")
    level: float = strawberry.field(description="Which quantile: 0.9 is the 90th percentile. The same in all variants.")
    value: float = strawberry.field(description="The quantile, linear between neighbours.")
    low: float = strawberry.field(
        description="The value at rank n (ν - 1.96 √(ν (1 - ν) / n)), rounded down, of n units at level ν."
    )
    high: float = strawberry.field(
        description="The value at rank n (ν + 1.96 √(ν (1 - ν) / n)), rounded up, of n units at level ν."
    )

    def sums(self) -> QuantileSummary:
        """As the statistics take them."""
        return QuantileSummary(self.units, self.level, self.value, self.low, self.high)


@strawberry.input(
    description="The sums of one variant. Exactly one of these, and the same one in all variants.", one_of=True
)
class SufficientStatisticsInput:
    proportion: ProportionCountsInput | None = strawberry.field(
        default=strawberry.UNSET, description="Whether it happened, or whether the unit came back."
    )
    mean: MeanSumsInput | None = strawberry.field(
        default=strawberry.UNSET, description="A count, a sum or a mean per unit."
    )
    ratio: RatioSumsInput | None = strawberry.field(default=strawberry.UNSET, description="A ratio of two sums.")
    quantile: QuantileSummaryInput | None = strawberry.field(
        default=strawberry.UNSET, description="A quantile over units."
    )

    def sums(self) -> Sample:
        """As the statistics take them."""
        given = (self.proportion, self.mean, self.ratio, self.quantile)
        return next(each.sums() for each in given if each is not None and each is not strawberry.UNSET)
