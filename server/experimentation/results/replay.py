"""Carries out an A/A replay that was asked for: reads the units, deals them anew, stores what came out. Asks for none.

Memory and time are bounded by `MOST_UNITS`, and the values of one metric are in memory at a time.
"""

import logging
from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils import timezone

from server.evaluation.percentages import EVERYTHING
from server.evaluation.snapshot import CONTROL_ARM
from server.experimentation.models import MetricKind, MetricRole, Replay
from server.experimentation.results.asking import Asked, ask_about
from server.experimentation.results.compute import Subject, subject_of
from server.experimentation.results.encoding import to_json
from server.experimentation.results.plans import judged_by, question_for
from server.experimentation.results.redealing import MetricColumns, deals, false_findings, redealt_metric
from server.experimentation.results.replay_document import ReplayDocument, ReplayedMetric
from server.warehouse.engine import Session, Warehouse, WarehouseUnavailable
from server.warehouse.questions.units import Sample, units_of
from server.warehouse.times import microseconds_of

logger = logging.getLogger("fairsplit.results")

MOST_UNITS = 1_000_000
"""Of more, about so many are drawn at random: they say the same of the metrics, in seconds a run instead of minutes."""


def carry_out_replay(*, replay_id: int, warehouse: Warehouse, now: datetime) -> Replay | None:
    """Carry it out, once; None where that is done, or there is no such replay."""
    found = Replay.objects.filter(pk=replay_id, finished_at=None).first()
    if found is None:
        return None
    try:
        subject = subject_of(found.experiment_id)
        if subject is None or not subject.phases or subject.plan is None:
            _fail(found, "NO_PLAN", "The experiment has no plan, or has not started: there is no metric to replay.")
        else:
            _carry_out(found, subject, warehouse, now=now)
    except WarehouseUnavailable as problem:
        _fail(found, "WAREHOUSE_UNAVAILABLE", str(problem))
    except Exception:
        logger.exception("the replay %s cannot be carried out", found.pk)
        _fail(found, "INTERNAL", "The replay failed by a fault of ours; the server's log has it.")
    found.finished_at = max(timezone.now(), now)
    with transaction.atomic():
        if not Replay.objects.select_for_update().filter(pk=found.pk, finished_at=None).exists():
            return None
        found.save()
    return found


def _fail(found: Replay, code: str, message: str) -> None:
    found.failure_code, found.failure_message = code, message[:2_000]


def _carry_out(found: Replay, subject: Subject, warehouse: Warehouse, *, now: datetime) -> None:
    asked = ask_about(subject.experiment, subject.phases, subject.plan, subject.metrics, as_of=now)
    environment_id = subject.experiment.environment_id
    found.plan = subject.plan
    with warehouse.session(environment_id, since=asked.since, until=microseconds_of(now)) as session:
        found.engine = session.engine
        found.document = to_json(_replayed(found, subject, asked, session))


def _replayed(found: Replay, subject: Subject, asked: Asked, session: Session) -> ReplayDocument:
    """The units of what is judged, dealt with its split among the variants that have a share."""
    plan, phase = subject.plan, asked.judged.phases[-1]
    assert plan is not None, "without a plan nothing is replayed"
    question = asked.question
    sample = Sample(MOST_UNITS, drawn_by=f"{subject.experiment.pk}:{found.seed}")
    units = units_of(session, question, scope=asked.judged_scope, sample=sample)
    shares = {CONTROL_ARM: int(phase.control_share), **{arm["key"]: arm["basisPoints"] for arm in phase.arms}}
    variants = [CONTROL_ARM, *(each for each in question.variants if each != CONTROL_ARM and shares.get(each))]
    weights = [shares[each] / EVERYTHING for each in variants]
    judged = judged_by(plan, subject.metrics, treatments=len(variants) - 1)
    metrics, false, count = [], 0, 0
    for place, (metric, asks) in enumerate(zip(subject.metrics, question.metrics, strict=True)):
        values = units.read(place)
        [own], count = values.metrics, len(values.arms)
        columns = MetricColumns(own.y, own.d, own.y0, own.d0)
        dealt = partial(deals, units=count, weights=weights, runs=found.runs, seed=found.seed)
        how = question_for(plan, metric)
        outcome = redealt_metric(asks, columns, dealt(), arms=len(variants), asked=how)
        role = MetricRole(metric.role)
        kind = MetricKind(metric.version.kind)
        metrics.append(ReplayedMetric(metric.version_id, metric.version.metric.key, role, outcome, kind))
        if role is MetricRole.PRIMARY:
            false = false_findings(
                asks,
                columns,
                dealt(),
                arms=len(variants),
                asked=how,
                rule=judged.rule,
                alpha_each=judged.alpha_each,
            )
    return ReplayDocument(count, tuple(variants), plan.alpha, false, tuple(metrics), units.in_all)
