"""A new project, in the organisation that its author belongs to."""

from typing import Any

import pytest

from server.accounts.authors import Author
from server.accounts.permissions import MissingRole
from server.accounts.roles import Role
from server.audit.models import AuditRecord
from server.errors import InvalidInput, NotFound
from server.projects.models import Project
from server.projects.names import NameTaken
from server.projects.services.create_project import create_project
from tests.factories import NOW, SYSTEM, World, new_author, new_world
from tests.rows import unchanged


def create(world: World, name: Any = "Blog", *, author: Author | None = None, named: bool = True) -> Project:
    organisation_id = world.organisation.pk if named else None
    return create_project(organisation_id=organisation_id, name=name, author=author or world.author, now=NOW)


@pytest.mark.parametrize("named", [True, False])
def test_it_is_created_and_recorded(world: World, named: bool) -> None:
    project = create(world, named=named)

    project.refresh_from_db()
    assert (project.organisation, project.name, project.created_at) == (world.organisation, "Blog", NOW)
    assert not project.environments.exists()
    row = AuditRecord.objects.first()
    assert row is not None
    assert (row.action, row.object_type, row.object_id, row.object_name) == (
        "project.create",
        "Project",
        project.pk,
        "Blog",
    )
    assert (row.organisation_id, row.project_id, row.environment_id) == (
        world.organisation.pk,
        project.pk,
        None,
    )
    assert (row.before, row.after) == (None, {"name": "Blog"})


def test_who_belongs_to_several_organisations_or_none_names_one(world: World) -> None:
    other = new_world()
    both = Author(world.author.kind, world.author.id, world.author.name, world.author.grants + other.author.grants)
    nobody = Author(world.author.kind, world.author.id, world.author.name)

    for author in (both, nobody, SYSTEM):
        with unchanged(), pytest.raises(InvalidInput) as refused:
            create(world, author=author, named=False)
        assert [(p.path, p.code) for p in refused.value.problems] == [(("input", "organisationId"), "MISSING")]
    assert create(world, author=both).organisation == world.organisation


@pytest.mark.parametrize(
    ("name", "code"),
    [("", "BLANK"), (" \t", "BLANK"), ("x" * 201, "TOO_LONG"), ("a\0", "BAD_TEXT"), (None, "WRONG_TYPE")],
)
def test_a_bad_name_is_refused(world: World, name: Any, code: str) -> None:
    with unchanged(), pytest.raises(InvalidInput) as refused:
        create(world, name)

    assert [(p.path, p.code) for p in refused.value.problems] == [(("input", "name"), code)]


def test_a_name_in_use_is_refused_whatever_its_case_in_its_organisation_only(world: World) -> None:
    with unchanged(), pytest.raises(NameTaken) as refused:
        create(world, "sHOP")

    assert (refused.value.code, refused.value.what, refused.value.name) == ("NAME_TAKEN", "project", "sHOP")
    create(world, "Blog")
    assert create(new_world(), "Blog").name == "Blog"


def test_who_may(world: World) -> None:
    editor = new_author(world.organisation, Role.EDITOR)
    of_project = new_author(world.organisation, Role.OWNER, project_id=world.project.pk)
    stranger = new_author(new_world().organisation)

    for author in (editor, of_project):
        for named in (True, False):
            with unchanged(), pytest.raises(MissingRole):
                create(world, "", author=author, named=named)
    with unchanged(), pytest.raises(NotFound, match=r"no organisation .*\(organisationId\)"):
        create(world, "", author=stranger)
    assert create(world, author=new_author(world.organisation, Role.ADMIN)).name == "Blog"
