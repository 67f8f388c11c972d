"""What lists of flags and their versions can be narrowed and ordered by, below other objects too."""

from typing import Annotated

import strawberry
from django.db.models import QuerySet
from strawberry import ID

from server.accounts.authors import Author
from server.schema.features.lists import AuthorId, Since, Until
from server.schema.narrowing import holder_of, key_of
from server.schema.texts import sound
from server.versioning import identity_selectors, selectors
from server.versioning.models import Cause, Flag, FlagVersion, IdentityOverride

Text = Annotated[str | None, strawberry.argument(description="Only with this text in the feature's key.")]
Archived = Annotated[
    bool | None, strawberry.argument(description="Only of archived features, or only of those in use.")
]
Causes = Annotated[
    list[Cause] | None, strawberry.argument(description="Only those that one of these brought into being.")
]
InFlagOrder = Annotated[selectors.FlagOrder, strawberry.argument(description="The order.")]
InVersionOrder = Annotated[selectors.FlagVersionOrder, strawberry.argument(description="The order.")]


def flags_here(
    rows: QuerySet[Flag],
    author: Author,
    *,
    feature_id: Annotated[ID | None, strawberry.argument(description="Only of this feature: that is one flag.")] = None,
    text: Text = None,
    archived: Archived = None,
    order: InFlagOrder = selectors.FlagOrder.KEY,
) -> QuerySet[Flag]:
    """Those of one environment's flags that exist for the author."""
    feature = key_of(feature_id, "Feature")
    return selectors.flags_for(rows, author, feature_id=feature, text=sound(text), archived=archived, order=order)


def flags_of_feature(
    rows: QuerySet[Flag],
    author: Author,
    *,
    environment_id: Annotated[
        ID | None, strawberry.argument(description="Only in this environment: that is one flag.")
    ] = None,
    order: InFlagOrder = selectors.FlagOrder.KEY,
) -> QuerySet[Flag]:
    """Those of one feature's flags that exist for the author."""
    return selectors.flags_for(rows, author, environment_id=key_of(environment_id, "Environment"), order=order)


def flag_versions(
    rows: QuerySet[FlagVersion],
    author: Author,
    *,
    cause: Causes = None,
    author_id: AuthorId = None,
    since: Since = None,
    until: Until = None,
    order: InVersionOrder = selectors.FlagVersionOrder.NEWEST,
) -> QuerySet[FlagVersion]:
    """Those of the flag versions that exist for the author."""
    return selectors.versions_for(
        rows, author, causes=cause, by=holder_of(author_id), since=since, until=until, order=order
    )


def identity_overrides(
    rows: QuerySet[IdentityOverride],
    author: Author,
    *,
    text: Annotated[str | None, strawberry.argument(description="Only with this text in the targeting key.")] = None,
    option_id: Annotated[ID | None, strawberry.argument(description="Only those that force this option.")] = None,
    enabled: Annotated[
        bool | None, strawberry.argument(description="Only those that the flag is on for, or only the others.")
    ] = None,
    author_id: AuthorId = None,
    order: Annotated[
        identity_selectors.IdentityOverrideOrder, strawberry.argument(description="The order.")
    ] = identity_selectors.IdentityOverrideOrder.TARGETING_KEY,
) -> QuerySet[IdentityOverride]:
    """Those of the identity overrides that exist for the author."""
    return identity_selectors.identity_overrides_for(
        rows,
        author,
        text=sound(text),
        option_id=key_of(option_id, "MultivariateOption"),
        enabled=enabled,
        by=holder_of(author_id),
        order=order,
    )
