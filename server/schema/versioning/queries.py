"""Lists of flags."""

from typing import Annotated

import strawberry
from django.db.models import QuerySet
from strawberry import ID, Info

from server.schema.authors import author_of
from server.schema.connections import Connection, connection
from server.schema.ids import decode_id
from server.schema.texts import sound
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
    text: Annotated[str | None, strawberry.argument(description="Only with this text in the feature's key.")] = None,
    order: Annotated[selectors.FlagOrder, strawberry.argument(description="The order.")] = selectors.FlagOrder.KEY,
) -> QuerySet[models.Flag]:
    return selectors.search_flags(
        author_of(info),
        environment_id=None if environment_id is None else decode_id(environment_id, "Environment"),
        feature_id=None if feature_id is None else decode_id(feature_id, "Feature"),
        text=sound(text),
        order=order,
    )


@strawberry.type
class FlagQueries:
    flags: Connection[Flag] = connection(
        resolver=_flags, description="The flags that you may see: features in environments."
    )
