"""Renaming a project."""

from typing import Any

import pytest

from server.accounts.permissions import MissingRole
from server.accounts.roles import Role
from server.audit.models import AuditRecord
from server.errors import InvalidInput, NotFound
from server.projects.models import Project
from server.projects.names import NameTaken
from server.projects.services.create_project import create_project
from server.projects.services.update_project import update_project
from tests.factories import NOW, World, new_author, new_world
from tests.rows import unchanged


def rename(world: World, name: Any, author: Any = None) -> Project:
    return update_project(project_id=world.project.pk, name=name, author=author or world.author, now=NOW)


def test_it_has_the_new_name_and_the_log_both(world: World) -> None:
    rename(world, "Store")

    assert Project.objects.get(pk=world.project.pk).name == "Store"
    row = AuditRecord.objects.first()
    assert row is not None
    assert (row.action, row.object_id, row.project_id, row.object_name) == (
        "project.update",
        world.project.pk,
        world.project.pk,
        "Store",
    )
    assert (row.before, row.after) == ({"name": "Shop"}, {"name": "Store"})


def test_the_case_of_its_own_name_may_change(world: World) -> None:
    assert rename(world, "SHOP").name == "SHOP"


def test_the_name_that_it_has_is_accepted_and_writes_nothing(world: World) -> None:
    with unchanged():
        assert rename(world, "Shop").name == "Shop"


@pytest.mark.parametrize(("name", "code"), [("", "BLANK"), ("x" * 201, "TOO_LONG"), (5, "WRONG_TYPE")])
def test_a_bad_name_is_refused(world: World, name: Any, code: str) -> None:
    with unchanged(), pytest.raises(InvalidInput) as refused:
        rename(world, name)

    assert [(p.path, p.code) for p in refused.value.problems] == [(("input", "name"), code)]


def test_a_name_in_use_is_refused_whatever_its_case(world: World) -> None:
    create_project(organisation_id=world.organisation.pk, name="Blog", author=world.author, now=NOW)

    with unchanged(), pytest.raises(NameTaken) as refused:
        rename(world, "bLOG")

    assert (refused.value.code, refused.value.what, refused.value.name) == ("NAME_TAKEN", "project", "bLOG")


def test_who_may(world: World) -> None:
    inside = new_author(
        world.organisation, Role.OWNER, project_id=world.project.pk, environment_id=world.environment.pk
    )
    editor = new_author(world.organisation, Role.EDITOR)
    other = create_project(organisation_id=world.organisation.pk, name="Blog", author=world.author, now=NOW)
    next_door = new_author(world.organisation, Role.OWNER, project_id=other.pk)
    stranger = new_author(new_world().organisation)

    for author in (inside, editor):
        with unchanged(), pytest.raises(MissingRole):
            rename(world, "", author)
    for author in (next_door, stranger):
        with unchanged(), pytest.raises(NotFound, match=r"no project .*\(projectId\)"):
            rename(world, "", author)
    admin = new_author(world.organisation, Role.ADMIN, project_id=world.project.pk)
    assert rename(world, "Store", admin).name == "Store"
