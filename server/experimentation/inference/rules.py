"""What is wrong with a plan or a prior that somebody sends. Judges nothing."""

from collections.abc import Iterator, Sequence

from server.errors import Problem
from server.experimentation.inference.ranges import LARGEST, MOST_UNITS, Path, above_zero_problem, range_problem
from server.experimentation.inference.requests import Judgement, MetricSums, ProgressRequest
from server.experimentation.metrics.plan_checking import LEAST_POWER, MOST_ALPHA, MOST_POWER
from server.experimentation.metrics.plans import AnyTime, Rule
from server.experimentation.stats.bayes import NormalPrior, Prior

MAX_GUARDRAILS = 50
MAX_TREATMENTS = 1_000
MOST_DAYS = 100_000
LEAST_SRM_ALPHA = 1e-9


def prior_problems(path: Path, prior: Prior) -> Iterator[Problem]:
    """A prior of no effect that could be."""
    if isinstance(prior, NormalPrior):
        yield from range_problem((*path, "mean"), prior.mean, -LARGEST, LARGEST)
        yield from above_zero_problem((*path, "standardDeviation"), prior.standard_deviation)


def rule_problems(path: Path, rule: Rule) -> Iterator[Problem]:
    """A stopping rule that cannot be followed."""
    if isinstance(rule, AnyTime):
        yield from range_problem((*path, "alwaysValid", "tuning"), rule.tuning, 1, MOST_UNITS)
    elif not rule.units and not rule.days:
        yield Problem((*path, "fixedHorizon"), "MISSING_VALUE", "A fixed horizon needs a number of units or of days.")
    else:
        yield from range_problem((*path, "fixedHorizon", "units"), rule.units, 0, MOST_UNITS)
        yield from range_problem((*path, "fixedHorizon", "days"), rule.days, 0, MOST_DAYS)


def plan_problems(plan: Judgement, metrics: Sequence[MetricSums]) -> Iterator[Problem]:
    """A plan that does not fit the metrics, or cannot be followed."""
    path: Path = ("plan",)
    known = {each.name: {arm.variant for arm in each.treatments} for each in metrics}
    needed = known.get(plan.primary_metric)
    if needed is None:
        yield _unknown((*path, "primaryMetric"))
        needed = set()
    yield from range_problem((*path, "minimumEffect"), plan.minimum_effect, 0, LARGEST)
    yield from rule_problems((*path, "rule"), plan.rule)
    yield from range_problem((*path, "power"), plan.power, LEAST_POWER, MOST_POWER)
    yield from range_problem((*path, "srmAlpha"), plan.srm_alpha, LEAST_SRM_ALPHA, MOST_ALPHA)
    if plan.treatments is not None and not len(needed) <= plan.treatments <= MAX_TREATMENTS:
        message = f"As many as were planned: at least those that have sums, and at most {MAX_TREATMENTS:,}."
        yield Problem((*path, "treatments"), "OUT_OF_RANGE", message)
    yield from _guardrails_problems((*path, "guardrails"), plan, known, needed)
    yield from _progress_problems((*path, "progress"), plan.progress)


def _guardrails_problems(
    path: Path, plan: Judgement, known: dict[str, set[str]], needed: set[str]
) -> Iterator[Problem]:
    if len(plan.guardrails) > MAX_GUARDRAILS:
        yield Problem(path, "TOO_MANY", f"At most {MAX_GUARDRAILS} guardrails.")
        return
    seen = {plan.primary_metric}
    for place, guardrail in enumerate(plan.guardrails):
        where: Path = (*path, place, "metric")
        variants = known.get(guardrail.metric)
        if variants is None:
            yield _unknown(where)
        elif guardrail.metric in seen:
            yield Problem(where, "DUPLICATE_METRIC", "A metric is the primary one or one guardrail.")
        elif not needed <= variants:
            yield Problem(where, "MISSING", "A guardrail has sums of every treatment of the primary metric.")
        seen.add(guardrail.metric)
        yield from range_problem((*path, place, "margin"), guardrail.margin, 0, LARGEST)


def _progress_problems(path: Path, progress: ProgressRequest) -> Iterator[Problem]:
    if progress.units is not None:
        yield from range_problem((*path, "units"), progress.units, 0, MOST_UNITS)
    yield from range_problem((*path, "days"), progress.days, 0, MOST_DAYS)
    if progress.units_per_day is not None:
        yield from range_problem((*path, "unitsPerDay"), progress.units_per_day, 0, MOST_UNITS)


def _unknown(path: Path) -> Problem:
    return Problem(path, "UNKNOWN_METRIC", "No metric of this request has this name.")
