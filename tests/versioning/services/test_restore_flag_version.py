"""Serving again what an earlier version served: a new edit, never a change of the past."""

import pytest

from server.accounts.permissions import MissingRole
from server.accounts.roles import Role
from server.audit.models import AuditRecord
from server.errors import NotFound
from server.features.holds import LockedByExperiment
from server.features.models import Feature, Forbids, Hold, Segment
from server.features.options import NewOption
from server.projects.models import Environment, Versioning
from server.versioning.feature_changes import FeatureChange
from server.versioning.locks import VersionMoved
from server.versioning.models import Cause, Flag, FlagVersion, Lineage
from server.versioning.services.delete_segment import delete_segment
from server.versioning.services.restore_flag_version import NotRestorable, restore_flag_version
from server.versioning.services.update_environment import update_environment
from server.versioning.services.update_feature import update_feature
from tests.factories import NOW, World, new_author, new_world, options_by_key, points, shares, split_of
from tests.features.holds import HOLDER, hold
from tests.rows import unchanged
from tests.versioning.flags import (
    change,
    live_version,
    override,
    removal,
    served,
    state_rows,
    update,
)


def restore(world: World, version: FlagVersion, *, expected: int | None = None, author: object = None) -> Flag:
    return restore_flag_version(
        version_id=version.pk,
        expected_version=expected,
        author=author or world.author,  # type: ignore[arg-type]
        now=NOW,
    )


def version_of(flag: Flag, number: int) -> FlagVersion:
    return FlagVersion.objects.get(flag=flag, number=number)


def edited_flag(world: World) -> tuple[Flag, Segment, Segment]:
    """Version 2 has overrides for a and b; version 3 serves something else altogether."""
    feature, a, b = world.feature(), world.segment("a"), world.segment("b")
    split = shares(feature, {"blue": 25})
    update(world, feature, override(a, "A", shares=split), override(b, "B"), default=change("green"))
    flag = update(world, feature, removal(a), override(b, "changed"), default=change("other", enabled=False))
    return flag, a, b


def test_the_flag_serves_again_what_it_served_in_a_new_sealed_version(world: World) -> None:
    flag, _, _ = edited_flag(world)
    then, lineages = version_of(flag, 2), set(Lineage.objects.values_list("pk", "salt"))

    restored = restore(world, then)

    live = live_version(flag)
    assert served(flag) == {
        "a": (True, "A", {"blue": 2500}),
        "b": (True, "B", {}),
        "default": (True, "green", {}),
    }
    # In states of their own: those of then have a bucket map that is not the latest any more.
    assert not set(state_rows(live).values()) & set(state_rows(then).values())
    assert (live.number, live.based_on, live.sealed_at) == (4, version_of(flag, 3), NOW)
    assert (live.cause, restored.version) == (Cause.VERSION_RESTORED, 4)
    assert set(Lineage.objects.values_list("pk", "salt")) == lineages


def test_it_is_recorded_and_raises_the_revision(world: World) -> None:
    flag, _, _ = edited_flag(world)
    before = Environment.objects.get(pk=world.environment.pk).revision

    restore(world, version_of(flag, 1))

    row = AuditRecord.objects.first()
    assert row is not None and row.before is not None and row.after is not None
    assert (row.action, row.object_type, row.object_id) == ("flag.restore", "Flag", flag.pk)
    assert [o["value"] for o in row.before["overrides"]] == ["changed"]
    assert row.after == {
        "default": {
            "segment": None,
            "priority": None,
            "enabled": True,
            "value": "grey",
            "allocations": [],
        },
        "overrides": [],
    }
    assert Environment.objects.get(pk=world.environment.pk).revision == before + 1


def test_under_v1_it_is_written_into_the_live_version(world: World) -> None:
    flag, _, _ = edited_flag(world)
    update_environment(environment_id=world.environment.pk, versioning=Versioning.V1, author=world.author, now=NOW)
    sealed = FlagVersion.objects.filter(sealed_at__isnull=False).order_by("pk")
    before, unsealed = list(sealed.values()), live_version(flag)

    restore(world, version_of(flag, 1))

    assert served(flag) == {"default": (True, "grey", {})}
    assert live_version(flag) == unsealed
    assert list(sealed.values()) == before


def test_what_is_served_already_is_accepted_and_writes_nothing(world: World) -> None:
    flag, _, _ = edited_flag(world)

    with unchanged():
        assert restore(world, live_version(flag)).version == 3


def with_experiment(world: World) -> tuple[Flag, Segment, Segment]:
    """A plain override in version 2, an experiment's in version 3, the plain one gone in version 4."""
    feature, plain = world.feature(), world.segment("plain")
    update(world, feature, override(plain, "P"))
    experiment = world.experiment(feature)
    flag = update(world, feature, removal(plain))
    return flag, plain, experiment.rollout.segment


