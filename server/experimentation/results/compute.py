"""Computes an experiment's results once: asks the warehouse, infers, judges, and stores what came of it.

No transaction is open while the warehouse computes: it may take minutes. What fails is stored as a failure,
beside the last results that could be computed.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from server.events.backlog import backlog
from server.experimentation.models import (
    Computation,
    ComputationStatus,
    Experiment,
    Phase,
    Plan,
    PlanMetric,
    ResultsState,
    Status,
    Trigger,
)
from server.experimentation.results.asking import Asked, ask_about
from server.experimentation.results.document import DimensionFigures, ResultsDocument
from server.experimentation.results.figures import Reading
from server.experimentation.results.forgotten import Forgotten, days_kept, forgotten
from server.experimentation.results.health import MOST_LAG
from server.experimentation.results.judging import verdict_on
from server.experimentation.results.shown import document_of, keep_document
from server.experimentation.results.state import alone_with, is_final, settle_time, store
from server.experimentation.stats.verdict import Verdict
from server.warehouse.engine import Session, Warehouse, WarehouseUnavailable
from server.warehouse.questions.experiment import ask_experiment
from server.warehouse.times import microseconds_of

logger = logging.getLogger("fairsplit.results")


@dataclass(frozen=True, slots=True)
class Subject:
    """What is to be computed, read in one go: the experiment with its phases, its plan, and what there is so far."""

    experiment: Experiment
    phases: tuple[Phase, ...]
    plan: Plan | None
    metrics: tuple[PlanMetric, ...]
    plans: tuple[Plan, ...]
    state: ResultsState | None

    @property
    def plan_changed(self) -> bool:
        """Whether what decides was changed after there were figures to see."""
        return any(each.after_results and each.changes_judgement for each in self.plans)

    def judged_anew_since(self, plan: Plan) -> bool:
        """Whether a later plan changes what decides; one that does not leaves a verdict as it is."""
        return any(each.number > plan.number and each.changes_judgement for each in self.plans)


def compute_results(*, experiment_id: int, warehouse: Warehouse, now: datetime) -> Computation | None:
    """Compute and store the results as of now, or as of the oldest event that has not arrived in the warehouse.

    What is read from somebody else's warehouse has arrived there but for its lag.

    None where there is nothing to do: the experiment has not started, its results are final, or somebody
    else is computing them.
    """
    with alone_with(experiment_id) as alone:
        subject = subject_of(experiment_id) if alone else None
        if subject is None or not subject.phases or is_final(subject.experiment, subject.state):
            return None
        waiting = backlog(subject.experiment.environment_id)
        arrived = now - warehouse.lag
        as_of = min(arrived, waiting.oldest_received_at or arrived)
        computation = Computation(
            experiment=subject.experiment,
            trigger=Trigger.REQUEST if subject.state and subject.state.requested_at else Trigger.SCHEDULE,
            plan=subject.plan,
            as_of=as_of,
            started_at=now,
            inputs={"waitingEvents": waiting.events, "phases": [phase.number for phase in subject.phases]},
        )
        dimensions = _compute(computation, subject, warehouse, now=arrived)
        computation.finished_at = max(timezone.now(), now)
        return store(computation, dimensions, now=now)


def subject_of(experiment_id: int) -> Subject | None:
    """The experiment as it is now; None where there is none."""
    experiment = Experiment.objects.filter(pk=experiment_id).first()
    if experiment is None:
        return None
    plans = list(Plan.objects.filter(experiment=experiment).order_by("number"))
    plan = plans[-1] if plans else None
    metrics = PlanMetric.objects.filter(plan=plan).select_related("version__metric").order_by("position")
    return Subject(
        experiment,
        tuple(Phase.objects.filter(experiment=experiment).order_by("number").prefetch_related("steps")),
        plan,
        tuple(metrics) if plan else (),
        tuple(plans),
        ResultsState.objects.select_related("current", "decided__plan").filter(experiment=experiment).first(),
    )


def _compute(
    computation: Computation, subject: Subject, warehouse: Warehouse, *, now: datetime
) -> Sequence[DimensionFigures]:
    """Fill in the computation, but for its breakdowns: these are stored apart.

    It decides where its verdict is final, and is no copy of one that was so before.
    """
    experiment, as_of = subject.experiment, computation.as_of
    try:
        asked = ask_about(experiment, subject.phases, subject.plan, subject.metrics, as_of=as_of)
        decided = _decided(subject, asked)
        with warehouse.session(experiment.environment_id, since=asked.since, until=microseconds_of(as_of)) as session:
            computation.engine = session.engine
            computation.inputs |= {"warehouse": dict(session.inputs)}
            incomplete = _is_incomplete(asked, as_of=as_of, now=now)
            document = _document(subject, asked, session, decided=decided, incomplete=incomplete)
        keep_document(computation, document)
    except WarehouseUnavailable as problem:
        _fail(computation, "WAREHOUSE_UNAVAILABLE", str(problem))
        return ()
    except Exception:
        logger.exception("the results of experiment %s cannot be computed", experiment.pk)
        _fail(computation, "INTERNAL", "The computation failed by a fault of ours; the server's log has it.")
        return ()
    computation.status = ComputationStatus.DONE
    computation.is_final = (
        experiment.status == Status.COMPLETED
        and experiment.ended_at is not None
        and as_of >= experiment.ended_at + settle_time()
    )
    computation.decides = decided is None and document.verdict is not None and document.verdict.is_final
    return document.dimensions


def _is_incomplete(asked: Asked, *, as_of: datetime, now: datetime) -> bool:
    """Whether events that were accepted are missing: they still wait, or are kept no longer."""
    opened = microseconds_of(asked.judged.phases[0].opened_at)
    gone = forgotten(opened=opened, now=microseconds_of(now), keep_days=days_kept())
    return now - as_of > MOST_LAG or gone is Forgotten.FIGURES


def _fail(computation: Computation, code: str, message: str) -> None:
    computation.status = ComputationStatus.FAILED
    computation.document = None
    computation.failure_code, computation.failure_message = code, message[:2_000]


def _document(
    subject: Subject, asked: Asked, session: Session, *, decided: Verdict | None, incomplete: bool
) -> ResultsDocument:
    answer = ask_experiment(session, asked.question)
    reading = Reading(asked, subject.plan, answer)
    judged = reading.scope(asked.judged_scope, asked.judged.phases)
    verdict = decided
    if verdict is None and subject.plan is not None:
        verdict = verdict_on(
            judged,
            subject.plan,
            subject.metrics,
            as_of=asked.question.as_of,
            incomplete=incomplete,
            plan_changed=subject.plan_changed,
            completed=subject.experiment.status == Status.COMPLETED,
        )
    return ResultsDocument(
        variants=asked.question.variants,
        phases=tuple(reading.scope(phase.number, [phase]) for phase in asked.phases),
        judged=judged,
        broken_by=asked.judged.broken_by,
        verdict=verdict,
        dimensions=tuple(_dimensions(subject, asked, session)),
        first_exposure=answer.first_exposure,
        last_exposure=answer.last_exposure,
    )


def _dimensions(subject: Subject, asked: Asked, session: Session) -> Sequence[DimensionFigures]:
    names: Sequence[str] = subject.plan.dimensions if subject.plan else ()
    return [
        Reading(asked, subject.plan, ask_experiment(session, asked.by_dimension(name))).dimension(name)
        for name in names
    ]


def _decided(subject: Subject, asked: Asked) -> Verdict | None:
    """The verdict that the plan's stopping rule has made final for what is judged: it is never computed again."""
    decided = subject.state.decided if subject.state else None
    if decided is None or decided.plan is None or subject.judged_anew_since(decided.plan):
        return None
    document = document_of(decided)
    same = document.judged.phases[0] == asked.judged.numbers[0]
    return document.verdict if same else None
