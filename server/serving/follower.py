"""Keeps the store at the newest revisions, in one background thread of each process; it answers no request.

PostgreSQL notifies when a revision changes, which wakes the thread; what it then does is
what it does twice a second anyway: look at the revisions, and load what has moved on. So a
notification that is lost costs half a second, and nothing else.

Without a database, or with one that does not answer, the store stays as it is, and says since
when nobody has vouched for it. That is a question of time alone: from a server that hangs no
error comes.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import threading
import time
from concurrent.futures import Future

from django.db import InterfaceError, OperationalError

from server.serving.keys import KeyRing
from server.serving.retries import Retries
from server.serving.source import Source
from server.serving.store import Store

SECONDS_BETWEEN_LOOKS = 0.5
SHORTEST_SECONDS = 0.02
"""Between two looks, however many notifications there are: a busy writer must not busy us."""

SECONDS_TO_RETRY = 0.5
SECONDS_TO_VOUCH = 2.0
"""How old the last good look may be: four times what is usual between two of them."""

logger = logging.getLogger("fairsplit.serving")


class Follower:
    """Follows the database. Start it once in the process that serves, after any fork."""

    def __init__(self, source: Source, store: Store, keys: KeyRing) -> None:
        self.source, self.store, self.keys = source, store, keys
        self.reachable = False
        self.ready = threading.Event()
        """Set once the keys are in memory."""
        self._vouched_at = time.monotonic()
        self._loading = False
        self._retries = Retries()
        self._keys_state: object = None
        self._said = ""
        self._wanted: dict[int, Future[None]] = {}
        self._lock = threading.Lock()
        self._stopping = False
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._thread = threading.Thread(target=self._run, daemon=True, name="follower")

    def start(self, *, patience: float = 0) -> None:
        """Begin; wait so long for the keys, so that the first caller finds them here."""
        self._thread.start()
        self.ready.wait(patience)

    def stop(self) -> None:
        """End the thread, after what it does now."""
        self._stopping = True
        self._wake()
        self._thread.join(SECONDS_BETWEEN_LOOKS * 4)

    def stale_seconds(self) -> int | None:
        """For how long nobody has said that what is in memory is the newest; None while it is."""
        age = time.monotonic() - self._vouched_at
        return None if self.reachable and age <= SECONDS_TO_VOUCH else int(age)

    def want(self, environment_id: int) -> Future[None]:
        """Have an environment loaded, once for all who ask; done when it is in the store, or cannot be had now."""
        with self._lock:
            wanted = self._wanted.get(environment_id)
            if wanted is None:
                wanted = self._wanted[environment_id] = Future()
        if self._loading or self.stale_seconds() is None or not self.ready.is_set():
            self._wake()  # a first load may take its time: the source ends one that gets no answer
        else:
            self._give_up()
        return wanted

    def _run(self) -> None:
        while not self._stopping:
            try:
                self.source.connect()
                self._follow()
            except Exception as problem:
                self._lost(problem)
                time.sleep(SECONDS_TO_RETRY)
        self.source.close()

    def _lost(self, problem: Exception) -> None:
        """Say once, not twice a second, that what is in memory is all there is."""
        gone = isinstance(problem, OperationalError | InterfaceError)
        said = str(problem).strip().partition("\n")[0] if gone else repr(problem)
        if self.reachable or said != self._said:
            logger.error("flags are served from memory, the database cannot be followed: %s", said, exc_info=not gone)
        self.reachable, self._said = False, said
        self._give_up()

    def _follow(self) -> None:
        while not self._stopping:
            started = time.monotonic()
            loaded = self._look()
            if not self.reachable:
                logger.info("the database is followed: flags are served at its newest revisions")
            self.reachable, self._vouched_at = True, started
            if not (self._load_wanted() or loaded):  # after a load it looks at once: that may have taken a while
                self.source.wait(self._wake_read, SECONDS_BETWEEN_LOOKS)
            self._drain()
            time.sleep(max(0.0, SHORTEST_SECONDS - (time.monotonic() - started)))

    def _look(self) -> bool:
        """Load what has moved on, and say whether anything had. Keys come first: a key that was revoked must end."""
        state = self.source.keys_state()
        if state != self._keys_state:
            self.keys.replace(self.source.keys())
            self._keys_state = state
            self.ready.set()
        held = self.store.revisions()
        newest = self.source.revisions(held) if held else {}
        loaded = False
        for environment_id, revision in held.items():
            if environment_id not in newest:
                self.store.forget(environment_id)
                self.source.forget(environment_id)
                self._retries.forget(environment_id)
            elif newest[environment_id] > revision:
                loaded = self._load(environment_id, newest[environment_id]) or loaded
        return loaded

    def _load_wanted(self) -> bool:
        """Load one environment that somebody waits for, and say whether there was any: others may have moved on."""
        with self._lock:
            environment_id = next(iter(self._wanted), None)
        if environment_id is None:
            return False
        if self.store.get(environment_id) is None:
            revision = self.source.revisions([environment_id]).get(environment_id)
            if self._load(environment_id, revision):
                gc.freeze()  # a full collection would walk all that was compiled, in the middle of a request
        with self._lock:
            future = self._wanted.pop(environment_id, None)
        if future is not None:
            future.set_result(None)
        return True

    def _load(self, environment_id: int, revision: int | None) -> bool:
        """Load and compile one environment, unless that has just failed; say whether it did.

        Only the loss of the database is not this environment's problem.
        """
        if not self._retries.due(environment_id, revision, time.monotonic()):
            return False
        held = self.store.get(environment_id)
        self._loading = True
        try:
            document = self.source.document(environment_id, held.document if held else None)
            self.store.put(environment_id, document, *self.source.settings(environment_id))
        except (OperationalError, InterfaceError):
            raise
        except Exception as problem:
            self.store.failed(environment_id, revision, problem)
            self._retries.failed(environment_id, revision, time.monotonic())
            return False
        else:
            self._retries.forget(environment_id)
            return True
        finally:
            self._loading = False

    def _give_up(self) -> None:
        with self._lock:
            wanted = list(self._wanted.values())
            self._wanted.clear()
        for future in wanted:
            future.set_result(None)

    def _wake(self) -> None:
        with contextlib.suppress(BlockingIOError):  # then it is awake already
            os.write(self._wake_write, b"\0")

    def _drain(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._wake_read, 65536)
