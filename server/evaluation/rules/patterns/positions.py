"""Turns the tree of a pattern into positions and the steps between them; judges only what cannot be built.

This is Glushkov's construction, with one difference: a step that can come about in
two ways is kept twice, because a backtracking engine tries both.
"""

from dataclasses import dataclass, field
from itertools import pairwise

from server.evaluation.rules.patterns.characters import Characters
from server.evaluation.rules.patterns.syntax import Assert, Either, Node, Refused, Repeat, Row, Take

MAX_POSITIONS = 1_000
"""Characters that a pattern takes with its counted repeats written out."""

MAX_STEPS = 5_000
"""From a position to one that may follow it."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a pattern: where a match of it can begin and end, and whether it can be empty."""

    first: tuple[int, ...] = ()
    last: tuple[int, ...] = ()
    empty: bool = False


@dataclass
class Positions:
    """What each position takes, which may follow it, and the outermost loop that it belongs to."""

    characters: list[Characters] = field(default_factory=list)
    follow: list[list[int]] = field(default_factory=list)
    loop: list[int | None] = field(default_factory=list)
    root: Part = field(default_factory=Part)
    steps: int = 0
    _loops: int = 0
    _current: int | None = None

    def build(self, node: Node) -> Part:
        match node:
            case Take(characters):
                return self._position(characters)
            case Assert():
                return Part(empty=True)
            case Row(items):
                part = Part(empty=True)
                for item in items:
                    part = self._then(part, self.build(item))
                return part
            case Either(options):
                return self._either([self.build(option) for option in options])
            case Repeat(body, least, most):
                return self._repeat(body, least, most)

    def _position(self, characters: Characters) -> Part:
        if len(self.characters) >= MAX_POSITIONS:
            _too_large()
        self.characters.append(characters)
        self.follow.append([])
        self.loop.append(self._current)
        at = (len(self.characters) - 1,)
        return Part(at, at)

    def _then(self, left: Part, right: Part) -> Part:
        self._join(left.last, right.first)
        return Part(
            left.first + right.first if left.empty else left.first,
            left.last + right.last if right.empty else right.last,
            left.empty and right.empty,
        )

    def _either(self, parts: list[Part]) -> Part:
        if sum(part.empty for part in parts) > 1:
            raise Refused("UNSAFE_REGEX", "Only one of several alternatives may match the empty text.")
        return Part(
            tuple(at for part in parts for at in part.first),
            tuple(at for part in parts for at in part.last),
            any(part.empty for part in parts),
        )

    def _repeat(self, body: Node, least: int, most: int | None) -> Part:
        copies = [self._body(body) for _ in range(least if most is not None else least - 1)]
        if most is None:
            tail = self._loop(body)
            if least == 0:
                tail = Part(tail.first, tail.last, empty=True)
            copies.append(tail)
        else:
            copies.append(self._up_to(body, most - least))
        part = Part(empty=True)
        for copy in copies:
            part = self._then(part, copy)
        return part

    def _body(self, body: Node) -> Part:
        part = self.build(body)
        if part.empty:
            raise Refused("UNSAFE_REGEX", "What is repeated must not match the empty text.")
        return part

    def _loop(self, body: Node) -> Part:
        outer = self._current
        if outer is None:
            self._loops += 1
            self._current = self._loops
        part = self._body(body)
        self._current = outer
        self._join(part.last, part.first)
        return part

    def _up_to(self, body: Node, most: int) -> Part:
        """Each further copy only after the one before it: (b(b(b)?)?)?"""
        copies = [self._body(body) for _ in range(most)]
        for left, right in pairwise(copies):
            self._join(left.last, right.first)
        if not copies:
            return Part(empty=True)
        return Part(copies[0].first, tuple(at for copy in copies for at in copy.last), empty=True)

    def _join(self, left: tuple[int, ...], right: tuple[int, ...]) -> None:
        self.steps += len(left) * len(right)
        if self.steps > MAX_STEPS:
            _too_large()
        for at in left:
            self.follow[at].extend(right)


def positions_of(node: Node) -> Positions:
    """The positions of a whole pattern."""
    positions = Positions()
    positions.root = positions.build(node)
    return positions


def _too_large() -> None:
    raise Refused(
        "UNSAFE_REGEX",
        f"With its repeats written out, a pattern takes at most {MAX_POSITIONS:,} characters"
        f" and {MAX_STEPS:,} steps between them.",
    )
