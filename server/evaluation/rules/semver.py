"""Versions as SemVer 2.0 writes and orders them; never guesses: what is no SemVer is None.

Build metadata is read and ignored: versions that differ only in it are equal.
Source: https://semver.org/spec/v2.0.0.html, sections 2, 9, 10 and 11.
"""

import re
from dataclasses import dataclass
from functools import total_ordering

_NUMBER = r"(?:0|[1-9][0-9]*)"
_PRERELEASE = rf"(?:{_NUMBER}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_VERSION = re.compile(
    rf"({_NUMBER})\.({_NUMBER})\.({_NUMBER})"
    rf"(?:-({_PRERELEASE}(?:\.{_PRERELEASE})*))?"
    r"(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)

MAX_LENGTH = 1000
"""A longer text is no version: it bounds the work on a trait's value."""

_Rank = tuple[int, int, str]
Precedence = tuple[list[_Rank], bool, list[_Rank]]


@total_ordering
@dataclass(frozen=True, slots=True)
class SemVer:
    """A version without its build metadata."""

    core: tuple[str, str, str]
    prerelease: tuple[str, ...] = ()

    def __lt__(self, other: "SemVer") -> bool:
        return self.precedence() < other.precedence()

    def precedence(self) -> Precedence:
        """What orders versions. A release comes after its pre-releases; fewer identifiers before more."""
        return [_rank(n) for n in self.core], not self.prerelease, [_rank(i) for i in self.prerelease]


def precedence_of(value: object) -> Precedence | None:
    """What orders the version that a value writes, or None if it is not the text of one."""
    version = parse_semver(value) if isinstance(value, str) else None
    return None if version is None else version.precedence()


def parse_semver(text: str) -> SemVer | None:
    """The version that a text writes, or None if the text is not exactly one."""
    if len(text) > MAX_LENGTH:
        return None
    match = _VERSION.fullmatch(text)
    if match is None:
        return None
    major, minor, patch, prerelease = match.groups()
    return SemVer((major, minor, patch), tuple(prerelease.split(".")) if prerelease else ())


def _rank(identifier: str) -> _Rank:
    """Numbers by size, and before words; words in ASCII order.

    A number has no leading zero, so length and then digits order it: no number is
    too long to compare.
    """
    return (0, len(identifier), identifier) if identifier.isdigit() else (1, 0, identifier)
