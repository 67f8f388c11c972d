"""Says when what could not be loaded is tried again: later each time, a new revision at once; it tries nothing."""

from __future__ import annotations

from dataclasses import dataclass

SHORTEST_PAUSE = 1.0
LONGEST_PAUSE = 30.0


@dataclass(frozen=True, slots=True)
class _Failed:
    revision: int | None
    pause: float
    again_at: float


class Retries:
    """What failed last, by environment. Building a document takes the database's time and this process's."""

    def __init__(self) -> None:
        self._failed: dict[int, _Failed] = {}

    def due(self, environment_id: int, revision: int | None, now: float) -> bool:
        """Whether to try this revision now. ``now`` is of a clock that never goes back."""
        failed = self._failed.get(environment_id)
        return failed is None or failed.revision != revision or now >= failed.again_at

    def failed(self, environment_id: int, revision: int | None, now: float) -> None:
        """It was tried. The pause doubles as long as it is one revision that fails."""
        last = self._failed.get(environment_id)
        again = last is not None and last.revision == revision
        pause = min(last.pause * 2, LONGEST_PAUSE) if last is not None and again else SHORTEST_PAUSE
        self._failed[environment_id] = _Failed(revision, pause, now + pause)

    def forget(self, environment_id: int) -> None:
        """It was loaded, or exists no more."""
        self._failed.pop(environment_id, None)
