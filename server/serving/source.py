"""Reads from the database what the serving of flags keeps in memory, for one thread; it writes nothing.

Its connection is that thread's own, and gives up on a server that does not answer, gone or
frozen, where a request's would wait: whoever serves from memory has to get back to the newest.
"""

from __future__ import annotations

import select
from collections.abc import Callable, Collection, Iterable
from typing import Any, NamedTuple, Protocol

from django.db import connections
from django.db.models import Count, Max

from server.evaluation.snapshot import EnvironmentDocument
from server.projects.models import Environment, EnvironmentKey, EnvironmentKeyKind
from server.serving.keys import Key
from server.serving.own_connection import OwnConnection

Load = Callable[[int, EnvironmentDocument | None], EnvironmentDocument]
"""What builds the document of an environment, on an earlier one of it where there is one."""

Forget = Callable[[int], object]
"""What lets go of all that was kept for the next document of an environment."""

CHANNEL = "fairsplit_revision"
APPLICATION = "fairsplit follower"
"""How PostgreSQL lists the connection."""

SECONDS_TO_ANSWER = 5
"""One statement's. They read a few rows each, or the whole of one environment."""


class Settings(NamedTuple):
    """What an environment's serving goes by, beside its document."""

    allowed_origins: frozenset[str] = frozenset()
    """Whose pages may use the environment's client-side keys."""

    record_exposures: bool = False
    """Whether the evaluation of one flag records the exposure itself."""


class Source(Protocol):
    """Where environments come from. Every call may raise what the database raises."""

    def connect(self) -> None:
        """Begin anew, and hear of new revisions from now on."""

    def wait(self, wake: int, seconds: float) -> None:
        """Until there is news, the file descriptor can be read, or the time is up."""

    def close(self) -> None:
        """Let go of everything."""

    def revisions(self, environment_ids: Collection[int]) -> dict[int, int]:
        """The revision of each that exists."""

    def keys_state(self) -> object:
        """Something that differs as soon as keys were created or revoked."""

    def keys(self) -> dict[str, Key]:
        """All keys in force, by digest."""

    def settings(self, environment_id: int) -> Settings:
        """What the environment is set to."""

    def document(self, environment_id: int, previous: EnvironmentDocument | None) -> EnvironmentDocument:
        """What the environment serves, read in one moment."""

    def forget(self, environment_id: int) -> None:
        """Nobody will ask for this environment again."""


class DatabaseSource:
    """The source that there is in production."""

    def __init__(self, load: Load, forget: Forget = lambda environment_id: None) -> None:
        self._load, self._forget = load, forget
        self._connection = OwnConnection(APPLICATION, SECONDS_TO_ANSWER)

    def connect(self) -> None:
        """Listen on a connection of this thread, made anew."""
        ours = self._connection.open()
        with ours.cursor() as cursor:
            cursor.execute(f"LISTEN {CHANNEL}")

    def wait(self, wake: int, seconds: float) -> None:
        """A notification tells nothing that the next look at the revisions does not: it only wakes."""
        listening: Any = connections["default"].connection
        if not listening.notifies:
            readable, _, _ = select.select([listening, wake], [], [], seconds)
            if listening in readable:
                listening.poll()
        listening.notifies.clear()

    def close(self) -> None:
        """Close this thread's connection."""
        self._connection.close()

    def revisions(self, environment_ids: Collection[int]) -> dict[int, int]:
        """One statement, for however many."""
        return dict(Environment.objects.filter(pk__in=environment_ids).values_list("pk", "revision"))

    def keys_state(self) -> object:
        """Keys are made, and revoked for good: two counts and the newest one tell of every change."""
        return EnvironmentKey.objects.aggregate(Count("pk"), Count("revoked_at"), Max("pk"))

    def keys(self) -> dict[str, Key]:
        """Expired ones among them: whoever looks one up has the clock."""
        rows: Iterable[tuple[Any, ...]] = EnvironmentKey.objects.filter(revoked_at=None).values_list(
            "digest", "environment_id", "kind", "expires_at"
        )
        return {
            digest: Key(environment_id, kind == EnvironmentKeyKind.CLIENT, expires_at and expires_at.timestamp())
            for digest, environment_id, kind, expires_at in rows
        }

    def settings(self, environment_id: int) -> Settings:
        """Nothing is allowed and nothing recorded where the environment is gone."""
        columns = Environment.objects.filter(pk=environment_id).values_list("allowed_origins", "record_exposures")
        found = columns.first()
        return Settings() if found is None else Settings(frozenset(found[0]), found[1])

    def document(self, environment_id: int, previous: EnvironmentDocument | None) -> EnvironmentDocument:
        """The document of the newest revision."""
        return self._load(environment_id, previous)

    def forget(self, environment_id: int) -> None:
        """The document before is of no more use."""
        self._forget(environment_id)
