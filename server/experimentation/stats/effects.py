"""The difference between two arms, on the scale that was asked for, and which values of it a test does not exclude."""

import math
from dataclasses import dataclass

from server.experimentation.stats.levels import Level
from server.experimentation.stats.moments import CLEAR_OF_ZERO
from server.experimentation.stats.reasons import NoResult, Reason
from server.experimentation.stats.terms import Alternative, Interval, Scale


@dataclass(frozen=True, slots=True)
class Effect:
    """How far a treatment is from control, on a named scale.

    Its variance is that of the difference, and has a part of the treatment's own and a part of control's: control
    is the same in all comparisons of an experiment, so effects of several treatments share that part. A lift is
    the difference as a share of control's value, which is uncertain too: ``divisor_variance`` is the variance of
    that value, and ``divisor_covariance`` its covariance with what control subtracts, both as shares of its
    square. Nothing divides a difference, and both are 0.
    """

    scale: Scale
    value: float
    own_variance: float
    control_variance: float
    degrees_of_freedom: float
    control_units: int
    treatment_units: int
    control_value: float
    divisor_variance: float = 0.0
    divisor_covariance: float = 0.0

    @property
    def units(self) -> int:
        """The units of the two arms together."""
        return self.control_units + self.treatment_units

    @property
    def variance(self) -> float:
        """The square of the standard error."""
        return self.own_variance + self.control_variance

    @property
    def standard_error(self) -> float:
        """The standard deviation of the value, if there is no effect: value / SE is the score of a test against 0."""
        return float(self.variance**0.5)

    def variance_at(self, effect: float) -> float:
        """The variance, if this is the effect: V + 2 d Cov(C, c) / c² + d² Var(c) / c².

        At the value itself that is the delta method's variance of a lift; without an adjustment
        V_T / c² + T² V_C / c⁴ (Deng, Knoblich, Lu, KDD 2018, §2).
        """
        return max(self.variance + 2 * effect * self.divisor_covariance + effect**2 * self.divisor_variance, 0.0)

    def score_against(self, effect: float) -> float:
        """How many standard errors the value is above this effect, with the standard error that it then has."""
        return (self.value - effect) / math.sqrt(self.variance_at(effect))

    def within(self, critical: float, alternative: Alternative = Alternative.TWO_SIDED) -> Interval | NoResult:
        """The effects whose score is at most this far from 0: those that a test with this critical value keeps.

        Of a difference: value ± h SE. Of a lift the set of Fieller (J. R. Stat. Soc. B 16, 1954): all d with
        (L - d)² ≤ h² (V + 2 d Cov + d² Var), which leaves out 0 exactly if the same test of the difference does.
        Value ± h SE with the delta method's SE does not: where control has few conversions, or a heavy tail, it
        is far too short on the side of losses, and the more so, the larger h is. The set is an interval as long
        as control's value is more than h standard errors away from 0.
        """
        square = critical**2
        a = 1 - square * self.divisor_variance
        if a <= 0:
            return NoResult(Reason.CONTROL_NOT_CLEAR_OF_ZERO)
        b = self.value + square * self.divisor_covariance
        spare = self.variance * self.divisor_variance - self.divisor_covariance**2
        half = critical * math.sqrt(max(self.variance_at(self.value) - square * spare, 0.0))
        return Interval.of((b - half) / a, (b + half) / a, alternative)


def compare(control: Level, treatment: Level, scale: Scale) -> Effect | NoResult:
    """The effect of a treatment against control.

    Absolute: Δ = T - C, Var = V_T + V_C. Relative: L = Δ / c, where c is control's unadjusted value, and
    everything else as a share of it.

    Degrees of freedom (Welch 1947, Satterthwaite 1946), of the difference:
    (V_T + V_C)² / (V_T² / (n_T - 1) + V_C² / (n_C - 1)).
    """
    if control.units < 2 or treatment.units < 2:
        return NoResult(Reason.TOO_FEW_UNITS)
    if control.variance <= 0 or treatment.variance <= 0:
        return NoResult(Reason.NO_VARIANCE)
    obstacle = _cannot_divide_by(control) if scale is Scale.RELATIVE else None
    if obstacle:
        return obstacle
    part = treatment.variance / (treatment.variance + control.variance)
    freedom = 1 / (part**2 / (treatment.units - 1) + (1 - part) ** 2 / (control.units - 1))
    base, divides = (control.base, 1.0) if scale is Scale.RELATIVE else (1.0, 0.0)
    return Effect(
        scale,
        (treatment.value - control.value) / base,
        treatment.variance / base**2,
        control.variance / base**2,
        freedom,
        control.units,
        treatment.units,
        control.base,
        divides * control.base_variance / base**2,
        divides * control.covariance / base**2,
    )


def _cannot_divide_by(control: Level) -> NoResult | None:
    """Why lifts over this control do not exist, if they do not."""
    if control.base == 0:
        return NoResult(Reason.ZERO_CONTROL_MEAN)
    if abs(control.base) < CLEAR_OF_ZERO * control.base_variance**0.5:
        return NoResult(Reason.CONTROL_NOT_CLEAR_OF_ZERO)
    return NoResult(Reason.NEGATIVE_CONTROL_MEAN) if control.base < 0 else None
