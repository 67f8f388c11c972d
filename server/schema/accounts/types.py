"""Organisations, users, API keys and grants in the API."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
import strawberry_django
from strawberry import Info

from server.accounts import models
from server.accounts.permissions import may
from server.accounts.roles import Permission, Role
from server.audit.authorship import AuthorKind
from server.schema.accounts.lists import api_keys, grants
from server.schema.authors import author_of
from server.schema.connections import Connection, connection
from server.schema.fields import RowField, computed, field
from server.schema.ids import encode_id
from server.schema.nodes import Node
from server.schema.projects.lists import projects

if TYPE_CHECKING:
    from server.schema.projects.types import Project


@strawberry_django.type(models.User, description="Somebody who signs in with an e-mail address.")
class User(Node):
    email: str = field(description="The e-mail address.")
    name: str = field(description="The user's name; may be empty.")


@strawberry_django.type(
    models.ApiKey,
    description="A key for machines: `Authorization: Bearer <key>`. The key itself is never shown again.",
)
class ApiKey(Node):
    name: str = field(description="What the key is for.")
    prefix: str = field(description="How the key starts, to recognise it by.")
    created_by: str = field(description="Who created the key.")
    created_at: datetime = field(description="When the key was created.")
    expires_at: datetime | None = field(description="From when on the key counts for nothing; null for never.")
    revoked_at: datetime | None = field(description="When the key was revoked; null while it counts.")
    last_used_at: datetime | None = field(description="When the key was last used, to within a few minutes.")


class ManagedKey(RowField):
    """The key of a grant, for who may manage access where the grant is; lists of keys hide it from others too."""

    is_basic_field = False  # it has to know who asks

    def get_result(self, source: Any, info: Info | None, args: list[Any], kwargs: dict[str, Any]) -> Any:
        """The key, or None."""
        managed = info is not None and may(author_of(info), Permission.MANAGE_ACCESS, source.scope)
        return super().get_result(source, info, args, kwargs) if managed else None


@strawberry_django.type(
    models.Grant,
    description="A role that a user or an API key holds: in an organisation, or in a part of it.",
)
class Grant(Node):
    role: Role = field(description="The role.")
    created_at: datetime = field(description="When the role was granted.")
    user: User | None = field(description="The user who holds it; null for a key's.")
    api_key: ApiKey | None = strawberry_django.field(
        field_cls=ManagedKey,
        only=["organisation_id", "project_id", "environment_id"],
        description="The key that holds it; null for a user's, and where you may not manage access.",
    )

    @computed(
        description="Whoever holds it: the user's name or e-mail address, or the key's name.",
        only=["user__name", "user__email", "api_key__name"],
        select_related=["user", "api_key"],
    )
    @staticmethod
    def holder_name(root: models.Grant) -> str:
        return str(root.user or root.api_key)

    @computed(description="The project that the role is for; null for the whole organisation.", only=["project_id"])
    @staticmethod
    def project_id(root: models.Grant) -> strawberry.ID | None:
        return encode_id("Project", root.project_id) if root.project_id else None

    @computed(description="The environment that the role is for; null for all.", only=["environment_id"])
    @staticmethod
    def environment_id(root: models.Grant) -> strawberry.ID | None:
        return encode_id("Environment", root.environment_id) if root.environment_id else None


@strawberry_django.type(models.Organisation, description="Owns projects; nothing is shared between organisations.")
class Organisation(Node):
    name: str = field(description="The organisation's name.")
    created_at: datetime = field(description="When the organisation was created.")
    projects: Connection[Annotated["Project", strawberry.lazy("server.schema.projects.types")]] = connection(
        narrow=projects, description="The organisation's projects that you may see."
    )
    api_keys: Connection[ApiKey] = connection(
        narrow=api_keys, description="The organisation's API keys that you may manage."
    )
    grants: Connection[Grant] = connection(narrow=grants, description="Who holds which role, where you hold one.")


@strawberry.type(description="An API key that was just created.")
class CreatedApiKey:
    key: str = strawberry.field(description="The key itself: it is shown this once, and stored nowhere.")
    api_key: ApiKey = strawberry.field(description="What is kept of it.")


@strawberry.type(description="Who asks.")
class Viewer:
    kind: AuthorKind = strawberry.field(description="Whether you are a user or an API key.")
    id: strawberry.ID = strawberry.field(description="Your id.")
    name: str = strawberry.field(description="Your name, as the audit log tells it.")
    grants: list["HeldRole"] = strawberry.field(
        description="The roles that you hold: at most 200 in each organisation."
    )


@strawberry.type(description="A role that whoever asks holds, and where.")
class HeldRole:
    role: Role = strawberry.field(description="The role.")
    organisation_id: strawberry.ID = strawberry.field(description="The organisation.")
    project_id: strawberry.ID | None = strawberry.field(description="The project; null for the whole organisation.")
    environment_id: strawberry.ID | None = strawberry.field(description="The environment; null for all.")
