"""The passes that every installation needs: they keep the list of jobs itself in order."""

from datetime import datetime, timedelta

from django_tasks_db.models import DBTaskResult

from server.work.passes import every

KEPT = timedelta(days=14)


@every(timedelta(hours=1))
def forget_old_jobs(*, now: datetime) -> None:
    """Delete what ended long ago: each job leaves a row, which somebody may want to look at for a while."""
    DBTaskResult.objects.finished().filter(finished_at__lt=now - KEPT).delete()
