"""Definitions go to the database and back unchanged, and each kind asks the warehouse its own question."""

import json

import pytest

from server.evaluation.percentages import BasisPoints
from server.experimentation.metrics.definitions import (
    Definition,
    Measured,
    definition_of,
    document_of,
    question_of,
)
from server.experimentation.models import MetricKind, MetricVersion
from server.warehouse.questions.terms import (
    Aggregate,
    Measure,
    MetricQuestion,
    Operator,
    PropertyFilter,
    Shape,
)
from server.warehouse.times import DAY, HOUR

SHOES = PropertyFilter("category", Operator.IN, ("shoes", "boots"))
VISITS = Measured("visit", Aggregate.COUNT, (SHOES,))
PRICES = Measured("purchase", Aggregate.SUM, (), "price")
MEANS = Measured("purchase", Aggregate.MEAN)

QUESTIONS = {
    Definition(MetricKind.PROPORTION, VISITS, window_hours=24): MetricQuestion(
        "metric_7",
        Shape.HAPPENED,
        Measure("visit", Aggregate.COUNT, (SHOES,), ends=24 * HOUR),
        lookback=14 * DAY,
    ),
    Definition(MetricKind.COUNT, VISITS, cap=50): MetricQuestion(
        "metric_7",
        Shape.VALUE,
        Measure("visit", Aggregate.COUNT, (SHOES,)),
        cap=50.0,
        lookback=14 * DAY,
    ),
    Definition(MetricKind.SUM, PRICES, window_hours=0.5, winsorise=BasisPoints(9_950)): MetricQuestion(
        "metric_7",
        Shape.VALUE,
        Measure("purchase", Aggregate.SUM, (), "price", ends=HOUR // 2),
        winsorise=0.995,
        lookback=14 * DAY,
    ),
    Definition(MetricKind.MEAN, MEANS): MetricQuestion(
        "metric_7",
        Shape.VALUE,
        Measure("purchase", Aggregate.MEAN),
        only_units_with_events=True,
        lookback=14 * DAY,
    ),
    Definition(MetricKind.RATIO, PRICES, VISITS, window_hours=48): MetricQuestion(
        "metric_7",
        Shape.RATIO,
        Measure("purchase", Aggregate.SUM, (), "price", ends=48 * HOUR),
        Measure("visit", Aggregate.COUNT, (SHOES,), ends=48 * HOUR),
        lookback=14 * DAY,
    ),
    Definition(MetricKind.QUANTILE, MEANS, percentile=BasisPoints(9_000)): MetricQuestion(
        "metric_7",
        Shape.QUANTILE,
        Measure("purchase", Aggregate.MEAN),
        quantile=0.9,
        only_units_with_events=True,
        lookback=0,
    ),
    Definition(MetricKind.RETENTION, VISITS, from_hours=24, to_hours=168): MetricQuestion(
        "metric_7",
        Shape.HAPPENED,
        Measure("visit", Aggregate.COUNT, (SHOES,), starts=24 * HOUR, ends=168 * HOUR),
        whole_window=True,
        lookback=14 * DAY,
    ),
}


def stored(definition: Definition) -> MetricVersion:
    """The version as it comes back from a JSON column."""
    document = json.loads(json.dumps(document_of(definition)))
    return MetricVersion(metric_id=7, kind=definition.kind.value, definition=document)


def test_every_kind_is_looked_at() -> None:
    assert sorted(definition.kind for definition in QUESTIONS) == sorted(MetricKind)


@pytest.mark.parametrize("definition", QUESTIONS, ids=lambda definition: definition.kind)
def test_a_definition_is_stored_and_read_back_the_same(definition: Definition) -> None:
    assert definition_of(stored(definition)) == definition


@pytest.mark.parametrize(("definition", "question"), QUESTIONS.items(), ids=[each.kind for each in QUESTIONS])
def test_each_kind_asks_its_question(definition: Definition, question: MetricQuestion) -> None:
    assert question_of(stored(definition), lookback_days=14) == question


def test_without_a_lookback_there_is_no_past() -> None:
    version = stored(Definition(MetricKind.COUNT, VISITS))

    assert question_of(version, lookback_days=0).lookback == 0


def test_numbers_are_stored_as_floats_of_one_zero() -> None:
    document = document_of(Definition(MetricKind.RETENTION, VISITS, from_hours=-0.0, to_hours=24))

    assert json.dumps([document["fromHours"], document["toHours"]]) == "[0.0, 24.0]"
