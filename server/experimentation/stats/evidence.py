"""What a verdict is asked on: the plan, and what was seen so far. Judges nothing."""

from dataclasses import dataclass
from enum import StrEnum

from server.experimentation.stats.effects import Effect
from server.experimentation.stats.guardrails import Guardrail
from server.experimentation.stats.reasons import NoResult
from server.experimentation.stats.rules import AlwaysValid, FixedHorizon, StoppingRule
from server.experimentation.stats.srm import SrmResult
from server.experimentation.stats.terms import Direction, Scale, require_alpha


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the experiment is: units in all arms, days that it ran, units per day lately; whether it was ended."""

    units: int
    days: float
    units_per_day: float
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What was fixed before the start. ``treatments`` is how many were planned, not how many have data.

    ``minimum_effect`` is on the plan's scale; 0 says that every effect matters, and then there is no verdict
    of "no difference".
    """

    scale: Scale
    direction: Direction
    minimum_effect: float
    alpha: float
    rule: StoppingRule
    treatments: int
    guardrails: tuple[Guardrail, ...] = ()
    power: float = 0.8
    srm_alpha: float = 0.001

    def __post_init__(self) -> None:
        require_alpha(self.alpha)
        require_alpha(self.srm_alpha)
        require_alpha(1 - self.power)
        if self.treatments < 1 or not self.minimum_effect >= 0:
            raise ValueError("A plan has a treatment, and a minimum effect of at least 0.")

    @property
    def alpha_each(self) -> float:
        """Bonferroni over the treatments: α / k for each one's primary metric."""
        return self.alpha / self.treatments

    @property
    def guardrail_alpha(self) -> float:
        """Bonferroni over treatments and guardrails: another α, for all claims about guardrails together."""
        return self.alpha / (self.treatments * max(len(self.guardrails), 1))

    def is_over(self, progress: Progress) -> bool:
        """Whether a fixed horizon is reached; a plan without one ends when people end it."""
        return isinstance(self.rule, FixedHorizon) and self.rule.is_reached(units=progress.units, days=progress.days)

    @property
    def watch(self) -> AlwaysValid:
        """How guardrails are watched under every rule: by a confidence sequence, tightest where the plan ends."""
        if isinstance(self.rule, AlwaysValid):
            return self.rule
        return AlwaysValid(self.rule.units) if self.rule.units else AlwaysValid()


@dataclass(frozen=True, slots=True)
class VariantEvidence:
    """A treatment against control: its primary effect, and one effect for each of the plan's guardrails, in order."""

    variant: str
    primary: Effect | NoResult
    guardrails: tuple[Effect | NoResult, ...] = ()


class Doubt(StrEnum):
    """Why no figure of an experiment can be trusted. The values are stable."""

    UNFAIR_SPLIT = "UNFAIR_SPLIT"
    """The arms have not got the units that the split says."""
    UNITS_IN_CLOSED_ARM = "UNITS_IN_CLOSED_ARM"
    """An arm without a share has units."""
    UNITS_IN_SEVERAL_VARIANTS = "UNITS_IN_SEVERAL_VARIANTS"
    """Too many units met more than one variant in one phase."""
    IMPOSSIBLE_DATA = "IMPOSSIBLE_DATA"
    """Sums or counts that no data can have."""
    SCALE_HAS_NO_MEANING = "SCALE_HAS_NO_MEANING"
    """The plan's scale is relative, and control's value is below 0."""
    INCOMPLETE_DATA = "INCOMPLETE_DATA"
    """Events that were accepted are missing from the figures."""
    PLAN_CHANGED = "PLAN_CHANGED"
    """The plan was changed after results could be seen."""


@dataclass(frozen=True, slots=True)
class Health:
    """The check of the split over all phases, and further doubts that others have found."""

    split: SrmResult | NoResult
    doubts: tuple[Doubt, ...] = ()
