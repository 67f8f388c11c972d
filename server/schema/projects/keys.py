"""Environment keys in the API. Never shows a key itself, but in the answer to its creation."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
import strawberry_django

from server.projects import models
from server.schema.authors import AUTHOR_COLUMNS, ChangeAuthor, change_author
from server.schema.fields import computed, field
from server.schema.nodes import Node

if TYPE_CHECKING:
    from server.schema.projects.types import Environment


@strawberry_django.type(
    models.EnvironmentKey,
    description=(
        "What an application asks for the flags of one environment with: `Authorization: Bearer <key>`, or "
        "`X-API-Key`. It opens nothing of this API. The key itself is never shown again."
    ),
)
class EnvironmentKey(Node):
    name: str = field(description="What the key is for.")
    kind: models.EnvironmentKeyKind = field(description="Where the application keeps the key.")
    prefix: str = field(description="How the key goes on after its start (`fss_` or `fsc_`), to recognise it by.")
    created_at: datetime = field(description="When the key was created.")
    expires_at: datetime | None = field(description="From when on the key counts for nothing; null for never.")
    revoked_at: datetime | None = field(description="When the key was revoked; null while it counts.")
    environment: Annotated["Environment", strawberry.lazy("server.schema.projects.types")] = field(
        description="The environment whose flags the key opens."
    )

    @computed(description="Who created the key.", only=AUTHOR_COLUMNS)
    @staticmethod
    def author(root: models.EnvironmentKey) -> ChangeAuthor:
        return change_author(root)


@strawberry.type(description="An environment key that was just created.")
class CreatedEnvironmentKey:
    key: str = strawberry.field(description="The key itself: it is shown this once, and stored nowhere.")
    environment_key: EnvironmentKey = strawberry.field(description="What is kept of it.")
