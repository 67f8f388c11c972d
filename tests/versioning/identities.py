"""Forces values in one line, and reads what is forced. Knows no rule."""

from typing import Any

from server.accounts.authors import Author
from server.features.models import Feature, Option
from server.unset import UNSET
from server.versioning.identities import ForcedValue
from server.versioning.models import IdentityOverride
from server.versioning.services.remove_identity_override import remove_identity_override
from server.versioning.services.set_identity_override import set_identity_override
from tests.factories import NOW, World

UNIT = "user-1"


def force(
    world: World,
    feature: Feature,
    value: Any = UNSET,
    *,
    key: str = UNIT,
    option: Option | None = None,
    enabled: bool = True,
    author: Author | None = None,
) -> IdentityOverride:
    """Force an option or a value on a targeting key."""
    return set_identity_override(
        feature_id=feature.pk,
        environment_id=world.environment.pk,
        targeting_key=key,
        forced=ForcedValue(option.pk if option else UNSET, value, enabled),
        author=author or world.author,
        now=NOW,
    )


def release(world: World, feature: Feature, key: str = UNIT, author: Author | None = None) -> IdentityOverride:
    """Take the forced value away from a targeting key."""
    return remove_identity_override(
        feature_id=feature.pk,
        environment_id=world.environment.pk,
        targeting_key=key,
        author=author or world.author,
        now=NOW,
    )


def forced(world: World, feature: Feature) -> dict[str, tuple[bool, str | None, Any]]:
    """What is forced on whom: enabled, the option's key, the value."""
    rows = IdentityOverride.objects.filter(flag__feature=feature, flag__environment=world.environment)
    return {
        key: (enabled, option, value)
        for key, enabled, option, value in rows.values_list("targeting_key", "enabled", "option__key", "value")
    }
