"""Sets of characters, wide enough for every engine; decides only whether two sets may share one.

Engines disagree on characters beyond ASCII: what ``\\w`` takes, what is the other case
of ``k``. So a set is kept twice: ``wide`` holds what some engine takes, ``sure`` what
every engine takes. A negated set is wide where the set is not sure.
"""

from collections.abc import Iterable
from dataclasses import dataclass

LAST = 0x10FFFF
Range = tuple[int, int]
Ranges = tuple[Range, ...]


def merged(ranges: Iterable[Range]) -> Ranges:
    """The same characters, as ranges in order that neither touch nor overlap."""
    result: list[Range] = []
    for low, high in sorted(ranges):
        if result and low <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(high, result[-1][1]))
        else:
            result.append((low, high))
    return tuple(result)


def complement(ranges: Ranges) -> Ranges:
    """Every other character."""
    edges = [-1, *(edge for low, high in merged(ranges) for edge in (low - 1, high + 1)), LAST + 1]
    pairs = zip([edges[0] + 1, *edges[2::2]], [*edges[1:-1:2], LAST], strict=True)
    return tuple((low, high) for low, high in pairs if low <= high)


@dataclass(frozen=True, slots=True)
class Characters:
    """What one position of a pattern takes."""

    wide: Ranges
    sure: Ranges

    def __or__(self, other: "Characters") -> "Characters":
        return Characters(merged(self.wide + other.wide), merged(self.sure + other.sure))

    def __invert__(self) -> "Characters":
        return Characters(complement(self.sure), complement(self.wide))

    def takes(self, point: int) -> bool:
        return any(low <= point <= high for low, high in self.wide)

    def overlaps(self, other: "Characters") -> bool:
        return any(a <= d and c <= b for a, b in self.wide for c, d in other.wide)


def between(low: int, high: int, *, ignore_case: bool = False) -> Characters:
    """The characters from one to another, with their other cases if asked for."""
    own: Ranges = ((low, high),)
    if not ignore_case:
        return Characters(own, own)
    swapped = [
        (max(low, first) + shift, min(high, last) + shift)
        for first, last, shift in ((0x41, 0x5A, 32), (0x61, 0x7A, -32))
        if max(low, first) <= min(high, last)
    ]
    sure = merged([*own, *swapped])
    return Characters(merged([*sure, *_foreign_cases(sure)]), sure)


def _foreign_cases(ranges: Ranges) -> list[Range]:
    """Other cases across the border of ASCII; beyond it, any character may be any other's."""
    cases: list[Range] = []
    if any(high > 0x7F for _, high in ranges):
        cases.append((0x80, LAST))
        cases.extend((ord(letter), ord(letter)) for letter in "iksIKS")
    for letter, others in (("i", (0x130, 0x131)), ("k", (0x212A,)), ("s", (0x17F,))):
        if any(low <= ord(letter) <= high for low, high in ranges):
            cases.extend((other, other) for other in others)
    return cases


_ASCII_SPACE: Ranges = ((0x09, 0x0D), (0x20, 0x20))
_FOREIGN_SPACE: Ranges = (
    (0x1C, 0x1F),
    (0x85, 0x85),
    (0xA0, 0xA0),
    (0x1680, 0x1680),
    (0x180E, 0x180E),
    (0x2000, 0x200B),
    (0x2028, 0x2029),
    (0x202F, 0x202F),
    (0x205F, 0x205F),
    (0x3000, 0x3000),
    (0xFEFF, 0xFEFF),
)
_FOREIGN_LETTERS: Ranges = tuple(r for r in complement(merged([(0, 0x7F), *_FOREIGN_SPACE])))
_DIGITS: Ranges = ((0x30, 0x39),)
_WORD: Ranges = merged([*_DIGITS, (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)])

# The vertical tab is a space for most engines, not for RE2.
_SURE_SPACE: Ranges = ((0x09, 0x0A), (0x0C, 0x0D), (0x20, 0x20))

DIGIT = Characters(merged([*_DIGITS, *_FOREIGN_LETTERS]), _DIGITS)
WORD = Characters(merged([*_WORD, *_FOREIGN_LETTERS]), _WORD)
SPACE = Characters(merged([*_ASCII_SPACE, *_FOREIGN_SPACE]), _SURE_SPACE)
ANYTHING = Characters(((0, LAST),), ((0, LAST),))
NO_LINE_END = Characters(complement(((0x0A, 0x0A),)), complement(((0x0A, 0x0A), (0x0D, 0x0D))))