def test_an_override_of_an_experiment_that_is_there_stays_behind_the_plain_ones(world: World) -> None:
    flag, _, system = with_experiment(world)
    state = state_rows(live_version(flag))[system.name]

    restore(world, version_of(flag, 2))

    assert list(served(flag)) == ["plain", system.name, "default"]
    assert state_rows(live_version(flag))[system.name] == state


def test_an_override_of_an_experiment_stays_ahead_of_those_that_it_is_ahead_of(world: World) -> None:
    feature, a, b = world.feature(), world.segment("a"), world.segment("b")
    flag = update(world, feature, override(a, "A"), override(b, "B"))
    system = world.experiment(feature, rollout=split_of(feature, priority=2)).rollout.segment
    with unchanged():
        restore(world, live_version(flag))
    update(world, feature, removal(a), override(b, "changed"))
    hold(feature, world.environment, Forbids.AHEAD, system)

    with unchanged(), pytest.raises(LockedByExperiment):
        restore(world, version_of(flag, 2))
    Hold.objects.filter(forbids=Forbids.AHEAD).delete()
    restore(world, version_of(flag, 2))

    assert list(served(flag)) == ["a", system.name, "b", "default"]


def test_an_override_of_an_experiment_that_is_gone_does_not_come_back(world: World) -> None:
    flag, _, system = with_experiment(world)
    with_system = version_of(flag, 3)
    Hold.objects.all().delete()
    update(world, flag.feature, removal(system))

    restore(world, with_system)

    assert list(served(flag)) == ["plain", "default"]


def test_an_override_that_would_come_ahead_of_a_running_experiments_is_refused(world: World) -> None:
    flag, _, system = with_experiment(world)
    hold(flag.feature, world.environment, Forbids.AHEAD, system)

    with unchanged(), pytest.raises(LockedByExperiment) as refused:
        restore(world, version_of(flag, 2))

    assert (refused.value.forbids, refused.value.holder) == (Forbids.AHEAD, HOLDER)


def test_a_removed_option_does_not_come_back(world: World) -> None:
    feature = world.feature()
    update(world, feature, default=change(shares=shares(feature, {"red": 10})))
    flag = update(world, feature, default=change(shares=shares(feature, {"red": 0})))
    red = options_by_key(feature)["red"]
    edit(world, feature, FeatureChange(remove_options=[red.pk]))

    with unchanged(), pytest.raises(NotRestorable, match="option") as refused:
        restore(world, version_of(flag, 2))

    assert refused.value.code == "NOT_RESTORABLE"
    assert restore(world, version_of(flag, 1)).version == 3


def test_a_removed_segment_does_not_come_back(world: World) -> None:
    flag, a, _ = edited_flag(world)
    delete_segment(segment_id=a.pk, author=world.author, now=NOW)

    with unchanged(), pytest.raises(NotRestorable, match="removed segment “a”"):
        restore(world, version_of(flag, 2))


def test_values_of_another_type_do_not_come_back(world: World) -> None:
    feature = world.feature(value_type="JSON", value="text", options=())
    flag = update(world, feature, default=change(True))
    edit(world, feature, FeatureChange(value_type="BOOLEAN", value=True))

    with unchanged(), pytest.raises(NotRestorable, match="type"):
        restore(world, version_of(flag, 1))


def test_the_expected_version_counts(world: World) -> None:
    flag, _, _ = edited_flag(world)

    with unchanged(), pytest.raises(VersionMoved) as refused:
        restore(world, version_of(flag, 1), expected=2)

    assert (refused.value.expected, refused.value.actual) == (2, 3)
    assert restore(world, version_of(flag, 1), expected=3).version == 4


def test_who_may(world: World) -> None:
    flag, _, _ = edited_flag(world)
    version = version_of(flag, 1)
    place = {"project_id": world.project.pk, "environment_id": world.environment.pk}
    viewer = new_author(world.organisation, Role.VIEWER, **place)
    stranger = new_author(new_world().organisation)
    editor = new_author(world.organisation, Role.EDITOR, **place)

    with unchanged(), pytest.raises(NotFound, match=r"no flag version .*\(versionId\)"):
        restore(world, FlagVersion(pk=0))
    with unchanged(), pytest.raises(NotFound, match=r"no flag version .*\(versionId\)"):
        restore(world, version, expected=9, author=stranger)
    with unchanged(), pytest.raises(MissingRole):
        restore(world, version, expected=9, author=viewer)
    assert restore(world, version, author=editor).version == 4


def edit(world: World, feature: Feature, change: FeatureChange) -> None:
    update_feature(feature_id=feature.pk, change=change, author=world.author, now=NOW)


def test_an_option_that_came_since_has_no_share(world: World) -> None:
    flag, _, _ = edited_flag(world)
    edit(world, flag.feature, FeatureChange(add_options=[NewOption("pink", "p", points(10))]))

    restore(world, version_of(flag, 1))

    assert served(flag) == {"default": (True, "grey", {})}
