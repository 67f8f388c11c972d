"""What applications and workers do for results: flags are met, events are sent, moved and computed. Asserts nothing."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import count
from typing import Any

from server.evaluation.engine import compile_environment, evaluate
from server.events.move import move_blocks
from server.events.reading import read_events
from server.events.services.record_events import record_events
from server.experimentation.metrics.definitions import Definition, Measured
from server.experimentation.metrics.plans import PlanRequest, PlanTerms
from server.experimentation.models import Computation, Experiment, Metric, MetricKind
from server.experimentation.results.compute import compute_results
from server.experimentation.results.document import ResultsDocument
from server.experimentation.results.shown import whole_document_of
from server.experimentation.services.create_metric import NewMetric, create_metric
from server.experimentation.services.set_experiment_plan import set_experiment_plan
from server.experimentation.snapshots import environment_document
from server.experimentation.stats.terms import Scale
from server.warehouse.engine import Warehouse
from server.warehouse.times import microseconds_of
from tests.factories import NOW, World, done

_ids = count(1)


def an_event(key: str, at: datetime, name: str = "bought", **more: Any) -> dict[str, Any]:
    return {"type": "event", "id": f"e{next(_ids)}", "targetingKey": key, "time": at.isoformat(), "name": name, **more}


def an_exposure(key: str, at: datetime, variant: str, *, phase: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "type": "exposure",
        "id": f"x{next(_ids)}",
        "targetingKey": key,
        "time": at.isoformat(),
        "flag": "colour",
        "variant": variant,
        "experiment": "paint",
        "phase": phase,
        "inExperiment": True,
        **more,
    }


def met(world: World, keys: Iterable[str], at: datetime, flag: str = "colour") -> list[dict[str, Any]]:
    """The exposures of units that ask for a flag now, as its evaluation says; who takes no part sends none."""
    environment = compile_environment(environment_document(world.environment.pk))
    answers = {key: evaluate(environment, flag, key, {}) for key in keys}
    return [
        an_exposure(key, at, answer.variant, phase=answer.phase or 0, experiment=answer.experiment)
        for key, answer in answers.items()
        if answer.in_experiment
    ]


def send(world: World, warehouse: Warehouse, events: Sequence[Mapping[str, Any]], *, at: datetime) -> None:
    """Send events, and have a worker move them on."""
    for start in range(0, len(events), 10_000):
        batch = read_events(list(events[start : start + 10_000]), sent_at=None, received_at_us=microseconds_of(at))
        assert not batch.rejected, batch.rejected[0]
        record_events(environment_id=world.environment.pk, batch=batch, now=at)
    move_blocks(warehouse, clock=lambda: at)


def a_metric(world: World, key: str = "buyers", kind: MetricKind = MetricKind.PROPORTION, **definition: Any) -> Metric:
    """Something measured of events called ``bought``."""
    measured = definition.pop("measured", Measured("bought"))
    request = NewMetric(world.project.pk, key, key, Definition(kind, measured, **definition))
    return create_metric(request=request, author=world.author, now=NOW)


def plan_for(world: World, experiment: Experiment, primary: Metric, **terms: Any) -> Experiment:
    """Have the experiment judged by one metric."""
    given: dict[str, Any] = {"scale": Scale.ABSOLUTE, "minimum_effect": 0.01, "lookback_days": 0}
    plan = PlanRequest(primary=primary.pk, terms=PlanTerms(**(given | terms)))
    return done(set_experiment_plan(experiment_id=experiment.pk, plan=plan, author=world.author, now=NOW))


def compute(experiment: Experiment, warehouse: Warehouse, *, now: datetime) -> Computation | None:
    return compute_results(experiment_id=experiment.pk, warehouse=warehouse, now=now)


def document(experiment: Experiment, warehouse: Warehouse, *, now: datetime) -> ResultsDocument:
    """What is computed now."""
    computation = compute(experiment, warehouse, now=now)
    assert computation is not None, "it was computed"
    assert computation.failure_message == ""
    return whole_document_of(computation)
