"""What is read of a stored computation."""

from dataclasses import replace

from server.experimentation.models import Computation, Experiment
from server.experimentation.results.document import ResultsDocument
from server.experimentation.results.shown import document_of, keep_document
from tests.experimentation.results.made_up import FAIR, Seen, a_metric, documented, phase, planned
from tests.experimentation.results.making import a_plan


def broken_down() -> ResultsDocument:
    """Figures with a breakdown by one property."""
    plan = a_plan(dimensions=["browser"])
    experiment = Experiment(pk=1, environment_id=1, key="colours")
    seen = Seen(values={"browser": {"Firefox": FAIR, None: FAIR}})
    return documented(experiment, [phase()], plan, [planned(plan, a_metric())], seen)


def computation_with(document: ResultsDocument) -> Computation:
    computation = Computation()
    keep_document(computation, document)
    return computation


def test_everything_but_the_metrics_of_values_is_in_the_computation_itself() -> None:
    document = broken_down()
    (dimension,) = document.dimensions
    values = tuple(replace(value, metrics=()) for value in dimension.values)

    found = document_of(computation_with(document))

    assert all(value.metrics for value in dimension.values)
    assert found == replace(document, dimensions=(replace(dimension, values=values),))


def test_a_document_is_decoded_once_for_each_row() -> None:
    computation = computation_with(broken_down())

    assert document_of(computation) is document_of(computation)
