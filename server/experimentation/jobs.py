"""What workers do for experiments: scheduled ramps, at their time. Decides nothing: the services do.

A job is a wake-up: it may come twice, late, or not at all. The pass does what no job has done.
"""

import logging
from datetime import datetime, timedelta

from django.utils import timezone
from django_tasks import task

from server.experimentation.models import ScheduledRamp
from server.experimentation.services.carry_out_ramp import carry_out_ramp, due_ramps
from server.work.passes import every

logger = logging.getLogger("fairsplit.work")


def wake_up_for(ramp: ScheduledRamp) -> None:
    """Have a worker carry out the ramp when it is due; counts only if the transaction commits."""
    ramp_when_due.using(run_after=ramp.due_at).enqueue(ramp.pk)


@task()
def ramp_when_due(ramp_id: int) -> None:
    """Carry out a ramp, unless that is done, cancelled, or too early."""
    carry_out_ramp(ramp_id=ramp_id, now=timezone.now())


@every(timedelta(minutes=1))
def carry_out_due_ramps(*, now: datetime) -> None:
    """Carry out what is due and was not: each in a transaction of its own, in the order of their times."""
    for ramp_id in due_ramps(now=now):
        try:
            carry_out_ramp(ramp_id=ramp_id, now=now)
        except Exception:
            logger.exception("the scheduled ramp %s failed; its next try is in a minute", ramp_id)
