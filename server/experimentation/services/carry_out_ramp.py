"""Carrying out a scheduled ramp: what the worker does at its time."""

from datetime import datetime

from django.db import transaction

from server.accounts.authors import system_author
from server.accounts.models import EMAIL_LENGTH
from server.errors import NotFound, Refusal
from server.evaluation.percentages import BasisPoints
from server.experimentation.locks import lock_experiment
from server.experimentation.models import RampStatus, ScheduledRamp
from server.experimentation.ramps import record_ramps, settle, widen


@transaction.atomic(durable=True)
def carry_out_ramp(*, ramp_id: int, now: datetime) -> ScheduledRamp | None:
    """Widen the gate as somebody has scheduled it, once; a refusal settles the ramp as skipped.

    Answers with the ramp, or with None where there is nothing to do: it is not due, or it has
    been carried out or cancelled. The author is the schedule, in the name of who set it.
    """
    ramp = ScheduledRamp.objects.filter(pk=ramp_id, status=RampStatus.PENDING, due_at__lte=now).first()
    if ramp is None:
        return None
    author = system_author(f"schedule of {ramp.author_name}"[:EMAIL_LENGTH])  # what a name may have
    try:
        locked = lock_experiment(ramp.experiment_id, author=author)
    except NotFound:
        return None  # a draft that was deleted just now
    # Only now nobody else can settle it: whoever does has the experiment locked.
    ramp.refresh_from_db()
    if ramp.status != RampStatus.PENDING:
        return None
    status, reason = RampStatus.DONE, ""
    try:
        widen(locked, BasisPoints(ramp.percentage), author=author, now=now)
    except Refusal as refusal:
        status, reason = RampStatus.SKIPPED, refusal.code
        record_ramps(locked, "experiment.skip_ramp", [ramp], [], author=author, now=now, reason=reason)
    settle([ramp], status, now=now, reason=reason)
    ramp.refresh_from_db()
    return ramp


def due_ramps(*, now: datetime) -> list[int]:
    """The ramps that are due and pending, by id, in the order of their times."""
    due = ScheduledRamp.objects.filter(status=RampStatus.PENDING, due_at__lte=now)
    return list(due.order_by("due_at", "id").values_list("pk", flat=True))
