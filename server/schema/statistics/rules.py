"""What clients say of priors and stopping rules, wherever they do. Checks nothing: the service does."""

import strawberry

import server.schema.statistics.enums  # noqa: F401 - the enums, before the types that use them
from server.experimentation.metrics.plans import AnyTime, AtHorizon, Rule
from server.experimentation.stats.bayes import FLAT, NormalPrior, Prior
from server.experimentation.stats.sequential import TUNING
from server.experimentation.stats.terms import Scale
from server.schema.given import or_default
from server.schema.scalars import Count

TUNING_TEXT = f"At how many units of both variants the intervals are tightest; left out, {TUNING:,.0f}."


@strawberry.input(description="A normal prior of every treatment's effect.")
class PriorInput:
    mean: float | None = strawberry.field(default=0.0, description="The effect that is expected.")
    standard_deviation: float = strawberry.field(description="How far effects are from it: above 0.")
    scale: Scale = strawberry.field(description="What both are measured in; converted to the metric's scale.")

    def prior(self) -> NormalPrior:
        """As the statistics take it."""
        return NormalPrior(or_default(self.mean, 0.0), self.standard_deviation, self.scale)


def prior_or_flat(given: PriorInput | None) -> Prior:
    """The prior; a flat one where none is given."""
    return FLAT if given is None else given.prior()


@strawberry.input(description="Look whenever you like.")
class AlwaysValidInput:
    tuning: float | None = strawberry.field(default=TUNING, description=TUNING_TEXT)

    def rule(self) -> AnyTime:
        """As services ask for it."""
        return AnyTime(or_default(self.tuning, TUNING))


@strawberry.input(description="Look once, when there are this many units and days. At least one of them is above 0.")
class FixedHorizonInput:
    units: Count | None = strawberry.field(default=0, description="Units of all variants together.")
    days: float | None = strawberry.field(default=0.0, description="Days since the start.")

    def rule(self) -> AtHorizon:
        """As services ask for it."""
        return AtHorizon(or_default(self.units, 0), or_default(self.days, 0.0))


@strawberry.input(description="When an experiment may be judged. Exactly one of these.", one_of=True)
class StoppingRuleInput:
    always_valid: AlwaysValidInput | None = strawberry.field(
        default=strawberry.UNSET, description="Whenever you like, by always-valid intervals."
    )
    fixed_horizon: FixedHorizonInput | None = strawberry.field(
        default=strawberry.UNSET, description="Once, by Welch's interval."
    )

    def rule(self) -> Rule:
        """As services ask for it."""
        if self.fixed_horizon is None or self.fixed_horizon is strawberry.UNSET:
            return (self.always_valid or AlwaysValidInput()).rule()
        return self.fixed_horizon.rule()
