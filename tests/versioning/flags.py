"""Changes flags in one line, and reads what they serve. Knows no rule."""

from typing import Any

import pytest

from server.accounts.authors import Author
from server.errors import InvalidInput
from server.features.models import Feature, Segment, ValueType
from server.projects.models import Environment, Versioning
from server.unset import UNSET, Unset
from server.versioning.change_sets import (
    AllocationChange,
    FlagChangeSet,
    Place,
    SegmentOverrideChangeSet,
    StateChange,
)
from server.versioning.lineup import lineup_of
from server.versioning.models import Flag, FlagVersion
from server.versioning.selectors import placements_of, placements_of_live
from server.versioning.services.update_flag import update_flag
from tests.factories import NOW, World

in_both_modes = pytest.mark.parametrize("world", [Versioning.V1, Versioning.V2], indirect=True)
State = tuple[bool, Any, dict[str, int]]


class Served(dict[str, State]):
    """States by the names of their segments; unlike other dicts, only equal to one in the same order."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, dict) and list(self.items()) == list(other.items())

    __hash__ = None


def change(
    value: Any = UNSET, *, enabled: bool | Unset = UNSET, shares: tuple[AllocationChange, ...] = ()
) -> StateChange:
    """A change of one state."""
    return StateChange(enabled, value, shares)


def override(
    segment: Segment,
    value: Any = UNSET,
    *,
    enabled: bool | Unset = UNSET,
    shares: tuple[AllocationChange, ...] = (),
    place: Place | None = None,
) -> SegmentOverrideChangeSet:
    """A change of the override for the segment."""
    return SegmentOverrideChangeSet(segment.pk, change(value, enabled=enabled, shares=shares), place)


def removal(segment: Segment) -> SegmentOverrideChangeSet:
    """The removal of the override for the segment."""
    return SegmentOverrideChangeSet(segment.pk, remove=True)


def update(
    world: World,
    feature: Feature,
    *overrides: SegmentOverrideChangeSet,
    default: StateChange | None = None,
    expected: int | None = None,
    author: Author | None = None,
    environment: Environment | None = None,
) -> Flag:
    """Change the feature's flag, in the world's environment unless told otherwise."""
    return update_flag(
        feature_id=feature.pk,
        environment_id=(environment or world.environment).pk,
        change_set=FlagChangeSet(default, overrides),
        expected_version=expected,
        author=author or world.author,
        now=NOW,
    )


def served(flag: Flag) -> Served:
    """What the flag serves now, in the order in which units meet it; shares by the keys of options."""
    return _states(placements_of_live(Flag.objects.get(pk=flag.pk)))


def served_by(version: FlagVersion) -> Served:
    """What a version serves, in the same form."""
    return _states(placements_of(version))


def state_rows(version: FlagVersion) -> dict[str, int]:
    """The ids of a version's states."""
    return {p.segment.name if p.segment else "default": p.state_id for p in placements_of(version)}


def live_version(flag: Flag) -> FlagVersion:
    """The live version, as it is stored now."""
    live = Flag.objects.select_related("live_version").get(pk=flag.pk).live_version
    assert live is not None
    return live


def problems_of(refused: pytest.ExceptionInfo[InvalidInput]) -> list[tuple[tuple[str | int, ...], str]]:
    """Where and what the problems of a refusal are."""
    return [(problem.path, problem.code) for problem in refused.value.problems]


def _states(placements: list[Any]) -> Served:
    keys = {a.option_id: a.option.key for p in placements for a in p.state.allocations.all()}
    return Served(
        {
            standing.segment.name if standing.segment else "default": (
                standing.content.enabled,
                standing.content.value,
                {keys[option]: int(share) for option, share in standing.content.allocations.items()},
            )
            for standing in lineup_of(placements, value_type=ValueType.JSON)
        }
    )
