"""A new segment: its rules are checked, and kept in a version."""

from typing import Any

import pytest

from server.accounts.permissions import MissingRole
from server.accounts.roles import Role
from server.audit.models import AuditRecord
from server.errors import InvalidInput, NotFound
from server.features.models import Segment
from server.features.segments import SegmentNameTaken
from server.features.services.create_segment import create_segment
from server.projects.models import Environment
from tests.factories import NOW, World, new_author, new_world
from tests.features.rules import PRO, condition, rule, split
from tests.rows import unchanged


def create(world: World, author: Any = None, **fields: Any) -> Segment:
    asked = {"name": "beta", "description": "", "rules": rule(PRO)} | fields
    return create_segment(project_id=world.project.pk, author=author or world.author, now=NOW, **asked)


def test_it_has_its_rules_in_a_first_version(world: World) -> None:
    segment = create(world, description="Who pays", rules=rule(PRO, rules=(rule(PRO, type="NONE"),)))

    segment.refresh_from_db()
    version = segment.versions.get()
    assert (segment.name, segment.description) == ("beta", "Who pays")
    assert (segment.is_system, segment.is_open, segment.removed_at) == (False, True, None)
    assert segment.current == version
    assert version.rules == rule(PRO, rules=(rule(PRO, type="NONE"),))
    assert (version.number, version.author_id, version.created_at) == (1, world.author.id, NOW)


def test_nothing_is_served_differently(world: World) -> None:
    before = list(Environment.objects.values())

    create(world)

    assert list(Environment.objects.values()) == before


def test_each_percentage_split_gets_a_salt_of_its_own_unless_it_has_one(world: World) -> None:
    segment = create(world, rules=rule(split(10), split(10), split(10, salt="mine")))

    assert segment.current is not None
    salts = [c["salt"] for c in segment.current.rules["conditions"]]
    assert [len(salt) for salt in salts] == [22, 22, 4]
    assert len(set(salts)) == 3


def test_it_is_recorded(world: World) -> None:
    segment = create(world)

    row = AuditRecord.objects.first()
    assert row is not None
    assert (row.action, row.object_type, row.object_id, row.object_name) == (
        "segment.create",
        "Segment",
        segment.pk,
        "beta",
    )
    assert (row.project_id, row.environment_id, row.before) == (world.project.pk, None, None)
    assert row.after == {"name": "beta", "description": "", "rules": rule(PRO)}


def test_every_problem_is_told_at_once_with_its_path(world: World) -> None:
    bad = rule(
        condition("plan", "LIKE", "x"),
        condition("mail", "MATCHES", "("),
        condition("mail", "MATCHES", "(a+)+$"),
        rules=({"type": "SOME", "conditions": [PRO]}, {"type": "ALL"}),
    )

    with unchanged(), pytest.raises(InvalidInput) as refused:
        create(world, name=" ", description="x" * 2001, rules=bad)

    found = [(problem.path, problem.code) for problem in refused.value.problems]
    assert found[:2] == [(("input", "name"), "BLANK"), (("input", "description"), "TOO_LONG")]
    assert {path for path, _ in found[2:]} == {
        ("input", "rules", "conditions", 0, "operator"),
        ("input", "rules", "conditions", 1, "value"),
        ("input", "rules", "conditions", 2, "value"),
        ("input", "rules", "rules", 0, "type"),
        ("input", "rules", "rules", 1),
    }


@pytest.mark.parametrize(
    ("fields", "path", "code"),
    [
        ({"name": "x" * 201}, ("input", "name"), "TOO_LONG"),
        ({"name": None}, ("input", "name"), "WRONG_TYPE"),
        ({"name": "a\0"}, ("input", "name"), "BAD_TEXT"),
        ({"description": "\ud800"}, ("input", "description"), "BAD_TEXT"),
        ({"rules": None}, ("input", "rules"), "WRONG_TYPE"),
        ({"rules": {}}, ("input", "rules", "type"), "MISSING_VALUE"),
    ],
)
def test_what_is_refused(world: World, fields: dict[str, Any], path: tuple[Any, ...], code: str) -> None:
    with unchanged(), pytest.raises(InvalidInput) as refused:
        create(world, **fields)

    assert (path, code) in [(problem.path, problem.code) for problem in refused.value.problems]


def test_a_name_in_use_is_refused_in_its_project_only(world: World) -> None:
    create(world)

    with unchanged(), pytest.raises(SegmentNameTaken) as refused:
        create(world)

    assert (refused.value.code, refused.value.name) == ("NAME_TAKEN", "beta")
    assert create(new_world()).name == "beta"


def test_system_segments_take_no_names(world: World) -> None:
    world.experiment(name="Checkout")

    assert create(world, name="Checkout").name == "Checkout"


def test_who_may(world: World) -> None:
    inside = new_author(
        world.organisation, Role.OWNER, project_id=world.project.pk, environment_id=world.environment.pk
    )
    viewer, stranger = new_author(world.organisation, Role.VIEWER), new_author(new_world().organisation)
    editor = new_author(world.organisation, Role.EDITOR, project_id=world.project.pk)

    for author in (inside, viewer):
        with unchanged(), pytest.raises(MissingRole):
            create(world, author, name="")
    with unchanged(), pytest.raises(NotFound, match=r"no project .*\(projectId\)"):
        create(world, stranger, name="")
    assert create(world, editor).name == "beta"
