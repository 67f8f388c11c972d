"""Authors, and the places that they hold roles in. Plain values: never touches the database."""

from dataclasses import dataclass
from typing import Literal

from server.accounts.roles import Role
from server.audit.authorship import AuthorKind


@dataclass(frozen=True, slots=True)
class Scope:
    """A place: an organisation, one project of it, or one environment of that project."""

    organisation_id: int
    project_id: int | None = None
    environment_id: int | None = None

    def __post_init__(self) -> None:
        if self.environment_id is not None and self.project_id is None:
            raise ValueError("an environment is always one of a project")

    @property
    def kind(self) -> Literal["organisation", "project", "environment"]:
        """What this place is, in the glossary's word."""
        if self.environment_id is not None:
            return "environment"
        return "organisation" if self.project_id is None else "project"

    def contains(self, other: "Scope") -> bool:
        """Whether ``other`` is this very place, or one inside it."""
        return (
            self.organisation_id == other.organisation_id
            and self.project_id in (None, other.project_id)
            and self.environment_id in (None, other.environment_id)
        )


@dataclass(frozen=True, slots=True)
class HeldGrant:
    """A role that an author holds, and the place that it holds for."""

    role: Role
    scope: Scope


@dataclass(frozen=True, slots=True)
class Author:
    """The user or the API key behind a change, or the server itself, with the roles held.

    ``grants`` are those of the moment of authentication.
    """

    kind: AuthorKind
    id: int | None
    name: str
    grants: tuple[HeldGrant, ...] = ()

    def __post_init__(self) -> None:
        if self.is_system != (self.id is None):
            raise ValueError("a user or a key has an id, and the server itself has none")

    @property
    def holder_id(self) -> int:
        """The id of the user or the key that holds the grants; the server itself needs none."""
        if self.id is None:
            raise ValueError("the server itself holds no grants")
        return self.id

    @property
    def is_system(self) -> bool:
        """Whether this is the server's own work, which may do everything everywhere."""
        return self.kind is AuthorKind.SYSTEM


def system_author(name: str) -> Author:
    """The author of the server's own work (demo, worker, commands); ``name`` says which work."""
    return Author(AuthorKind.SYSTEM, None, name)
