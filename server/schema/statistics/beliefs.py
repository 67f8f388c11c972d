"""What is believed after the data: posteriors with their prior, and which variant is the best one."""

from collections.abc import Sequence
from enum import Enum
from typing import Annotated

import strawberry

from server.evaluation.snapshot import CONTROL_ARM
from server.experimentation.stats import bayes, best
from server.experimentation.stats.terms import Scale
from server.schema.statistics.terms import Interval, NoResult, interval_of, or_no_result


@strawberry.enum(description="What is believed of an effect before there is any data.")
class PriorKind(Enum):
    FLAT = strawberry.enum_value("FLAT", description="Every effect is as likely as any other.")
    NORMAL = strawberry.enum_value("NORMAL", description="Effects are normally distributed around a mean.")


@strawberry.type(description="What was believed of an effect before there was any data.")
class Prior:
    kind: PriorKind = strawberry.field(description="The shape of the belief.")
    mean: float | None = strawberry.field(description="The mean of a normal prior; null for a flat one.")
    standard_deviation: float | None = strawberry.field(
        description="The standard deviation of a normal prior; null for a flat one."
    )
    scale: Scale | None = strawberry.field(
        description="What mean and standard deviation are measured in; null for a flat prior."
    )


def prior_of(found: bayes.Prior) -> Prior:
    """A prior as the API tells it."""
    if isinstance(found, bayes.FlatPrior):
        return Prior(kind=PriorKind.FLAT, mean=None, standard_deviation=None, scale=None)
    return Prior(kind=PriorKind.NORMAL, mean=found.mean, standard_deviation=found.standard_deviation, scale=found.scale)


@strawberry.type(
    description=(
        "What is believed of a treatment's effect after the data. Not valid for whoever stops by it: no verdict rests "
        "on it."
    )
)
class Posterior:
    scale: Scale = strawberry.field(description="What mean, deviation, interval and losses are measured in.")
    mean: float = strawberry.field(description="The mean of the effect.")
    standard_deviation: float = strawberry.field(description="The standard deviation of the effect.")
    interval: Interval = strawberry.field(
        description="The credible interval: the effect is in it with a chance of 1 - `alpha`."
    )
    chance_to_beat_control: float = strawberry.field(
        description="The chance, from 0 to 1, that the effect is on the good side of 0."
    )
    expected_loss: float = strawberry.field(
        description="What one gives up on average by shipping the treatment if it is worse."
    )
    expected_loss_of_control: float = strawberry.field(
        description="What one gives up on average by keeping control if the treatment is better."
    )
    alpha: float = strawberry.field(description="The chance that the effect is outside of the interval.")
    prior: Prior = strawberry.field(description="The prior that it rests on, on this scale.")


def posterior_of(found: bayes.Posterior) -> Posterior:
    """A posterior as the API tells it."""
    return Posterior(
        scale=found.scale,
        mean=found.mean,
        standard_deviation=found.standard_deviation,
        interval=interval_of(found.interval),
        chance_to_beat_control=found.chance_to_beat_control,
        expected_loss=found.expected_loss,
        expected_loss_of_control=found.expected_loss_of_control,
        alpha=found.alpha,
        prior=prior_of(found.prior),
    )


@strawberry.type(description="How likely one variant is the best of all.")
class ChanceToBeBest:
    variant: str = strawberry.field(description="The variant; `control`, or the name of a treatment.")
    chance: float = strawberry.field(description="The chance, from 0 to 1, that it is the best one.")
    expected_loss: float = strawberry.field(
        description="What one gives up on average by shipping it in the place of the best one."
    )


@strawberry.type(description="Which variant is the best one, control among them. Not valid for whoever stops by it.")
class BestVariant:
    scale: Scale = strawberry.field(description="What the losses are measured in.")
    variants: list[ChanceToBeBest] = strawberry.field(description="Every variant, control first; chances add up to 1.")
    prior: Prior = strawberry.field(description="The prior of every treatment's effect.")


def best_of(found: best.Best, *, treatments: Sequence[str], scale: Scale) -> BestVariant:
    """The best variant as the API tells it; the treatments in the order in which they were analysed."""
    named = zip(treatments, found.chances, found.losses, strict=True)
    control = ChanceToBeBest(variant=CONTROL_ARM, chance=found.chance_of_control, expected_loss=found.loss_of_control)
    others = [ChanceToBeBest(variant=name, chance=chance, expected_loss=loss) for name, chance, loss in named]
    return BestVariant(scale=scale, variants=[control, *others], prior=prior_of(found.prior))


PosteriorOrNoResult = Annotated[Posterior | NoResult, or_no_result("Posterior")]
BestVariantOrNoResult = Annotated[BestVariant | NoResult, or_no_result("BestVariant")]
