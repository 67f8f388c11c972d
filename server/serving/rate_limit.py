"""How often one caller may ask: a token bucket each, in memory; it reads no clock and knows no protocol.

Each process counts for itself, so the limit of a whole deployment is this one times its
processes: it keeps one caller from starving the others, and bills nobody.
"""

from __future__ import annotations

import math

MOST_CALLERS = 10_000
"""How many are remembered: beyond, those whose bucket is full again are forgotten first."""


class RateLimit:
    """So many requests a second, and as many more at once as fill a bucket of ``burst``."""

    def __init__(self, per_second: float, burst: int) -> None:
        if per_second <= 0 or burst < 1:
            raise ValueError("a limit lets at least one request through")
        self.per_second, self.burst = per_second, burst
        self._buckets: dict[str, tuple[float, float]] = {}

    def seconds_to_wait(self, caller: str, now: float) -> int:
        """0 when the request may go ahead, and is counted; else whole seconds until one may.

        ``now`` is of a clock that never goes back.
        """
        tokens, since = self._buckets.get(caller, (float(self.burst), now))
        tokens = min(self.burst, tokens + (now - since) * self.per_second)
        if tokens >= 1:
            self._buckets[caller] = (tokens - 1, now)
            if len(self._buckets) > MOST_CALLERS:
                self._forget(now)
            return 0
        return max(1, math.ceil((1 - tokens) / self.per_second))

    def _forget(self, now: float) -> None:
        to_fill = self.burst / self.per_second
        full = [caller for caller, (_, since) in self._buckets.items() if now - since >= to_fill]
        for caller in full or list(self._buckets)[: MOST_CALLERS // 10]:
            del self._buckets[caller]
