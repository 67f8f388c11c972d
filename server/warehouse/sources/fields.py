"""Takes a JSON object apart, field by field, and keeps what is wrong with it. Knows no mapping."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, TypeVar

Choice = TypeVar("Choice", bound=StrEnum)


class Fields:
    """An object and its place in the document. What nobody took is refused at the end."""

    def __init__(self, given: Any, path: str, problems: list[str]) -> None:
        self._path, self._problems = path, problems
        self._given: dict[str, Any] = given if isinstance(given, dict) else {}
        self._taken: set[str] = set()
        self._absent = given is None
        if not isinstance(given, dict) and given is not None:
            self.refuse(None, "is not an object")
            self._absent = True

    def __contains__(self, name: str) -> bool:
        return name in self._given

    def __iter__(self) -> Iterator[str]:
        return iter(self._given)

    def peek(self, name: str) -> Any:
        """A field that stays to be taken."""
        return self._given.get(name)

    def take(self, name: str) -> Any:
        """A field, whatever it is."""
        self._taken.add(name)
        return self._given.get(name)

    def object(self, name: str) -> "Fields":
        """A field that has fields itself; one that is missing is said once, and not for each field in it."""
        if self._given.get(name) is None and not self._absent:
            self.refuse(name, "is missing")
        return Fields(self.take(name), self._at(name), self._problems)

    def text(self, name: str) -> str:
        """A text that is not empty."""
        value = self.take(name)
        if isinstance(value, str) and value:
            return value
        if not self._absent:
            self.refuse(name, "is missing" if value is None else "is not a text")
        return ""

    def one_of(self, name: str, choices: type[Choice]) -> Choice | None:
        """One of an enumeration."""
        value = self.take(name)
        if value in list(choices):
            return choices(value)
        self.refuse(name, f"is not one of {', '.join(choices)}")
        return None

    def refuse(self, name: str | None, why: str) -> None:
        """Note a problem of a field, or of the object itself."""
        where = self._path if name is None else self._at(name)
        self._problems.append(f"{where or 'the document'} {why}")

    def refuse_others(self) -> None:
        """Note every field that nobody took."""
        for name in self._given:
            if name not in self._taken:
                self.refuse(name, "is not known")

    def _at(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name
