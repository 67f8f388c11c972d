"""Why there is no number: a typed reason in the place of a result. Never ``None``, 0 or p = 1."""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """What kept a number from being computed. The values are stable."""

    TOO_FEW_UNITS = "TOO_FEW_UNITS"
    NO_VARIANCE = "NO_VARIANCE"
    ZERO_CONTROL_MEAN = "ZERO_CONTROL_MEAN"
    NEGATIVE_CONTROL_MEAN = "NEGATIVE_CONTROL_MEAN"
    CONTROL_NOT_CLEAR_OF_ZERO = "CONTROL_NOT_CLEAR_OF_ZERO"
    ZERO_DENOMINATOR = "ZERO_DENOMINATOR"
    DENOMINATOR_NOT_CLEAR_OF_ZERO = "DENOMINATOR_NOT_CLEAR_OF_ZERO"
    NO_COVARIATE = "NO_COVARIATE"
    NO_COVARIATE_VARIANCE = "NO_COVARIATE_VARIANCE"
    IMPOSSIBLE_SUMS = "IMPOSSIBLE_SUMS"
    ONE_OPEN_ARM = "ONE_OPEN_ARM"
    UNITS_IN_CLOSED_ARM = "UNITS_IN_CLOSED_ARM"
    NO_MINIMUM_EFFECT = "NO_MINIMUM_EFFECT"
    OUT_OF_REACH = "OUT_OF_REACH"
    NO_TRAFFIC = "NO_TRAFFIC"
    BEFORE_HORIZON = "BEFORE_HORIZON"
    NOTHING_LEFT = "NOTHING_LEFT"
    NO_HISTORY = "NO_HISTORY"
    NO_PLAN = "NO_PLAN"
    NO_ROLLOUT = "NO_ROLLOUT"
    ALREADY_STARTED = "ALREADY_STARTED"


_TEXTS = {
    Reason.TOO_FEW_UNITS: "There are too few units for this to mean anything yet.",
    Reason.NO_VARIANCE: "Every unit of an arm has the same value, so there is no spread to judge a difference by.",
    Reason.ZERO_CONTROL_MEAN: "Control's value is 0, and nothing is a percentage of 0: use the absolute scale.",
    Reason.NEGATIVE_CONTROL_MEAN: "Control's value is below 0, where a lift changes its sign: use the absolute scale.",
    Reason.CONTROL_NOT_CLEAR_OF_ZERO: "Control's value is too uncertain to divide by: at this confidence it may be 0.",
    Reason.ZERO_DENOMINATOR: "The ratio's denominator adds up to 0.",
    Reason.DENOMINATOR_NOT_CLEAR_OF_ZERO: "The ratio's denominator is within 3 standard errors of 0.",
    Reason.NO_COVARIATE: "Nothing was given of the units before the experiment.",
    Reason.NO_COVARIATE_VARIANCE: "What was known of the units before is the same for all of them.",
    Reason.IMPOSSIBLE_SUMS: "No data can have these sums.",
    Reason.ONE_OPEN_ARM: "A split needs two arms with a share of the units.",
    Reason.UNITS_IN_CLOSED_ARM: "An arm whose share is 0 has units.",
    Reason.NO_MINIMUM_EFFECT: "How much is needed depends on the smallest effect that matters, and none is given.",
    Reason.OUT_OF_REACH: "No number of units that exists would be enough.",
    Reason.NO_TRAFFIC: "No units are arriving, so waiting does not help.",
    Reason.BEFORE_HORIZON: "The plan is judged once, at its horizon, which is not reached.",
    Reason.NOTHING_LEFT: "Nothing is left to collect: the verdict has been reached.",
    Reason.NO_HISTORY: (
        "Nothing has been computed of the metric in this environment: have its baseline computed, or wait an hour."
    ),
    Reason.NO_PLAN: "The experiment has no plan yet, which says what is to be found: set one.",
    Reason.NO_ROLLOUT: "The experiment has no rollout yet, which says who takes part: set one.",
    Reason.ALREADY_STARTED: "The experiment has started: its verdict says how much is left to collect.",
}

_CURED_BY_MORE_UNITS = frozenset(
    {
        Reason.TOO_FEW_UNITS,
        Reason.NO_VARIANCE,
        Reason.ZERO_CONTROL_MEAN,
        Reason.CONTROL_NOT_CLEAR_OF_ZERO,
        Reason.ZERO_DENOMINATOR,
        Reason.DENOMINATOR_NOT_CLEAR_OF_ZERO,
        Reason.NO_COVARIATE_VARIANCE,
        Reason.BEFORE_HORIZON,
        Reason.NO_HISTORY,
    }
)


@dataclass(frozen=True, slots=True)
class NoResult:
    """Stands where a result would: there is none, for this reason."""

    reason: Reason

    @property
    def text(self) -> str:
        """The reason in words."""
        return _TEXTS[self.reason]

    @property
    def may_pass(self) -> bool:
        """Whether more units may cure it."""
        return self.reason in _CURED_BY_MORE_UNITS
