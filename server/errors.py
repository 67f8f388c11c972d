"""What the rules do not allow: refusals and their kinds. Imports nothing of ours.

A service raises a subclass; an interface turns it into data for its caller. There
are five kinds, and a service looks for them in this order: not found, not allowed,
invalid input (every problem at once), conflict or locked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

PathItem = str | int


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with an input: where, a stable code, and what to do."""

    path: tuple[PathItem, ...]
    code: str
    message: str

    def below(self, *prefix: PathItem) -> "Problem":
        """The same problem, seen from further up the input."""
        return Problem((*prefix, *self.path), self.code, self.message)


@dataclass(frozen=True, slots=True)
class Reference:
    """Names an object to the caller without loading it: its type in the API, key and name."""

    type: str
    id: int
    name: str


class Refusal(Exception):
    """An answer to a request that the rules do not allow: a stable code and a message."""

    code: ClassVar[str]

    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__(message)


class NotFound(Refusal):
    """There is no such object, or none that the author may see; the two look the same."""

    code = "NOT_FOUND"

    def __init__(self, what: str, field: str | None = None) -> None:
        self.what, self.field = what, field
        where = f" ({field})" if field else ""
        super().__init__(f"There is no {what} with this id that you may see{where}.")


class NotAllowed(Refusal):
    """The author sees the object, and may not do this with it."""

    code = "NOT_ALLOWED"


class InvalidInput(Refusal):
    """The input breaks rules; ``problems`` names every one of them, and is never empty."""

    code = "INVALID_INPUT"

    def __init__(self, problems: Sequence[Problem]) -> None:
        if not problems:
            raise ValueError("an InvalidInput names at least one problem")
        self.problems = tuple(problems)
        super().__init__(" ".join(p.message for p in self.problems[:3]))


class Conflict(Refusal):
    """The request is right in itself, and collides with what is there.

    ``collides_with`` names what it collided with; ``allowed`` says what may be done instead.
    """

    collides_with: Reference | None = None
    allowed: tuple[str, ...] = ()


class Locked(Refusal):
    """Somebody holds what the request would change.

    ``holder`` says who; ``allowed`` says what may be done instead.
    """

    holder: Reference
    allowed: tuple[str, ...] = ()

    def __init__(self, message: str, *, holder: Reference, allowed: Sequence[str]) -> None:
        self.holder, self.allowed = holder, tuple(allowed)
        super().__init__(message)
