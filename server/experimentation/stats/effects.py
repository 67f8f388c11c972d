"""The difference between two arms, on the scale that was asked for, with its standard error. Tests nothing."""

from dataclasses import dataclass

from server.experimentation.stats.levels import Level
from server.experimentation.stats.moments import CLEAR_OF_ZERO
from server.experimentation.stats.reasons import NoResult, Reason
from server.experimentation.stats.terms import Scale


@dataclass(frozen=True, slots=True)
class Effect:
    """How far a treatment is from control, on a named scale.

    Its variance has a part of the treatment's own and a part of control's: control is the
    same in all comparisons of an experiment, so effects of several treatments share that part.
    """

    scale: Scale
    value: float
    own_variance: float
    control_variance: float
    degrees_of_freedom: float
    control_units: int
    treatment_units: int
    control_value: float

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
        """The standard deviation of the value."""
        return float(self.variance**0.5)


def compare(control: Level, treatment: Level, scale: Scale) -> Effect | NoResult:
    """The effect of a treatment against control.

    Absolute: Δ = T - C, Var = V_T + V_C.

    Relative: L = (T - C) / c, where c is control's unadjusted value, and by the delta method
    Var = (V_T + V_C + 2 d Cov(C, c) + d² V_c) / c², with d the lift. Without an adjustment that is
    V_T / c² + T² V_C / c⁴ (Deng, Knoblich, Lu, KDD 2018, §2). After one, d may be of adjusted or of unadjusted
    values, which estimate the same; the levels say which (GrowthBook takes the latter for means).

    Degrees of freedom (Welch 1947, Satterthwaite 1946), of the difference:
    (V_T + V_C)² / (V_T² / (n_T - 1) + V_C² / (n_C - 1)).
    """
    if control.units < 2 or treatment.units < 2:
        return NoResult(Reason.TOO_FEW_UNITS)
    if control.variance <= 0 or treatment.variance <= 0:
        return NoResult(Reason.NO_VARIANCE)
    difference = treatment.value - control.value
    if scale is Scale.ABSOLUTE:
        return _effect(control, treatment, scale, difference, treatment.variance, control.variance)
    obstacle = cannot_divide_by(control)
    if obstacle:
        return obstacle
    base = control.base
    lift = (treatment.slope_at - control.slope_at) / base
    shared = control.variance + 2 * lift * control.covariance + lift**2 * control.base_variance
    return _effect(
        control, treatment, scale, difference / base, treatment.variance / base**2, max(shared, 0.0) / base**2
    )


def cannot_divide_by(control: Level) -> NoResult | None:
    """Why lifts over this control do not exist, if they do not.

    When control's value is not clear of 0, the exact set (Fieller 1954) is unbounded or nearly
    so, while the delta method's interval looks as good as any.
    """
    if control.base == 0:
        return NoResult(Reason.ZERO_CONTROL_MEAN)
    if abs(control.base) < CLEAR_OF_ZERO * control.base_variance**0.5:
        return NoResult(Reason.CONTROL_NOT_CLEAR_OF_ZERO)
    return NoResult(Reason.NEGATIVE_CONTROL_MEAN) if control.base < 0 else None


def _effect(control: Level, treatment: Level, scale: Scale, value: float, own: float, shared: float) -> Effect:
    part = treatment.variance / (treatment.variance + control.variance)
    freedom = 1 / (part**2 / (treatment.units - 1) + (1 - part) ** 2 / (control.units - 1))
    return Effect(scale, value, own, shared, freedom, control.units, treatment.units, control.base)
