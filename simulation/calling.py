"""Requests to one server over a connection that stays. Waits when the server asks for it, and knows no request."""

import contextlib
import http.client
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from simulation.failures import SimulationFailure, Stopped
from simulation.tally import Tally

SECONDS_TO_ANSWER = 60
MOST_BREAKS = 5
SECONDS_AFTER_A_BREAK = 0.5
LONGEST_WAIT = 60.0
COME_BACK = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: bytes

    def json(self) -> Any:
        """Its value.

        Raises:
            SimulationFailure: it is not JSON: whoever answers there is no fairsplit.
        """
        try:
            return json.loads(self.body)
        except ValueError:
            raise SimulationFailure(f"the server answered {self.status} with what is not JSON") from None


class Caller:
    """For one thread. A request is sent again where the connection broke: whatever is sent may come twice."""

    def __init__(self, url: str, *, tally: Tally, stop: threading.Event) -> None:
        address = urlsplit(url)
        if address.scheme not in ("http", "https") or not address.hostname:
            raise SimulationFailure(f"{url} is no address of a server: it begins with http:// or https://")
        kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(address.hostname, address.port, timeout=SECONDS_TO_ANSWER)
        self._url, self._prefix, self._tally, self._stop = url, address.path.rstrip("/"), tally, stop

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """The answer, once the server has not asked to come back later.

        Raises:
            SimulationFailure: nobody answers.
            Stopped: the end was asked for meanwhile.
        """
        breaks = 0
        while True:
            try:
                self._connection.request("POST", self._prefix + path, body, dict(headers))
                response = self._connection.getresponse()
                answer = Answer(response.status, response.read())
            except (OSError, http.client.HTTPException) as problem:
                self._connection.close()
                breaks += 1
                if breaks > MOST_BREAKS or isinstance(problem, ConnectionRefusedError):
                    raise SimulationFailure(f"no server answers at {self._url} ({problem}): is it running?") from None
                self._wait(SECONDS_AFTER_A_BREAK)
                continue
            if answer.status not in COME_BACK:
                return answer
            self._tally.add(waits=1)
            self._wait(seconds_of(response.headers.get("Retry-After")))

    def close(self) -> None:
        """Let the connection go."""
        with contextlib.suppress(OSError):
            self._connection.close()

    def _wait(self, seconds: float) -> None:
        if self._stop.wait(seconds):
            raise Stopped


def seconds_of(retry_after: str | None) -> float:
    """How long to wait, by the header: a second where it says nothing that can be read, and a minute at most."""
    try:
        return min(max(float(retry_after or ""), 0.0), LONGEST_WAIT)
    except ValueError:
        return 1.0
