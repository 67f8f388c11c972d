"""What a worker does beside its jobs: shows that it lives, gives back lost jobs, makes the passes. Runs no job.

It has a thread of its own, so a job that takes hours keeps no pass from its turn.
"""

import logging
import threading
from datetime import timedelta
from types import TracebackType
from typing import Self

from django.db import connection
from django.db.utils import Error
from django.utils import timezone

from server.work.liveness import Life
from server.work.passes import Pass, all_passes, announce, make_due_passes
from server.work.recovery import give_back_lost_jobs

logger = logging.getLogger("fairsplit.work")

SECONDS_TO_STOP = 10
SECONDS_BETWEEN_SIGNS = 60


class Keeper:
    """The thread, running while the block runs; a pass that is being made then is finished first."""

    def __init__(self, worker_id: str, *, beat: float) -> None:
        self.worker_id, self.beat = worker_id, beat
        self.alive = threading.Event()
        self._stopped = threading.Event()
        self._passes: list[Pass] = []
        self._next_sign = timezone.now()
        self._thread = threading.Thread(target=self._keep, name="keeper", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._thread.join(SECONDS_TO_STOP)

    def _keep(self) -> None:
        with Life(self.worker_id) as life:
            while not self._stopped.is_set():
                try:
                    self._beat(life)
                except Error as problem:
                    logger.warning("the worker has no database: %s", str(problem).strip().partition("\n")[0])
                    connection.close()
                except Exception:
                    logger.exception("the worker's keeper failed; it goes on")
                self._stopped.wait(self.beat)
        connection.close()

    def _beat(self, life: Life) -> None:
        life.hold()
        self.alive.set()
        now = timezone.now()
        if not self._passes:
            passes = all_passes()
            announce(passes, now=now)
            self._passes = passes
        give_back_lost_jobs()
        make_due_passes(self._passes, now=now)
        if now >= self._next_sign:
            logger.info("worker %s is alive", self.worker_id)
            self._next_sign = now + timedelta(seconds=SECONDS_BETWEEN_SIGNS)
