"""Taking a forced value away: what is left, and what is refused."""

import pytest

from server.accounts.permissions import MissingRole
from server.accounts.roles import Role
from server.audit.models import AuditRecord
from server.errors import InvalidInput, NotFound
from server.features.models import Forbids
from server.projects.models import Environment
from server.versioning.models import IdentityOverride
from tests.factories import World, new_author, new_world, options_by_key
from tests.features.holds import hold
from tests.rows import unchanged
from tests.versioning.flags import in_both_modes, problems_of
from tests.versioning.identities import UNIT, force, forced, release


@in_both_modes
def test_it_goes_counts_as_an_edit_and_is_answered_as_it_was(world: World) -> None:
    feature = world.feature(key="colour")
    blue = options_by_key(feature)["blue"]
    id = force(world, feature, option=blue).pk
    force(world, feature, "white", key="user-2")
    flag, revision = world.flag(feature), Environment.objects.get(pk=world.environment.pk).revision

    removed = release(world, feature)

    assert (removed.pk, removed.targeting_key, removed.option) == (id, UNIT, blue)
    assert forced(world, feature) == {"user-2": (True, None, "white")}
    after = world.flag(feature)
    assert (after.version, after.live_version_id) == (flag.version + 1, flag.live_version_id)
    assert Environment.objects.get(pk=world.environment.pk).revision == revision + 1
    row = AuditRecord.objects.latest("id")
    facts = {"targetingKey": UNIT, "enabled": True, "option": {"id": blue.pk, "key": "blue"}, "value": None}
    assert (row.action, row.object_type, row.object_id) == ("flag.remove_identity_override", "Flag", flag.pk)
    assert (row.before, row.after) == (facts, None)


def test_what_is_not_there_is_not_found(world: World) -> None:
    feature = world.feature()
    force(world, world.feature(), "white")

    with unchanged(), pytest.raises(NotFound) as refused:
        release(world, feature)

    assert refused.value.field == "targetingKey"


def test_a_key_that_is_none_is_refused(world: World) -> None:
    feature, elsewhere = world.feature(), world.with_project().feature()

    with unchanged(), pytest.raises(InvalidInput) as refused:
        release(world, feature, key="a\0b")
    with unchanged(), pytest.raises(InvalidInput) as refused_elsewhere:
        release(world, elsewhere, key="")

    assert problems_of(refused) == [(("input", "targetingKey"), "BAD_TEXT")]
    assert problems_of(refused_elsewhere) == [
        (("input", "featureId"), "WRONG_PROJECT"),
        (("input", "targetingKey"), "BLANK"),
    ]


def test_a_running_experiment_does_not_mind(world: World) -> None:
    feature = world.feature()
    force(world, feature, "white")
    hold(feature, world.environment, Forbids.AHEAD, world.segment())

    release(world, feature)

    assert not IdentityOverride.objects.exists()


def test_nobody_below_an_editor_removes_any_and_strangers_find_nothing(world: World) -> None:
    feature, stranger = world.feature(), new_world().author
    viewer = new_author(world.organisation, Role.VIEWER)
    force(world, feature, "white")

    with unchanged(), pytest.raises(MissingRole):
        release(world, feature, author=viewer)
    with unchanged(), pytest.raises(NotFound):
        release(world, feature, author=stranger)
