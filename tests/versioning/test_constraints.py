"""What the database itself keeps of flags, versions, states and placements, whoever writes."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction

from server.projects.models import Versioning
from server.versioning.models import Allocation, Flag, FlagState, FlagVersion, Lineage, Placement
from tests.factories import NOW, World, options_by_key, shares
from tests.rows import unchanged
from tests.versioning.flags import change, live_version, override, update

pytestmark = pytest.mark.parametrize("world", [Versioning.V1], indirect=True)


def new_version(flag: Flag, **fields: object) -> FlagVersion:
    facts = {"number": 2, "cause": "FLAG_UPDATED", "author_kind": "USER", "author_name": "x", "live_from": NOW}
    return FlagVersion.objects.create(flag=flag, **facts | fields)


def first_placement(flag: Flag) -> Placement:
    return Placement.objects.get(version=live_version(flag), priority=1)


def placed_again(flag: Flag, **fields: object) -> Placement:
    placement = first_placement(flag)
    facts = {"version": placement.version, "state": placement.state, "segment": placement.segment, "priority": 9}
    return Placement.objects.create(**facts | fields)


def share_of(flag: Flag, key: str, share: int) -> Allocation:
    option = options_by_key(flag.feature)[key]
    state = FlagState.objects.create(lineage=flag.lineages.all()[0], enabled=True, value=1)
    Allocation.objects.create(state=state, option=options_by_key(flag.feature)["blue"], share=1)
    return Allocation.objects.create(state=state, option=option, share=share)


REFUSED: dict[str, Callable[[Flag], object]] = {
    "flag_unique": lambda flag: Flag.objects.create(feature=flag.feature, environment=flag.environment),
    "flag_version_number_unique": lambda flag: new_version(flag, number=1, sealed_at=NOW),
    "flag_version_one_unsealed": lambda flag: new_version(flag),
    "lineage_of_default_unique": lambda flag: Lineage.objects.create(flag=flag, salt="x"),
    "lineage_of_override_unique": lambda flag: Lineage.objects.create(
        flag=flag, segment=first_placement(flag).segment, salt="x"
    ),
    "placement_one_default": lambda flag: placed_again(flag, segment=None, priority=None),
    "placement_segment_unique": lambda flag: placed_again(flag),
    "placement_priority_unique": lambda flag: (
        Placement.objects.filter(version=live_version(flag)).exclude(segment=None).update(priority=3)
    ),
    "placement_override_has_priority": lambda flag: Placement.objects.filter(pk=first_placement(flag).pk).update(
        priority=None
    ),
    "allocation_unique": lambda flag: share_of(flag, "blue", 1),
    "allocation_share_range": lambda flag: share_of(flag, "red", 0),
}


@pytest.mark.parametrize("constraint", REFUSED)
def test_the_database_refuses(world: World, constraint: str) -> None:
    feature = world.feature()
    split = shares(feature, {"blue": 10})
    flag = update(world, feature, override(world.segment()), override(world.segment()), default=change(shares=split))

    with unchanged(), pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        REFUSED[constraint](flag)
