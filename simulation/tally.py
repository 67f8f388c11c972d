"""What has happened so far, counted by many threads, and the words for it. Shows nothing."""

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Tally:
    """The counts of one run. ``visits_planned`` is what it would be if nothing ended it."""

    visits_planned: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    """Events that the server did not take, by its code."""

    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, **counted: int) -> None:
        """Count some of everything named."""
        with self._lock:
            self.counts.update(counted)

    def reject(self, codes: Sequence[str]) -> None:
        """Count events that were not taken."""
        with self._lock:
            self.rejected.update(codes)
            self.counts["rejected"] += len(codes)

    def line(self) -> str:
        """Where it stands, on one line."""
        found = self.counts
        parts = [
            f"{found['visits']:,} of {self.visits_planned:,} visits",
            f"{found['evaluations']:,} evaluations",
            f"{found['accepted']:,} events accepted",
            f"{found['rejected']:,} rejected",
        ]
        if found["waits"]:
            parts.append(f"waited {found['waits']:,} times for the server")
        return ", ".join(parts)

    def summary(self, *, seconds: float) -> list[str]:
        """What came of it: what was sent, and what of that was wrong on purpose."""
        found = self.counts
        lines = [
            f"{found['visits']:,} visits of {self.visits_planned:,} in {seconds:.0f} s: {found['evaluations']:,} flags "
            f"evaluated, {found['in_experiment']:,} times in an experiment.",
            f"{found['sent']:,} events sent in {found['batches']:,} batches ({found['ndjson']:,} NDJSON, "
            f"{found['gzip']:,} gzip): {found['accepted']:,} accepted, {found['rejected']:,} rejected.",
            f"On purpose: {found['twice']:,} sent twice, {found['late']:,} late, "
            f"{found['two_variants']:,} in two variants, {found['lost']:,} exposures lost, "
            f"{found['skewed']:,} batches by a wrong clock.",
        ]
        if self.rejected:
            reasons = ", ".join(f"{number:,} {code}" for code, number in sorted(self.rejected.items()))
            lines.append(f"Rejected: {reasons}.")
        if found["waits"]:
            lines.append(f"The server asked to come back later {found['waits']:,} times, and was waited for.")
        return lines
