"""Identity overrides in the API: what a flag forces on one targeting key."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
import strawberry_django

from server.schema.authors import AUTHOR_COLUMNS, ChangeAuthor, change_author
from server.schema.features.types import MultivariateOption
from server.schema.fields import computed, field
from server.schema.nodes import Node
from server.schema.scalars import FlagValue
from server.versioning import models

if TYPE_CHECKING:
    from server.schema.versioning.types import Flag


@strawberry_django.type(
    models.IdentityOverride,
    description=(
        "What a flag serves to one targeting key, whatever else it says: a forced value. It is looked at before all "
        "overrides for segments, and is no part of the flag's versions."
    ),
)
class IdentityOverride(Node):
    targeting_key: str = field(description="The identifier of the one unit.")
    enabled: bool = field(
        description="Whether the flag is on for the unit; when it is off, it gets the feature's default value."
    )
    option: MultivariateOption | None = field(description="The option that is forced; null where it is a value.")
    value: FlagValue | None = field(description="The value that is forced; null where it is an option's.")
    created_at: datetime = field(description="When a value was first forced on the targeting key.")
    updated_at: datetime = field(description="When the override last changed.")
    flag: Annotated["Flag", strawberry.lazy("server.schema.versioning.types")] = field(
        description="The flag that serves it."
    )

    @computed(description="Who set it last.", only=AUTHOR_COLUMNS)
    @staticmethod
    def author(root: models.IdentityOverride) -> ChangeAuthor:
        return change_author(root)
