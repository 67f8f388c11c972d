"""The environments that this process serves, compiled, in memory; it never serves an older revision after a newer one.

One thread writes here (`follower`), all read. What is read is never changed: a new
revision is a new object, put in the old one's place by one assignment. What cannot be
loaded or compiled leaves the last good revision where it is, and raises an alarm.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from server.evaluation.engine import CompiledEnvironment, compile_environment
from server.evaluation.snapshot import EnvironmentDocument
from server.serving.ofrep_answers import Answers, encoded
from server.serving.snapshot_door import Snapshot

Changed = Callable[[int, int], None]

logger = logging.getLogger("fairsplit.serving")


@dataclass(frozen=True, slots=True)
class Served:
    """What one environment serves from one revision on."""

    document: EnvironmentDocument
    compiled: CompiledEnvironment
    answers: Answers
    snapshot: Snapshot
    allowed_origins: frozenset[str]
    record_exposures: bool = False

    @property
    def revision(self) -> int:
        """The number that only grows."""
        return self.compiled.revision


@dataclass(slots=True)
class Alarms:
    """What went wrong since the process started, and what is wrong now."""

    failures: int = 0
    failing: dict[int, str] = field(default_factory=dict)
    """By environment: why its newest revision is not served."""


class Store:
    """The environments in memory, by id."""

    def __init__(self) -> None:
        self.alarms = Alarms()
        self.changed: list[Changed] = []
        """Called with environment and revision, in the thread that writes, once a revision is served."""
        self._served: dict[int, Served] = {}

    def get(self, environment_id: int) -> Served | None:
        """What the environment serves; None as long as nobody has asked for it."""
        return self._served.get(environment_id)

    def revisions(self) -> dict[int, int]:
        """The revision of everything that is in memory."""
        return {environment_id: served.revision for environment_id, served in self._served.items()}

    def faults(self) -> dict[int, list[str]]:
        """By environment, the flags that did not compile and are served as they were, or left out."""
        return {
            environment_id: sorted(served.compiled.faults)
            for environment_id, served in self._served.items()
            if served.compiled.faults
        }

    def put(
        self,
        environment_id: int,
        document: EnvironmentDocument,
        allowed_origins: frozenset[str],
        record_exposures: bool = False,
    ) -> None:
        """Compile a document and serve it, unless something newer is served already.

        Raises:
            Exception: it is not a document. What was served goes on being served.
        """
        known = self._served.get(environment_id)
        if known is not None and document["revision"] < known.revision:
            return
        compiled = compile_environment(document, known.compiled if known else None, encode=encoded)
        served = Served(document, compiled, Answers(compiled), Snapshot(document), allowed_origins, record_exposures)
        self._served[environment_id] = served
        self.alarms.failing.pop(environment_id, None)
        if compiled.faults and (known is None or known.compiled.faults != compiled.faults):
            self.alarms.failures += 1
            faults = "; ".join(f"{key}: {why}" for key, why in sorted(compiled.faults.items()))
            logger.error("environment %s: flags that do not compile: %s", environment_id, faults)
        if known is None or known.revision != served.revision:
            for tell in self.changed:
                tell(environment_id, served.revision)

    def failed(self, environment_id: int, revision: int | None, problem: Exception) -> None:
        """Note that a revision cannot be served; say so once for each."""
        what = f"revision {revision}: {type(problem).__name__}: {problem}"
        if self.alarms.failing.get(environment_id) != what:
            self.alarms.failing[environment_id] = what
            self.alarms.failures += 1
            logger.error(
                "environment %s cannot be compiled, the last good revision is served on: %s",
                environment_id,
                what,
                exc_info=problem,
            )

    def forget(self, environment_id: int) -> None:
        """The environment exists no more."""
        self._served.pop(environment_id, None)
        self.alarms.failing.pop(environment_id, None)
