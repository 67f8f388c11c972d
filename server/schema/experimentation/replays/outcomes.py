"""What an A/A replay has found, in the API. Judges nothing itself."""

from collections.abc import Mapping
from typing import Annotated

import strawberry

import server.schema.experimentation.replays.enums  # noqa: F401 - the enums, before the types that use them
from server.experimentation import models
from server.experimentation.results.replay_document import ReplayDocument, ReplayedMetric
from server.experimentation.results.replays_shown import AlphaFit, findings_in_words, fit_in_words, fit_of
from server.schema.experimentation.metrics.plans import PlanMetric
from server.schema.scalars import Count
from server.schema.statistics.terms import IntervalOrNoResult, NoResult, interval_of, or_no_result, told


@strawberry.type(description="How often something happened, of the times that it could.")
class Rate:
    value: float = strawberry.field(description="The share, from 0 to 1.")


RateOrNoResult = Annotated[Rate | NoResult, or_no_result("Rate")]


@strawberry.type(description="A metric of the plan, tested again and again where there was nothing to find.")
class AAReplayMetric:
    planned: PlanMetric = strawberry.field(description="The metric, in the role that it has in the plan.")
    tests: Count = strawberry.field(
        description="How many tests there were: one for each run and treatment, less those without a p-value."
    )
    false_positives: Count = strawberry.field(
        description="How many were significant by one look (Welch's test): every one of them by chance."
    )
    rate: RateOrNoResult = strawberry.field(description="The share of the tests that were.")
    interval: IntervalOrNoResult = strawberry.field(
        description=(
            "The rate's 95 % interval: Wilson's, of as many independent tests as these are worth. Those of one run "
            "share control, and are wrong together."
        )
    )
    always_valid_false_positives: Count = strawberry.field(
        description="How many were significant by the always-valid p-value of the same look: fewer, by its nature."
    )
    fit: AlphaFit = strawberry.field(description="Whether the rate is the one that the significance level promises.")
    message: str = strawberry.field(description="The same in words, with what to do, for people.")


@strawberry.type(description="What an A/A replay has found.")
class AAReplayOutcome:
    units: Count = strawberry.field(
        description=(
            "How many units were dealt anew in each run: all that are judged, or about a million of them, drawn at "
            "random, where there are more. `message` says so."
        )
    )
    variants: list[str] = strawberry.field(description="Among which variants: control first.")
    alpha: float = strawberry.field(description="The plan's significance level.")
    false_findings: int = strawberry.field(
        description=(
            "In how many runs the plan, looked at once by its stopping rule, would have called a treatment better or "
            "worse than control by its primary metric."
        )
    )
    false_finding_rate: float = strawberry.field(
        description="The share of the runs that these are: at most about `alpha`, where all is well."
    )
    message: str = strawberry.field(description="The same in words, for people.")
    metrics: list[AAReplayMetric] = strawberry.field(description="The metrics of the plan, in their order.")


def outcome_of(found: ReplayDocument, runs: int, planned: Mapping[int, models.PlanMetric]) -> AAReplayOutcome:
    """What was found as the API tells it; ``planned`` are the plan's metrics, by the key of their versions."""
    return AAReplayOutcome(
        units=found.units,
        variants=list(found.variants),
        alpha=found.alpha,
        false_findings=found.false_findings,
        false_finding_rate=found.false_findings / runs,
        message=findings_in_words(found, runs),
        metrics=[_metric(each, found.alpha, planned) for each in found.metrics],
    )


def _metric(found: ReplayedMetric, alpha: float, planned: Mapping[int, models.PlanMetric]) -> AAReplayMetric:
    outcome = found.outcome
    return AAReplayMetric(
        planned=planned[found.metric_version_id],  # type: ignore[arg-type]
        tests=outcome.tests,
        false_positives=outcome.false_positives,
        rate=told(outcome.rate, lambda value: Rate(value=value)),
        interval=told(outcome.interval, interval_of),
        always_valid_false_positives=outcome.always_valid_false_positives,
        fit=fit_of(outcome, alpha),
        message=fit_in_words(outcome, alpha, found.metric_kind),
    )
