"""Reads of identity overrides: what exists for an author, and what of a feature is forced on somebody."""

from collections.abc import Collection
from enum import StrEnum
from typing import Any

from django.db.models import QuerySet

from server.accounts.authors import Author
from server.versioning.models import IdentityOverride
from server.versioning.selectors import visible_flags


class IdentityOverrideOrder(StrEnum):
    """The order of a list of identity overrides; each value is its columns, from their end with a minus."""

    TARGETING_KEY = "targeting_key id"
    NEWEST = "-created_at -id"
    OLDEST = "created_at id"
    RECENTLY_UPDATED = "-updated_at -id"


def identity_overrides_for(
    overrides: QuerySet[IdentityOverride],
    author: Author,
    *,
    text: str | None = None,
    option_id: int | None = None,
    enabled: bool | None = None,
    by: tuple[str, int] | None = None,
    order: IdentityOverrideOrder = IdentityOverrideOrder.TARGETING_KEY,
) -> QuerySet[IdentityOverride]:
    """Those of the identity overrides that exist for the author; ``by`` is the kind and the key of who set them."""
    overrides = overrides.filter(visible_flags(author, flag="flag__"))
    if text:
        overrides = overrides.filter(targeting_key__icontains=text)
    if option_id is not None:
        overrides = overrides.filter(option_id=option_id)
    if enabled is not None:
        overrides = overrides.filter(enabled=enabled)
    if by is not None:
        overrides = overrides.filter(author_kind=by[0], author_id=by[1])
    return overrides.order_by(*order.split())


def forced_options(option_ids: Collection[int]) -> list[tuple[str, int, str]]:
    """Where one of the options is forced on somebody: the option's key, flag, name of the environment."""
    using = IdentityOverride.objects.filter(option_id__in=option_ids).order_by("flag_id", "option_id", "id")
    return list(using.values_list("option__key", "flag_id", "flag__environment__name"))


def forced_values(feature_id: int) -> list[tuple[str, Any]]:
    """Every value that flags of the feature force on somebody, with the name of the environment."""
    forced = IdentityOverride.objects.filter(flag__feature_id=feature_id, option=None)
    return list(forced.values_list("flag__environment__name", "value"))
