"""What keeps an event, or a whole payload, from being taken; in no message or path is a text that cannot be sent."""

from server.checks import is_path_key
from server.errors import InvalidInput, PathItem, Problem

Path = tuple[PathItem, ...]


class Fault(Exception):
    """Why one event is not taken. The others of its payload are."""

    def __init__(self, code: str, path: Path, message: str) -> None:
        self.code, self.path, self.message = code, path, message
        super().__init__(message)


class UnreadablePayload(InvalidInput):
    """Nothing of the payload is taken: it is not a list of events at all, or too long a one."""

    def __init__(self, code: str, path: Path, message: str) -> None:
        super().__init__([Problem(path, code, message)])

    @property
    def problem(self) -> Problem:
        """The only one."""
        return self.problems[0]


def unknown_fields(given: object, known: frozenset[str], *, of: str) -> tuple[str, Path, str]:
    """Code, path and message for an object with fields that it does not have; the first of them is named."""
    names = list(given) if isinstance(given, dict) else []
    name = next(name for name in names if name not in known)
    path = (name,) if is_path_key(name) else ()
    what = f"“{name}” is" if path else "One of these names is"
    return "UNKNOWN_FIELD", path, f"{what} no field of {of}: it has {', '.join(sorted(known))}."
