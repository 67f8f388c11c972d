"""What is asked of the experiment that is measured: ten metrics of all kinds, with their units' past. Asks nothing."""

from server.warehouse.questions.terms import (
    Aggregate,
    ExperimentQuestion,
    Measure,
    MetricQuestion,
    Operator,
    PropertyFilter,
    Scope,
    Shape,
)
from server.warehouse.times import DAY

OPENED = 1_788_220_800_000_000
"""Midnight, in the year 2026."""

LOOKBACK = 14 * DAY
DAYS = 28
LOAD, SCAN = "load", "scan"
"""What else may be asked of the command: to take the data over, or merely to read it."""

EXPERIMENT = "large"
VARIANTS = ("control", "one", "two")
PHASE = 1

ORDERS = Measure("order_placed", Aggregate.COUNT)
REVENUE = Measure("order_placed", Aggregate.SUM)
LOADING = Measure("page_loaded", Aggregate.MEAN)
ON_MOBILES = (PropertyFilter("device", Operator.EQUALS, ("mobile",)),)

METRICS = (
    MetricQuestion("proportion", Shape.HAPPENED, ORDERS, lookback=LOOKBACK),
    MetricQuestion(
        "proportion in a week, on mobiles",
        Shape.HAPPENED,
        Measure("order_placed", Aggregate.COUNT, ON_MOBILES, ends=7 * DAY),
        lookback=LOOKBACK,
    ),
    MetricQuestion("count", Shape.VALUE, Measure("added_to_basket", Aggregate.COUNT), lookback=LOOKBACK),
    MetricQuestion("sum", Shape.VALUE, REVENUE, lookback=LOOKBACK),
    MetricQuestion("winsorised sum", Shape.VALUE, REVENUE, winsorise=0.99, lookback=LOOKBACK),
    MetricQuestion("capped sum", Shape.VALUE, REVENUE, cap=500.0, lookback=LOOKBACK),
    MetricQuestion("mean", Shape.VALUE, LOADING, only_units_with_events=True, lookback=LOOKBACK),
    MetricQuestion("ratio", Shape.RATIO, REVENUE, denominator=ORDERS, lookback=LOOKBACK),
    MetricQuestion("quantile", Shape.QUANTILE, LOADING, quantile=0.9, only_units_with_events=True),
    MetricQuestion(
        "retention",
        Shape.HAPPENED,
        Measure("page_loaded", Aggregate.COUNT, starts=DAY, ends=4 * DAY),
        whole_window=True,
        lookback=LOOKBACK,
    ),
)


def question(environment_id: int, metrics: int) -> ExperimentQuestion:
    """About the experiment at its end, with so many of the metrics."""
    closed = OPENED + DAYS * DAY
    scope = Scope(1, (PHASE,), OPENED, closed)
    return ExperimentQuestion(environment_id, EXPERIMENT, VARIANTS, (scope,), closed, METRICS[:metrics])
