"""Widening the gate of a running experiment, now or at times that are set beforehand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from server.accounts.authors import Author
from server.audit.record import record
from server.errors import PathItem, Problem
from server.evaluation.percentages import BasisPoints, percent_text
from server.experimentation.locks import LockedExperiment
from server.experimentation.models import Experiment, RampStatus, ScheduledRamp, Status, StepKind
from server.experimentation.phases import add_step
from server.experimentation.records import experiment_facts
from server.experimentation.refusals import NotWider, refuse_unless_status
from server.experimentation.rollouts import move_gate
from server.experimentation.transitions import finish_transition

MAX_RAMPS = 50


@dataclass(frozen=True, slots=True)
class Ramp:
    """A gate to widen to, and when."""

    percentage: BasisPoints
    at: datetime


def widen(locked: LockedExperiment, percentage: BasisPoints, *, author: Author, now: datetime) -> None:
    """Widen the gate: the units that are in stay in, each with its variant, so the phase goes on.

    Raises:
        IllegalTransition: the experiment is not running.
        NotWider: the gate is at this percentage already, or above it.
    """
    experiment = locked.experiment
    refuse_unless_status(experiment, (Status.RUNNING,), target="ramped")
    if percentage <= locked.gate:
        raise NotWider(experiment, current=locked.gate, asked=percentage)
    before = experiment_facts(locked)
    move_gate(locked, percentage=percentage, author=author, now=now)
    add_step(locked, StepKind.RAMPED, percentage, author=author, now=now)
    finish_transition(locked, action="experiment.ramp", before=before, author=author, now=now)


def ramp_problems(ramps: Sequence[Ramp], *, gate: BasisPoints, now: datetime) -> list[Problem]:
    """Everything that is wrong with a schedule: each ramp is later and wider than the one before it."""
    path: tuple[PathItem, ...] = ("ramps",)
    if not ramps:
        return [Problem(path, "EMPTY", "Name at least one ramp; cancelExperimentRamps takes a schedule back.")]
    if len(ramps) > MAX_RAMPS:
        return [Problem(path, "TOO_MANY", f"A schedule has at most {MAX_RAMPS} ramps.")]
    problems = []
    widest, latest = gate, now
    for index, ramp in enumerate(ramps):
        if ramp.at <= latest:
            message = "The time has passed." if ramp.at <= now else "Each ramp comes later than the one before it."
            problems.append(Problem((*path, index, "at"), "OUT_OF_RANGE", message))
        if ramp.percentage <= widest:
            message = f"The gate would be at {percent_text(widest)} by then: a ramp only widens it."
            problems.append(Problem((*path, index, "percentage"), "NOT_WIDER", message))
        widest, latest = max(widest, ramp.percentage), max(latest, ramp.at)
    return problems


def pending_ramps(experiment: Experiment) -> list[ScheduledRamp]:
    """The ramps that are still to come, the next one first, locked by the experiment's lock."""
    return list(experiment.ramps.filter(status=RampStatus.PENDING))


def settle(ramps: Iterable[ScheduledRamp], status: RampStatus, *, now: datetime, reason: str = "") -> None:
    """Write what became of pending ramps."""
    ids = [ramp.pk for ramp in ramps]
    ScheduledRamp.objects.filter(pk__in=ids).update(status=status, settled_at=now, reason=reason)


def cancel_pending_ramps(locked: LockedExperiment, *, author: Author, now: datetime) -> None:
    """Take back what is still to come, and record it; where nothing is, nothing happens."""
    cancelled = pending_ramps(locked.experiment)
    if cancelled:
        settle(cancelled, RampStatus.CANCELLED, now=now)
        record_ramps(locked, "experiment.cancel_ramps", cancelled, [], author=author, now=now)


def record_ramps(
    locked: LockedExperiment,
    action: str,
    before: Iterable[ScheduledRamp],
    after: Iterable[ScheduledRamp],
    *,
    author: Author,
    now: datetime,
    reason: str = "",
) -> None:
    """Write into the audit log what became of a schedule."""
    record(
        author=author,
        action=action,
        scope=locked.flag.scope,
        object=locked.reference,
        before={"ramps": ramp_facts(before)},
        after={"ramps": ramp_facts(after)} | ({"reason": reason} if reason else {}),
        now=now,
    )


def ramp_facts(ramps: Iterable[ScheduledRamp]) -> list[dict[str, object]]:
    """What the audit log says of a schedule."""
    return [{"basisPoints": ramp.percentage, "at": ramp.due_at.isoformat()} for ramp in ramps]
