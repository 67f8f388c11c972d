"""The operations that are measured, what the peer does of each, and what we aim at. Plain values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from benchmarks.documents import FLOOR, LIST, body, gid
from benchmarks.world import FreeFeatures, World
from server.projects.models import Versioning

CONNECTIONS = (1, 8, 32)
COMPARED_AT = 8


class Source(Protocol):
    """Gives the bodies of requests."""

    def at_least(self, number: int) -> list[bytes]:
        """The next bodies, this many or more."""

    def sent(self, number: int) -> None:
        """The first of them are used up."""


@dataclass(frozen=True, slots=True)
class Peer:
    """An open REST server for the same job on this kind of machine: two workers, eight connections."""

    per_second: float
    statements: str
    at_least: int
    """How many times as fast we have to be."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A kind of request; a floor has no peer and takes no statements."""

    name: str
    source: Source
    holds: tuple[str, ...]
    peer: Peer | None = None
    wraps: bool = True
    is_bare: bool = False
    most_statements: int = 25

    @property
    def is_floor(self) -> bool:
        """Whether this is a floor, which no operation can be faster than."""
        return self.peer is None


@dataclass
class Always:
    """The same body again and again."""

    body: bytes

    def at_least(self, number: int) -> list[bytes]:
        """One is enough: it is sent again."""
        return [self.body]

    def sent(self, number: int) -> None:
        """It is never used up."""


IS_EXPERIMENT = ('"__typename":"Experiment"', '"flagVersion":{"number":')


def operations(world: World) -> Sequence[Operation]:
    """Everything that is measured, floors first."""
    found = [
        Operation("bare server, a constant", Always(body(FLOOR)), (), is_bare=True),
        Operation("`{ __typename }`", Always(body(FLOOR)), ('"__typename":"Query"',)),
    ]
    for mode, peer in ((Versioning.V1, Peer(20, "102", 5)), (Versioning.V2, Peer(6, "158", 10))):
        for shop in (world.small, world.large):
            name = f"`createExperiment`, {mode.value}, {len(shop.features):,} features"
            found.append(Operation(name, FreeFeatures(shop, mode), IS_EXPERIMENT, peer, wraps=False))
    for mode in Versioning:
        name = f"`updateExperimentRollout`, {mode.value}"
        found.append(Operation(name, world.drafts[mode], IS_EXPERIMENT, Peer(28, "48 to 57", 5)))
    for first, peer in ((10, Peer(26, "33", 3)), (100, Peer(5, "213", 3))):
        asked = Always(body(LIST, environment=gid(world.listed), first=first))
        holds = (*IS_EXPERIMENT, f'"totalCount":{world.experiments}')
        name = f"list of {first} of {world.experiments:,}"
        found.append(Operation(name, asked, holds, peer, most_statements=12))
    return found
