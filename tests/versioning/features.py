"""Changes features in one line, and reads their options. Knows no rule."""

from typing import Any

from server.accounts.authors import Author
from server.features.models import Feature, Option
from server.versioning.feature_changes import FeatureChange, OptionChange
from server.versioning.services.update_feature import update_feature
from tests.factories import NOW, World, shares
from tests.versioning.flags import override, update


def edit(world: World, feature: Feature, author: Author | None = None, **fields: Any) -> Feature:
    """Change the feature."""
    return update_feature(feature_id=feature.pk, change=FeatureChange(**fields), author=author or world.author, now=NOW)


def redefine(option: Option, **fields: Any) -> dict[str, Any]:
    """A change of this option and nothing else."""
    return {"update_options": [OptionChange(option.pk, **fields)]}


def use(world: World, feature: Feature, key: str) -> None:
    """Let a flag deal units to the option, in an override."""
    update(world, feature, override(world.segment("beta"), shares=shares(feature, {key: 10})))


def option_rows(feature: Feature) -> list[tuple[str, Any, int]]:
    """Key, value and default allocation of the options that there are."""
    rows = feature.options.filter(removed_at=None).order_by("pk")
    return list(rows.values_list("key", "value", "default_allocation"))
