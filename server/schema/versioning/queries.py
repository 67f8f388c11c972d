"""Lists of flags."""

from typing import Annotated

import strawberry
from django.db.models import QuerySet
from strawberry import ID, Info

from server.schema.authors import author_of
from server.schema.connections import Connection, connection
from server.schema.narrowing import key_of
from server.schema.texts import sound
from server.schema.versioning.lists import Archived, InFlagOrder, Text
from server.schema.versioning.types import Flag
from server.versioning import models, selectors


def _flags(
    info: Info,
    environment_id: Annotated[
        ID | None, strawberry.argument(description="The environment; left out, all that you may see.")
    ] = None,
    feature_id: Annotated[
        ID | None,
        strawberry.argument(description="Only of this feature; with an environment too, that is one flag."),
    ] = None,
    text: Text = None,
    archived: Archived = None,
    order: InFlagOrder = selectors.FlagOrder.KEY,
) -> QuerySet[models.Flag]:
    return selectors.flags_for(
        models.Flag.objects.all(),
        author_of(info),
        environment_id=key_of(environment_id, "Environment"),
        feature_id=key_of(feature_id, "Feature"),
        text=sound(text),
        archived=archived,
        order=order,
    )


@strawberry.type
class FlagQueries:
    flags: Connection[Flag] = connection(
        resolver=_flags, description="The flags that you may see: features in environments."
    )
