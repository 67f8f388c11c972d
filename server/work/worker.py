"""Takes jobs that are due, one after another, and runs each; several of these may run. Enqueues nothing.

The job library's own worker does the taking and running. What it lacks is here: it survives the loss
of the database, and its jobs survive its own.
"""

import logging
import time

from django.db import connection
from django.db.utils import Error
from django.utils.crypto import get_random_string
from django_tasks import DEFAULT_TASK_BACKEND_ALIAS
from django_tasks_db.management.commands.db_worker import Worker as LibraryWorker

from server.work.keeper import Keeper
from server.work.recovery import give_back_jobs_of

logger = logging.getLogger("fairsplit.work")

SECONDS_WITHOUT_DATABASE = 2


class Worker(LibraryWorker):
    """One worker: SIGTERM or SIGINT lets it finish the job in hand, and ends it."""

    def __init__(self, *, interval: float, beat: float) -> None:
        super().__init__(
            queue_names=["*"],
            excluded_queue_names=[],
            interval=interval,
            batch=False,
            backend_name=DEFAULT_TASK_BACKEND_ALIAS,
            startup_delay=False,
            max_tasks=None,
            worker_id=get_random_string(32),
        )
        self.keeper = Keeper(self.worker_id, beat=beat)

    def run(self) -> None:
        """Work until told to stop; while there is no database, wait for it."""
        with self.keeper:
            while self.running:
                try:
                    self._work()
                except Error as problem:
                    logger.warning("the worker waits for its database: %s", str(problem).strip().partition("\n")[0])
                    connection.close()
                    time.sleep(SECONDS_WITHOUT_DATABASE)
        logger.info("worker %s ended", self.worker_id)

    def _work(self) -> None:
        while self.running and not self.keeper.alive.wait(0.2):
            pass  # a job that is taken before it shows that it lives would be given back
        give_back_jobs_of(self.worker_id)
        super().run()
