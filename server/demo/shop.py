"""The demo's shop while its story is told: what is there so far, by name. Writes only through the services."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from server.accounts.authors import Author
from server.evaluation.percentages import BasisPoints
from server.experimentation.models import Experiment, Metric
from server.features.models import Feature, Option, Segment
from server.projects.models import Environment, Project
from server.versioning.change_sets import AllocationChange, StateChange

ORGANISATION = "Fairsplit Shop"
PROJECT = "Shop"
PRODUCTION = "production"
STAGING = "staging"

Split = Mapping[str, float]
"""Shares in percent, by the keys of options."""


@dataclass
class Shop:
    """A project with its two environments, the people who work on it, and what they made so far."""

    project: Project
    environments: Mapping[str, Environment]
    authors: Mapping[str, Author]
    features: dict[str, Feature] = field(default_factory=dict)
    segments: dict[str, Segment] = field(default_factory=dict)
    metrics: dict[str, Metric] = field(default_factory=dict)
    experiments: dict[str, Experiment] = field(default_factory=dict)

    def option(self, feature_key: str, option_key: str) -> Option:
        """One of a feature's options."""
        return next(o for o in self.features[feature_key].present_options if o.key == option_key)

    def shares(self, feature_key: str, split: Split) -> tuple[AllocationChange, ...]:
        """A split as the services ask for it."""
        return tuple(AllocationChange(self.option(feature_key, key).pk, points(share)) for key, share in split.items())


@dataclass(frozen=True)
class State:
    """What a flag is to serve: what is left out stays, or is what the flag serves by default."""

    change: Mapping[str, Any] = field(default_factory=dict)
    split: Split = field(default_factory=dict)

    def on(self, shop: Shop, feature_key: str) -> StateChange:
        """The change as the services ask for it."""
        return StateChange(**self.change, allocations=shop.shares(feature_key, self.split))


class Step(Protocol):
    """One thing that somebody did, some days before the demo is loaded."""

    @property
    def days_ago(self) -> float: ...

    def take(self, shop: Shop, now: datetime) -> None:
        """Do it, at this moment."""


def points(percent: float) -> BasisPoints:
    """Percent as basis points."""
    return BasisPoints(round(percent * 100))


def tell(shop: Shop, story: list[Step], *, now: datetime) -> None:
    """Take every step in the order of time, as if it had happened when it says."""
    for step in sorted(story, key=lambda step: -step.days_ago):
        step.take(shop, now - timedelta(days=step.days_ago))
