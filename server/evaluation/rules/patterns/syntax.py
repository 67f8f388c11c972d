"""Reads a regular expression of the subset that all engines write and mean alike; never runs one.

What the subset leaves out is refused with ``Refused``: ``BAD_REGEX`` for what is no
regular expression here, ``UNSAFE_REGEX`` for what only backtracking engines can run.
"""

import re
from dataclasses import dataclass, field
from typing import NoReturn

from server.evaluation.rules.patterns import characters
from server.evaluation.rules.patterns.characters import Characters, between

MAX_REPEAT = 100
"""The largest number in braces."""

MAX_GROUPS = 20
"""Groups inside groups."""


class Refused(Exception):
    """A pattern is not one that a condition may have."""

    def __init__(self, code: str, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Take:
    """One character of a set."""

    characters: Characters


@dataclass(frozen=True, slots=True)
class Assert:
    """A place in the text, without a character: ``^``, ``$``, ``\\b`` or ``\\B``."""

    place: str


@dataclass(frozen=True, slots=True)
class Row:
    """One after the other; empty, it matches the empty text."""

    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One of several."""

    options: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """The body again and again; ``most`` is None where there is no bound."""

    body: "Node"
    least: int
    most: int | None


Node = Take | Assert | Row | Either | Repeat

_FLAGS = re.compile(r"\(\?(is?|si?)\)")
_COUNT = re.compile(r"\{(\d{1,9})(?:(,)(\d{1,9})?)?\}")
_CLASSES = {
    "d": characters.DIGIT,
    "D": ~characters.DIGIT,
    "w": characters.WORD,
    "W": ~characters.WORD,
    "s": characters.SPACE,
    "S": ~characters.SPACE,
}
_CONTROLS = {"t": 0x09, "n": 0x0A, "r": 0x0D, "f": 0x0C}
_QUANTIFIERS = {"*": (0, None), "+": (1, None), "?": (0, 1)}
_BEYOND = (
    ("(?=", "lookaround"),
    ("(?!", "lookaround"),
    ("(?<=", "lookaround"),
    ("(?<!", "lookaround"),
    ("(?>", "atomic groups"),
    ("(?(", "conditional groups"),
    ("(?P=", "backreferences"),
    ("(?P>", "recursion"),
    ("(?R", "recursion"),
    ("(?&", "recursion"),
)
_SET_OPERATORS = ("&&", "--", "||", "~~")


def read_pattern(pattern: str) -> Node:
    """The tree of a pattern.

    Raises:
        Refused: the pattern is outside of the subset.
    """
    return _Reader(pattern).read()


@dataclass
class _Reader:
    pattern: str
    at: int = 0
    groups: int = 0
    flags: frozenset[str] = field(default_factory=frozenset)

    def read(self) -> Node:
        if flags := _FLAGS.match(self.pattern):
            self.flags, self.at = frozenset(flags[1]), flags.end()
        node = self._either()
        if self.at < len(self.pattern):
            self._bad("A closing parenthesis has no opening one")
        return node

    def _either(self) -> Node:
        options = [self._sequence()]
        while self._skip("|"):
            options.append(self._sequence())
        return options[0] if len(options) == 1 else Either(tuple(options))

    def _sequence(self) -> Node:
        items = []
        while self.at < len(self.pattern) and self._peek() not in "|)":
            items.append(self._repeated(self._atom()))
        return items[0] if len(items) == 1 else Row(tuple(items))

    def _repeated(self, body: Node) -> Node:
        bounds = self._bounds()
        if bounds is None:
            return body
        least, most = bounds
        if isinstance(body, Assert):
            self._bad("A place in the text cannot be repeated")
        if most is not None and least > most:
            self._bad("The numbers of a repeat are the wrong way round")
        if max(least, most or 0) > MAX_REPEAT:
            self._unsafe(f"repeats of more than {MAX_REPEAT} times")
        if not self._skip("?"):
            if self._peek() == "+":
                self._unsafe("possessive repeats")
            if self._peek() in ("*", "{"):
                self._bad("One repeat follows another")
        elif self._peek() in ("*", "+", "?", "{"):
            self._bad("One repeat follows another")
        return Repeat(body, least, most)

    def _bounds(self) -> tuple[int, int | None] | None:
        if self._peek() in _QUANTIFIERS:
            return _QUANTIFIERS[self._next()]
        if self._peek() != "{":
            return None
        count = _COUNT.match(self.pattern, self.at)
        if count is None:
            self._bad("A brace that is no repeat needs a backslash")
        self.at = count.end()
        least = int(count[1])
        if count[2] is None:
            return least, least
        return least, None if count[3] is None else int(count[3])

    def _atom(self) -> Node:
        char = self._next()
        if char == "(":
            return self._group()
        if char == "[":
            return Take(self._set())
        if char == ".":
            return Take(characters.ANYTHING if "s" in self.flags else characters.NO_LINE_END)
        if char in "^$":
            return Assert(char)
        if char == "\\":
            if self._peek() in ("b", "B"):
                return Assert("\\" + self._next())
            return Take(self._escape())
        if char in "*+?":
            self._bad("A repeat has nothing to repeat")
        if char in "{}]":
            self._bad("A brace or bracket that stands for itself needs a backslash")
        return Take(self._literal(ord(char)))

    def _group(self) -> Node:
        start = self.at - 1
        if self._peek() == "?" and not self._skip("?:"):
            for opening, name in _BEYOND:
                if self.pattern.startswith(opening, start):
                    self._unsafe(name)
            if self.pattern[start + 2 : start + 3].isdigit():
                self._unsafe("recursion")
            self._bad("A group is ( ) or (?: ), without a name; (?i) and (?s) stand at the very start")
        self.groups += 1
        if self.groups > MAX_GROUPS:
            self._unsafe(f"groups more than {MAX_GROUPS} deep")
        node = self._either()
        if not self._skip(")"):
            self._bad("An opening parenthesis has no closing one")
        self.groups -= 1
        return node

    def _set(self) -> Characters:
        negated = self._skip("^")
        found = Characters((), ())
        first = True
        while first or self._peek() != "]":
            first = False
            if self.pattern.startswith(_SET_OPERATORS, self.at):
                self._bad("Doubled &, -, | and ~ in brackets need backslashes")
            low = self._set_item()
            if isinstance(low, int) and self._peek() == "-" and self._peek(1) != "]":
                self.at += 1
                high = self._set_item()
                if not isinstance(high, int) or high < low:
                    self._bad("A range in brackets runs from a lower character to a higher one")
                found |= between(low, high, ignore_case="i" in self.flags)
            else:
                found |= self._literal(low) if isinstance(low, int) else low
        self.at += 1
        return ~found if negated else found

    def _set_item(self) -> int | Characters:
        """A character, or a class of them."""
        char = self._next("Brackets are not closed")
        if char == "\\":
            if self._peek() in _CLASSES:
                return _CLASSES[self._next()]
            return self._escaped_character()
        if char in "[]":
            self._bad("A bracket inside brackets needs a backslash")
        return ord(char)

    def _escape(self) -> Characters:
        if self._peek() in _CLASSES:
            return _CLASSES[self._next()]
        if self._peek().isdigit() and self._peek() != "0":
            self._unsafe("backreferences")
        if self._peek() == "k":
            self._unsafe("backreferences")
        return self._literal(self._escaped_character())

    def _escaped_character(self) -> int:
        char = self._next("A backslash stands at the end")
        if char in _CONTROLS:
            return _CONTROLS[char]
        if char == "x" and re.fullmatch("[0-9A-Fa-f]{2}", digits := self.pattern[self.at : self.at + 2]):
            self.at += 2
            return int(digits, 16)
        if not char.isascii() or char.isalnum() or not char.isprintable():
            self._bad("An escape is not one that every engine knows")
        return ord(char)

    def _literal(self, point: int) -> Characters:
        return between(point, point, ignore_case="i" in self.flags)

    def _peek(self, ahead: int = 0) -> str:
        """The next character, or the empty text at the end."""
        return self.pattern[self.at + ahead : self.at + ahead + 1]

    def _next(self, otherwise: str = "The pattern ends too early") -> str:
        if self.at >= len(self.pattern):
            self._bad(otherwise)
        self.at += 1
        return self.pattern[self.at - 1]

    def _skip(self, text: str) -> bool:
        found = self.pattern.startswith(text, self.at)
        self.at += len(text) if found else 0
        return found

    def _bad(self, what: str) -> NoReturn:
        raise Refused("BAD_REGEX", f"{what} (near character {self.at}).")

    def _unsafe(self, what: str) -> NoReturn:
        raise Refused("UNSAFE_REGEX", f"A pattern must run in bounded time: it takes no {what}.")
