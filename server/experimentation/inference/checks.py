"""What is wrong with sums and plans that somebody sends: every problem at once, with its path. Computes nothing.

Sums that no data can have are not wrong here: they are a reason why there is no number.
"""

from collections.abc import Iterator, Sequence

from server.errors import Problem
from server.evaluation.snapshot import CONTROL_ARM
from server.experimentation.inference.ranges import MOST_UNITS, Path, names_problem, range_problem
from server.experimentation.inference.requests import AnalysisRequest, ArmCount, MetricSums
from server.experimentation.inference.rules import plan_problems, prior_problems
from server.experimentation.inference.sums import kind_of, sums_problems
from server.experimentation.metrics.plan_checking import LEAST_ALPHA, MOST_ALPHA

MAX_VARIANTS = 20
MAX_METRICS = 50
MAX_COMPARISONS = 3_000
LEAST_SHARE = 1e-9
"""Treatments times treatments, over all metrics: the chances to be best compare each with each. A second's work."""


def problems_of(request: AnalysisRequest) -> list[Problem]:
    """Everything that is wrong with the request; empty where it can be answered."""
    return [
        *range_problem(("alpha",), request.alpha, LEAST_ALPHA, MOST_ALPHA),
        *range_problem(("tuning",), request.tuning, 1, MOST_UNITS),
        *prior_problems(("prior",), request.prior),
        *_metrics_problems(request.metrics),
        *(() if request.split is None else _split_problems(request.split)),
        *(() if request.plan is None else plan_problems(request.plan, request.metrics)),
    ]


def _metrics_problems(metrics: Sequence[MetricSums]) -> Iterator[Problem]:
    path: Path = ("metrics",)
    if not metrics:
        yield Problem(path, "MISSING", "Give the sums of a metric.")
    if len(metrics) > MAX_METRICS:
        yield Problem(path, "TOO_MANY", f"At most {MAX_METRICS} metrics.")
        return
    yield from names_problem(path, [each.name for each in metrics], "name")
    for place, metric in enumerate(metrics):
        yield from (problem.below(*path, place) for problem in _metric_problems(metric))
    comparisons = sum(len(each.treatments) ** 2 for each in metrics)
    if comparisons > MAX_COMPARISONS:
        message = (
            f"All treatments of all metrics, compared with each other, are {comparisons:,} comparisons: "
            f"at most {MAX_COMPARISONS:,} in one request."
        )
        yield Problem(path, "TOO_MANY", message)


def _metric_problems(metric: MetricSums) -> Iterator[Problem]:
    yield from sums_problems(("control",), metric.control)
    path: Path = ("treatments",)
    if not metric.treatments:
        yield Problem(path, "MISSING", "Give the sums of a treatment.")
    if len(metric.treatments) >= MAX_VARIANTS:
        yield Problem(path, "TOO_MANY", f"At most {MAX_VARIANTS - 1} treatments, and control.")
        return
    yield from names_problem(path, [each.variant for each in metric.treatments], "variant")
    for place, arm in enumerate(metric.treatments):
        if arm.variant == CONTROL_ARM:
            yield Problem((*path, place, "variant"), "RESERVED", "Control's sums belong into `control`.")
        yield from (problem.below(*path, place, "sums") for problem in sums_problems((), arm.sums))
        if kind_of(arm.sums) != kind_of(metric.control):
            message = "All arms of a metric have sums of one kind, all with a covariate or none, and of one quantile."
            yield Problem((*path, place, "sums"), "MIXED_KINDS", message)


def _split_problems(split: Sequence[ArmCount]) -> Iterator[Problem]:
    path: Path = ("split",)
    if len(split) < 2:
        yield Problem(path, "MISSING", "A split has two variants or more.")
    if len(split) > MAX_VARIANTS:
        yield Problem(path, "TOO_MANY", f"At most {MAX_VARIANTS} variants.")
        return
    yield from names_problem(path, [each.variant for each in split], "variant")
    for place, arm in enumerate(split):
        yield from range_problem((*path, place, "units"), arm.units, 0, MOST_UNITS)
        if arm.share:
            yield from range_problem((*path, place, "share"), arm.share, LEAST_SHARE, MOST_UNITS)
