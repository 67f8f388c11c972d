"""Breakdowns in a database: how many rows, of which computations, and what is read of them."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from server.experimentation.models import Breakdown, Computation, Experiment
from server.experimentation.results.breakdowns import breakdown_ahead, breakdown_by, breakdowns_of
from server.experimentation.results.document import DimensionFigures
from server.experimentation.results.keeping import ALL_KEPT, thin_out_computations
from server.experimentation.results.shown import document_of, whole_document_of
from tests.experimentation.results.made_up import AS_OF, Seen
from tests.experimentation.results.storing import EVEN, computed, failed, running, with_plan
from tests.factories import World

HOUR = timedelta(hours=1)
DIMENSIONS = ["country", "browser"]
SEEN = Seen([EVEN], values={"country": {"CH": EVEN}, "browser": {"Firefox": EVEN, None: EVEN}})


@pytest.fixture
def experiment(world: World) -> Experiment:
    """One whose plan has two properties; nothing is computed yet."""
    experiment = running(world)
    with_plan(world, experiment, dimensions=DIMENSIONS)
    return experiment


def kept() -> list[tuple[int, str]]:
    """Which computations have breakdowns, by which properties."""
    return list(Breakdown.objects.order_by("pk").values_list("computation__number", "property"))


def test_there_is_a_row_for_each_property_with_the_metrics_of_its_values(experiment: Experiment) -> None:
    computation = Computation.objects.get(pk=computed(experiment, SEEN).pk)

    found = whole_document_of(computation)

    assert kept() == [(1, "country"), (1, "browser")]
    assert [each.property for each in found.dimensions] == DIMENSIONS
    assert [len(value.metrics) for each in found.dimensions for value in each.values] == [2, 2, 2]
    assert breakdowns_of(computation) == found.dimensions
    assert [value.metrics for each in document_of(computation).dimensions for value in each.values] == [(), (), ()]


def test_only_those_that_are_shown_are_kept_and_those_that_were_until_now(experiment: Experiment, world: World) -> None:
    other = running(world, name="Other")
    with_plan(world, other, dimensions=["browser"])
    computed(other, Seen([EVEN], values={"browser": {"Firefox": EVEN}}))
    others = kept()

    for hour in range(3):
        computed(experiment, SEEN, as_of=AS_OF + hour * HOUR)
    failed(experiment, at=AS_OF + 3 * HOUR)

    assert kept() == [*others, *((number, name) for number in (2, 3) for name in DIMENSIONS)]
    assert experiment.computations.count() == 4


def test_a_property_is_read_alone(experiment: Experiment) -> None:
    computation = Computation.objects.get(pk=computed(experiment, SEEN).pk)

    with CaptureQueriesContext(connection) as queries:
        found, nothing = breakdown_by(computation, "browser"), breakdown_by(computation, "device")

    assert isinstance(found, DimensionFigures)
    assert ([each.value for each in found.values], nothing) == ([None, "Firefox"], None)
    assert [query["sql"].count("'browser'") for query in queries] == [1, 0]


def test_many_computations_read_theirs_ahead_by_one_statement(experiment: Experiment, world: World) -> None:
    other = running(world, name="Other")
    for each in (experiment, other):
        computed(each, SEEN)

    with CaptureQueriesContext(connection) as queries:
        rows = list(Computation.objects.prefetch_related(breakdown_ahead("country"), breakdown_ahead("a__b")))
        found = [(breakdown_by(row, "country"), breakdown_by(row, "a__b")) for row in rows]

    assert len(queries) == 3
    assert [(each and each.property, nothing) for each, nothing in found] == [("country", None)] * 2


def test_what_was_shown_until_now_is_not_thinned_out_under_its_breakdowns(experiment: Experiment) -> None:
    """Nobody has computed for a week: the two newest are of the same day, and only the last of a day is kept."""
    for hour in range(3):
        computed(experiment, SEEN, as_of=AS_OF + hour * HOUR)

    deleted = thin_out_computations(now=AS_OF + 2 * ALL_KEPT, most_portions=1)

    assert (deleted, {number for number, _ in kept()}) == (1, {2, 3})


def test_a_breakdown_never_changes(experiment: Experiment) -> None:
    computed(experiment, SEEN)

    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        Breakdown.objects.update(property="device")
