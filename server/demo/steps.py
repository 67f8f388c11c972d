"""What people do with the flags of a shop, as steps of its story: each is one call of a service, and holds no rule."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from server.demo.shop import PRODUCTION, Shop, Split, State, points
from server.evaluation.percentages import NOTHING
from server.features.models import ValueType
from server.features.options import NewOption
from server.features.services.create_segment import create_segment
from server.features.services.update_segment import update_segment
from server.versioning.change_sets import FlagChangeSet, Place, SegmentOverrideChangeSet, StateChange
from server.versioning.feature_changes import FeatureChange
from server.versioning.identities import ForcedValue
from server.versioning.services.create_feature import NewFeature, create_feature
from server.versioning.services.set_identity_override import set_identity_override
from server.versioning.services.update_feature import update_feature
from server.versioning.services.update_flag import update_flag


@dataclass(frozen=True)
class AddFeature:
    """A feature; each option's value, and where it has one its default share in percent."""

    days_ago: float
    key: str
    description: str
    value_type: ValueType
    value: Any
    options: dict[str, Any] = field(default_factory=dict)
    default_shares: Split = field(default_factory=dict)
    server_only: bool = False

    def take(self, shop: Shop, now: datetime) -> None:
        """Create it."""
        options = [
            NewOption(key, value, points(self.default_shares[key]) if key in self.default_shares else NOTHING)
            for key, value in self.options.items()
        ]
        request = NewFeature(
            project_id=shop.project.pk,
            key=self.key,
            description=self.description,
            value_type=self.value_type,
            value=self.value,
            options=options,
            server_only=self.server_only,
        )
        shop.features[self.key] = create_feature(request=request, author=shop.authors["owner"], now=now)


@dataclass(frozen=True)
class ArchiveFeature:
    """A feature that nobody needs any more."""

    days_ago: float
    key: str

    def take(self, shop: Shop, now: datetime) -> None:
        """Archive it."""
        change = FeatureChange(archived=True)
        update_feature(feature_id=shop.features[self.key].pk, change=change, author=shop.authors["owner"], now=now)


@dataclass(frozen=True)
class AddSegment:
    """A segment with its first rules."""

    days_ago: float
    name: str
    description: str
    rules: dict[str, Any]

    def take(self, shop: Shop, now: datetime) -> None:
        """Create it."""
        shop.segments[self.name] = create_segment(
            project_id=shop.project.pk,
            name=self.name,
            description=self.description,
            rules=self.rules,
            author=shop.authors["owner"],
            now=now,
        )


@dataclass(frozen=True)
class ChangeSegment:
    """Other rules for a segment: its next version."""

    days_ago: float
    name: str
    rules: dict[str, Any]

    def take(self, shop: Shop, now: datetime) -> None:
        """Set them."""
        segment = shop.segments[self.name]
        update_segment(segment_id=segment.pk, rules=self.rules, author=shop.authors["owner"], now=now)


@dataclass(frozen=True)
class Override:
    """What a flag is to serve to one segment, or that it shall have no override for it any more."""

    segment: str
    state: State = field(default_factory=State)
    place: Place | None = None
    remove: bool = False

    def on(self, shop: Shop, feature_key: str) -> SegmentOverrideChangeSet:
        """The change as the services ask for it."""
        change = StateChange() if self.remove else self.state.on(shop, feature_key)
        return SegmentOverrideChangeSet(shop.segments[self.segment].pk, change, self.place, self.remove)


@dataclass(frozen=True)
class ChangeFlag:
    """A change of what a flag serves in one environment."""

    days_ago: float
    key: str
    default: State | None = None
    overrides: Sequence[Override] = ()
    environment: str = PRODUCTION
    author: str = "owner"

    def take(self, shop: Shop, now: datetime) -> None:
        """Make it."""
        change_set = FlagChangeSet(
            default=self.default.on(shop, self.key) if self.default else None,
            overrides=tuple(override.on(shop, self.key) for override in self.overrides),
        )
        update_flag(
            feature_id=shop.features[self.key].pk,
            environment_id=shop.environments[self.environment].pk,
            change_set=change_set,
            author=shop.authors[self.author],
            now=now,
        )


@dataclass(frozen=True)
class ForceValue:
    """A value that is forced on one targeting key."""

    days_ago: float
    feature: str
    targeting_key: str
    value: Any
    environment: str = PRODUCTION
    author: str = "owner"

    def take(self, shop: Shop, now: datetime) -> None:
        """Force it."""
        set_identity_override(
            feature_id=shop.features[self.feature].pk,
            environment_id=shop.environments[self.environment].pk,
            targeting_key=self.targeting_key,
            forced=ForcedValue(value=self.value),
            author=shop.authors[self.author],
            now=now,
        )
