"""Renaming an environment, and switching its mode: what is served stays, and so does what is sealed."""

from typing import Any

import pytest
from django.db.models import Model

from server.accounts.permissions import MissingRole
from server.accounts.roles import Role
from server.audit.models import AuditRecord
from server.errors import InvalidInput, NotFound
from server.projects.models import Environment, Versioning
from server.projects.names import NameTaken
from server.unset import UNSET
from server.versioning.change_sets import AtPriority
from server.versioning.models import Cause, Flag, FlagState, FlagVersion, Placement
from server.versioning.services.create_environment import create_environment
from server.versioning.services.update_environment import update_environment
from tests.factories import NOW, World, new_author, new_world, shares
from tests.rows import unchanged
from tests.versioning.flags import (
    change,
    in_both_modes,
    live_version,
    override,
    problems_of,
    served,
    state_rows,
    update,
)
from tests.versioning.statements import statements

in_v1 = pytest.mark.parametrize("world", [Versioning.V1], indirect=True)


def edit(
    world: World,
    *,
    versioning: Any = UNSET,
    name: Any = UNSET,
    record_exposures: Any = UNSET,
    author: Any = None,
) -> Environment:
    return update_environment(
        environment_id=world.environment.pk,
        name=name,
        versioning=versioning,
        record_exposures=record_exposures,
        author=author or world.author,
        now=NOW,
    )


def busy_flags(world: World, count: int = 3) -> list[Flag]:
    """Flags with overrides, shares, and an edit or two."""
    one, two = world.segment("one"), world.segment("two")
    flags = []
    for _ in range(count):
        feature = world.feature()
        update(world, feature, override(one, "1"), override(two, "2", shares=shares(feature, {"blue": 33.33})))
        edited = update(
            world,
            feature,
            override(two, enabled=False, place=AtPriority(1)),
            default=change("green", shares=shares(feature, {"red": 50})),
        )
        flags.append(edited)
    return flags


def rows_of_sealed() -> dict[type[Model], list[Any]]:
    """Every row that belongs to a sealed version."""
    sealed = FlagVersion.objects.filter(sealed_at__isnull=False).order_by("pk")
    placements = Placement.objects.filter(version__in=sealed).order_by("pk")
    states = FlagState.objects.filter(placements__in=placements).distinct().order_by("pk")
    return {rows.model: list(rows.values()) for rows in (sealed, placements, states)}


def test_there_and_back_serves_the_same_and_keeps_what_is_sealed(world: World) -> None:
    flags = busy_flags(world)
    before = [(served(flag), state_rows(live_version(flag))) for flag in flags]
    sealed = rows_of_sealed()

    for mode in (Versioning.V1, Versioning.V2, Versioning.V1, Versioning.V2):
        assert edit(world, versioning=mode).versioning == mode
        assert Environment.objects.get(pk=world.environment.pk).versioning == mode
        assert [(served(flag), state_rows(live_version(flag))) for flag in flags] == before
        for model, rows in rows_of_sealed().items():
            assert all(row in rows for row in sealed[model])
        sealed = rows_of_sealed()


def test_from_v2_to_v1_a_flag_goes_on_in_an_unsealed_copy(world: World) -> None:
    (flag,) = busy_flags(world, 1)
    sealed = live_version(flag)

    edit(world, versioning=Versioning.V1)

    copy = live_version(flag)
    assert (copy.number, copy.based_on_id, copy.sealed_at) == (sealed.number + 1, sealed.pk, None)
    assert (copy.cause, copy.author_id, copy.live_from) == (
        Cause.VERSIONING_CHANGED,
        world.author.id,
        NOW,
    )
    assert Flag.objects.get(pk=flag.pk).version == flag.version


@in_v1
def test_from_v1_to_v2_the_live_version_is_sealed(world: World) -> None:
    (flag,) = busy_flags(world, 1)
    live = live_version(flag)
    assert live.sealed_at is None

    edit(world, versioning=Versioning.V2)

    assert FlagVersion.objects.get(flag=flag).pk == live.pk == live_version(flag).pk
    assert live_version(flag).sealed_at == NOW


def test_an_edit_after_each_switch_writes_where_the_mode_says(world: World) -> None:
    (flag,) = busy_flags(world, 1)
    numbers = []
    for mode, value in ((Versioning.V1, "a"), (Versioning.V2, "b"), (Versioning.V1, "c")):
        edit(world, versioning=mode)
        sealed = rows_of_sealed()

        update(world, flag.feature, default=change(value))

        live = live_version(flag)
        numbers.append((live.number, live.sealed_at is None, served(flag)["default"][1]))
        for model, rows in rows_of_sealed().items():
            assert all(row in rows for row in sealed[model])
    assert numbers == [(4, True, "a"), (5, False, "b"), (6, True, "c")]
    assert flag.versions.filter(sealed_at=None).count() == 1


