"""What one measurement is, and what came of it. Plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field
from statistics import median


class WrongAnswer(Exception):
    """An answer was not what it had to be: no figure stands on it."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One kind of request, sent over some connections for a while.

    An answer is right if it has the status, holds every text of ``holds``, the ``counted``
    text so often, and no error. ``wraps`` says whether the bodies may be sent again from
    the start.
    """

    port: int
    key: str
    bodies: Sequence[bytes]
    holds: tuple[str, ...]
    connections: int
    seconds: float
    wraps: bool = True
    path: str = "/graphql"
    status: int = 200
    counted: tuple[str, int] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    """More of them, beside the key and the kind of content."""

    @property
    def sent_headers(self) -> dict[str, str]:
        """All that come with every request."""
        return {"Content-Type": "application/json", "Authorization": f"Bearer {self.key}", **self.headers}


@dataclass(frozen=True, slots=True)
class Measured:
    """Requests a second, latencies, and processor time a request; all times in milliseconds."""

    per_second: float
    p50: float
    p99: float
    server: float = 0.0
    database: float = 0.0


@dataclass(frozen=True, slots=True)
class Sent:
    """What a load generator found: latencies in milliseconds, and how many bodies it has sent."""

    answered: int
    seconds: float
    p50: float
    p99: float
    sent: int


def median_of(rounds: Sequence[Measured]) -> Measured:
    """The median of every figure."""
    return Measured(*(median(figures) for figures in zip(*(astuple(each) for each in rounds), strict=True)))


def refuse_wrong(cell: Cell, *, wrong: int, example: str, sent: int) -> None:
    """Fail loudly where an answer was wrong, or a body was sent twice that must not be.

    Raises:
        WrongAnswer: with an example.
    """
    if not cell.wraps and sent > len(cell.bodies):
        raise WrongAnswer(f"{sent} requests in {cell.seconds} s, and only {len(cell.bodies)} were prepared")
    if wrong:
        raise WrongAnswer(f"{wrong} wrong answers, as: {example[:1_000]}")
