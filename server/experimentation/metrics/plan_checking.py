"""Whether a plan means something: every problem at once, with its path. Reads and writes nothing."""

from collections.abc import Collection, Iterable, Mapping

from server.checks import text_problems
from server.errors import PathItem, Problem
from server.experimentation.metrics.checking import MAX_NUMBER, number_problems
from server.experimentation.metrics.plans import AnyTime, AtHorizon, PlanRequest, PlanTerms
from server.experimentation.models import Metric
from server.experimentation.models.metrics import MAX_DIMENSION

MAX_METRICS = 30
MAX_DIMENSIONS = 5
MAX_LOOKBACK_DAYS = 90
MAX_DAYS = 3_650.0
MAX_UNITS = 2_000_000_000
LEAST_ALPHA, MOST_ALPHA = 0.0001, 0.5
LEAST_POWER, MOST_POWER = 0.5, 0.999
LEAST_DEVIATION = 1e-50
"""Of a prior: what is less is nobody's belief, and its square leaves what a double can hold."""
NOT_ABOVE_ALPHA = "Give a power above alpha: no effect at all is found that often."

Path = tuple[PathItem, ...]


def plan_problems(
    request: PlanRequest, metrics: Mapping[int, Metric], *, already: Collection[int] = ()
) -> list[Problem]:
    """Everything that is wrong with a plan; ``metrics`` are those of its project that it names, by id.

    Archived ones it may have only if they are in the plan ``already``.
    """
    problems = _metric_problems(request, metrics, already)
    for index, each in enumerate(request.guardrails):
        problems += number_problems(each.margin, path=("plan", "guardrails", index, "margin"), least=0, most=MAX_NUMBER)
    return problems + _terms_problems(request.terms)


def _metric_problems(request: PlanRequest, metrics: Mapping[int, Metric], already: Collection[int]) -> list[Problem]:
    if len(request.metric_ids) > MAX_METRICS:
        return [Problem(("plan",), "TOO_MANY", f"A plan has at most {MAX_METRICS} metrics.")]
    problems: list[Problem] = []
    seen: set[int] = set()
    for path, metric_id in _named(request):
        metric = metrics.get(metric_id)
        if metric is None:
            problems.append(Problem(path, "UNKNOWN_METRIC", "The project has no metric with this id."))
        elif metric_id in seen:
            problems.append(Problem(path, "DUPLICATE_METRIC", "A plan has a metric once: in one role."))
        elif metric.archived_at is not None and metric_id not in already:
            problems.append(Problem(path, "ARCHIVED", "The metric is archived: take it out of the archive first."))
        seen.add(metric_id)
    return problems


def _named(request: PlanRequest) -> Iterable[tuple[Path, int]]:
    yield ("plan", "primaryMetricId"), request.primary
    for index, metric_id in enumerate(request.secondary):
        yield ("plan", "secondaryMetricIds", index), metric_id
    for index, each in enumerate(request.guardrails):
        yield ("plan", "guardrails", index, "metricId"), each.metric_id


def _terms_problems(terms: PlanTerms) -> list[Problem]:
    problems = [
        *number_problems(terms.minimum_effect, path=("plan", "minimumEffect"), least=0, most=MAX_NUMBER),
        *_power_problems(terms),
        *_rule_problems(terms),
    ]
    if terms.expected_days is not None:
        path = ("plan", "expectedDays")
        problems += number_problems(terms.expected_days, path=path, least=0, most=MAX_DAYS, above=True)
    if terms.prior is not None:
        mean, deviation = ("plan", "prior", "mean"), ("plan", "prior", "standardDeviation")
        problems += number_problems(terms.prior.mean, path=mean, least=-MAX_NUMBER, most=MAX_NUMBER)
        problems += number_problems(
            terms.prior.standard_deviation, path=deviation, least=LEAST_DEVIATION, most=MAX_NUMBER
        )
    path = ("plan", "lookbackDays")
    problems += number_problems(terms.lookback_days, path=path, least=0, most=MAX_LOOKBACK_DAYS)
    return problems + _dimension_problems(terms.dimensions)


def _power_problems(terms: PlanTerms) -> list[Problem]:
    """Both have to be numbers before one is compared with the other."""
    path: Path = ("plan", "power")
    problems = number_problems(terms.alpha, path=("plan", "alpha"), least=LEAST_ALPHA, most=MOST_ALPHA)
    problems += number_problems(terms.power, path=path, least=LEAST_POWER, most=MOST_POWER)
    if not problems and terms.power <= terms.alpha:
        return [Problem(path, "OUT_OF_RANGE", NOT_ABOVE_ALPHA)]
    return problems


def _rule_problems(terms: PlanTerms) -> list[Problem]:
    path: Path = ("plan", "rule")
    match terms.rule:
        case AnyTime(tuning=tuning):
            return number_problems(tuning, path=(*path, "alwaysValid", "tuning"), least=1, most=MAX_UNITS)
        case AtHorizon(units=units, days=days):
            path = (*path, "fixedHorizon")
            problems = number_problems(units, path=(*path, "units"), least=0, most=MAX_UNITS)
            problems += number_problems(days, path=(*path, "days"), least=0, most=MAX_DAYS)
            if not problems and not units and not days:
                message = (
                    "A horizon is a number of units, of days, or both: one of nothing is reached before the start."
                )
                return [Problem(path, "MISSING_VALUE", message)]
            return problems


def _dimension_problems(dimensions: tuple[str, ...]) -> list[Problem]:
    path: Path = ("plan", "dimensions")
    if len(dimensions) > MAX_DIMENSIONS:
        return [Problem(path, "TOO_MANY", f"Results are broken down by at most {MAX_DIMENSIONS} properties.")]
    problems: list[Problem] = []
    for index, dimension in enumerate(dimensions):
        here = (*path, index)
        problems += text_problems(dimension, path=here, max_length=MAX_DIMENSION, allow_blank=False)
        if dimension in dimensions[:index]:
            problems.append(Problem(here, "DUPLICATE_DIMENSION", "This property is named already."))
    return problems