def test_other_environments_keep_their_mode(world: World) -> None:
    world.feature()
    other = create_environment(
        project_id=world.project.pk, name="staging", versioning=Versioning.V2, author=world.author, now=NOW
    )
    flags = list(Flag.objects.filter(environment=other).values())

    edit(world, versioning=Versioning.V1)

    assert list(Flag.objects.filter(environment=other).values()) == flags
    assert not FlagVersion.objects.filter(flag__environment=other, sealed_at=None).exists()


@in_both_modes
def test_a_switch_takes_as_many_statements_for_twenty_flags_as_for_one(world: World) -> None:
    there = Versioning.V1 if world.environment.versioning == Versioning.V2 else Versioning.V2
    back = Versioning(world.environment.versioning)

    def both_ways() -> list[int]:
        return [
            statements(lambda: edit(world, versioning=there)),
            statements(lambda: edit(world, versioning=back)),
        ]

    busy_flags(world, 1)
    for_one = both_ways()
    for _ in range(19):
        world.feature()
    for_twenty = both_ways()

    assert for_twenty == for_one
    assert sorted(for_one) == [10, 14]


def test_a_new_name_is_recorded_and_told_to_those_who_serve(world: World) -> None:
    edit(world, name="Live")

    row = AuditRecord.objects.first()
    assert row is not None
    assert (row.action, row.object_name, row.environment_id) == (
        "environment.update",
        "Live",
        world.environment.pk,
    )
    same = {"versioning": "V2", "allowedOrigins": [], "recordExposures": False}
    assert row.before == {"name": "production", **same}
    assert row.after == {"name": "Live", **same}
    assert Environment.objects.get(pk=world.environment.pk).revision == world.environment.revision + 1


def test_recording_exposures_is_turned_on_recorded_and_told_to_those_who_serve(world: World) -> None:
    edited = edit(world, record_exposures=True)
    with unchanged():
        edit(world, record_exposures=True)

    row = AuditRecord.objects.first()
    assert row is not None
    assert (row.before["recordExposures"], row.after["recordExposures"]) == (False, True)
    assert edited.revision == world.environment.revision + 1
    assert Environment.objects.get(pk=world.environment.pk).record_exposures is True


def test_a_switch_of_the_mode_alone_tells_nobody(world: World) -> None:
    edit(world, versioning=Versioning.V1)

    assert Environment.objects.get(pk=world.environment.pk).revision == world.environment.revision


def test_what_is_so_already_is_accepted_and_writes_nothing(world: World) -> None:
    busy_flags(world, 1)

    with unchanged():
        edit(world)
        edit(world, name="production", versioning=Versioning.V2)


def test_a_name_in_use_is_refused_whatever_its_case_and_no_mode_switched(world: World) -> None:
    busy_flags(world, 1)
    create_environment(
        project_id=world.project.pk, name="Staging", versioning=Versioning.V2, author=world.author, now=NOW
    )

    with unchanged(), pytest.raises(NameTaken) as refused:
        edit(world, name="sTAGING", versioning=Versioning.V1)

    assert (refused.value.code, refused.value.what, refused.value.name) == (
        "NAME_TAKEN",
        "environment",
        "sTAGING",
    )


@pytest.mark.parametrize(
    ("name", "code"), [(" ", "BLANK"), ("x" * 201, "TOO_LONG"), ("a\0", "BAD_TEXT"), (1, "WRONG_TYPE")]
)
def test_a_bad_name_is_refused(world: World, name: Any, code: str) -> None:
    with unchanged(), pytest.raises(InvalidInput) as refused:
        edit(world, name=name, versioning=Versioning.V1)

    assert problems_of(refused) == [(("input", "name"), code)]


def test_who_may(world: World) -> None:
    place = {"project_id": world.project.pk, "environment_id": world.environment.pk}
    editor = new_author(world.organisation, Role.EDITOR)
    elsewhere = create_environment(
        project_id=world.project.pk, name="staging", versioning=Versioning.V2, author=world.author, now=NOW
    )
    next_door = new_author(world.organisation, Role.OWNER, project_id=world.project.pk, environment_id=elsewhere.pk)
    stranger = new_author(new_world().organisation)

    with unchanged(), pytest.raises(MissingRole):
        edit(world, name=" ", author=editor)
    for author in (next_door, stranger):
        with unchanged(), pytest.raises(NotFound, match=r"no environment .*\(environmentId\)"):
            edit(world, name=" ", author=author)
    assert edit(world, name="Live", author=new_author(world.organisation, Role.ADMIN, **place)).name == "Live"
