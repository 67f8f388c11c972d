"""Which computation of an experiment is shown, and when the next one is due. Computes nothing."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from server.database.alone import alone
from server.experimentation.models import Computation, ComputationStatus, Experiment, ResultsState, Status
from server.experimentation.results.breakdowns import write_breakdowns
from server.experimentation.results.document import DimensionFigures

AFTER_A_FAILURE = timedelta(minutes=5)


def settle_time() -> timedelta:
    """How long after its completion an experiment's last results are computed: events may be on their way."""
    return timedelta(seconds=settings.RESULTS_SETTLE_SECONDS)


def is_final(experiment: Experiment, state: ResultsState | None) -> bool:
    """Whether the experiment's last results are there; a completion that was reverted takes that back."""
    current = state.current if state else None
    return (
        experiment.status == Status.COMPLETED
        and current is not None
        and current.is_final
        and experiment.ended_at is not None
        and current.as_of >= experiment.ended_at
    )


def alone_with(experiment_id: int) -> AbstractContextManager[bool]:
    """Whether nobody else computes this experiment at the moment; nobody else will while the block runs."""
    return alone(f"results of experiment {experiment_id}")


@transaction.atomic(durable=True)
def store(computation: Computation, dimensions: Sequence[DimensionFigures] = (), *, now: datetime) -> Computation:
    """Write a computation, and show it unless it failed; the verdict of one that decides stands from now on.

    ``dimensions`` are what it found by the values of properties.
    """
    state = _locked_state(computation.experiment_id)
    latest = state.latest
    computation.number = latest.number + 1 if latest else 1
    computation.save(force_insert=True)
    state.latest = computation
    pause = timedelta(seconds=settings.RESULTS_EVERY_SECONDS)
    if computation.status == ComputationStatus.DONE:
        write_breakdowns(computation, dimensions, before=state.current)
        state.current = computation
        if computation.decides:
            state.decided = computation
    else:
        pause = min(pause, AFTER_A_FAILURE)
    state.due_at = None if computation.is_final else now + pause
    if state.requested_at is not None and state.requested_at <= computation.started_at:
        state.requested_at = None
    elif state.requested_at is not None and not computation.is_final:
        state.due_at = now  # somebody asked meanwhile, for what has come since this one began
    state.save()
    return computation


def claim_due(*, now: datetime, most: int = 100) -> Sequence[int]:
    """The experiments whose results are due, by id: each is claimed for one worker, until it is due again."""
    _begin_states(now=now)
    with transaction.atomic():
        due = ResultsState.objects.select_for_update(skip_locked=True).filter(due_at__lte=now)
        claimed = list(due.order_by("due_at", "id").values_list("experiment_id", flat=True)[:most])
        again = now + timedelta(seconds=settings.RESULTS_EVERY_SECONDS)
        ResultsState.objects.filter(experiment_id__in=claimed).update(due_at=again)
    return claimed


def _begin_states(*, now: datetime) -> None:
    """Every experiment that has started has a state, and a due time unless its results are final."""
    started = Experiment.objects.filter(started_at__isnull=False)
    new = started.filter(results_state=None).values_list("pk", flat=True)
    ResultsState.objects.bulk_create(
        [ResultsState(experiment_id=each, due_at=now) for each in new], ignore_conflicts=True
    )
    # A final computation ended the schedule; where the completion was reverted since, it goes on.
    resumed = ~Q(experiment__status=Status.COMPLETED) | Q(current__as_of__lt=F("experiment__ended_at"))
    ResultsState.objects.filter(resumed, due_at=None).update(due_at=now)


def _locked_state(experiment_id: int) -> ResultsState:
    ResultsState.objects.get_or_create(experiment_id=experiment_id)
    return (
        ResultsState.objects.select_for_update(of=("self",))
        .select_related("current", "latest")
        .get(experiment_id=experiment_id)
    )
