"""Changing a segment: its rules change by versions, and an edit elsewhere re-deals nobody."""

from typing import Any

import pytest

from server.accounts.permissions import MissingRole
from server.accounts.roles import Role
from server.audit.models import AuditRecord
from server.errors import InvalidInput, NotFound
from server.features.holds import LockedByExperiment
from server.features.models import Forbids, Segment
from server.features.segments import SegmentNameTaken
from server.features.services.update_segment import update_segment
from server.projects.models import Environment
from tests.factories import NOW, World, new_author, new_world
from tests.features.holds import HOLDER, hold
from tests.features.rules import PRO, condition, rule, split
from tests.rows import unchanged


def edit(world: World, segment: Segment, author: Any = None, **fields: Any) -> Segment:
    return update_segment(segment_id=segment.pk, author=author or world.author, now=NOW, **fields)


def stored(segment: Segment) -> dict[str, Any]:
    segment.refresh_from_db()
    assert segment.current is not None
    rules: dict[str, Any] = segment.current.rules
    return rules


def salts(rules: dict[str, Any]) -> list[str]:
    """The salts of a rule's own percentage splits."""
    return [c["salt"] for c in rules["conditions"] if "salt" in c]


def test_other_rules_are_a_new_version_and_the_old_one_stays(world: World) -> None:
    segment = world.segment(rules=rule(PRO))
    first = list(segment.versions.values())

    edit(world, segment, rules=rule(condition("plan", "EQUAL", "free")))

    assert list(segment.versions.filter(number=1).values()) == first
    assert segment.versions.count() == 2
    assert stored(segment) == rule(condition("plan", "EQUAL", "free"))
    assert segment.current is not None
    assert (segment.current.number, segment.current.author_id) == (2, world.author.id)


def test_texts_change_without_a_version(world: World) -> None:
    segment = world.segment("beta")

    edit(world, segment, name="Beta users", description="Who asked")

    segment.refresh_from_db()
    assert (segment.name, segment.description, segment.versions.count()) == ("Beta users", "Who asked", 1)


def test_it_is_recorded_and_raises_every_revision_of_its_project(world: World) -> None:
    segment = world.segment("beta", rules=rule(PRO))
    elsewhere = new_world().environment
    before = {row.pk: row.revision for row in Environment.objects.all()}

    edit(world, segment, name="b", rules=rule(PRO, type="NONE"))

    row = AuditRecord.objects.first()
    assert row is not None
    assert (row.action, row.object_type, row.object_id) == ("segment.update", "Segment", segment.pk)
    assert row.before == {"name": "beta", "description": "", "rules": rule(PRO)}
    assert row.after == {"name": "b", "description": "", "rules": rule(PRO, type="NONE")}
    after = {row.pk: row.revision for row in Environment.objects.all()}
    assert after[world.environment.pk] == before[world.environment.pk] + 1
    assert after[elsewhere.pk] == before[elsewhere.pk]


def test_an_edit_elsewhere_keeps_the_salts_of_percentage_splits(world: World) -> None:
    segment = world.segment(rules=rule(split(10), split(20), rules=(rule(split(30)),)))
    before = stored(segment)

    edit(world, segment, rules=rule(PRO, split(15), split(20), rules=(rule(split(30), PRO),)))

    after = stored(segment)
    assert salts(after) == salts(before)
    assert salts(after["rules"][0]) == salts(before["rules"][0])


def test_a_salt_that_is_named_stays_with_its_split_and_a_new_split_gets_a_new_one(world: World) -> None:
    segment = world.segment(rules=rule(split(10), split(20)))
    first, second = salts(stored(segment))

    edit(world, segment, rules=rule(split(20, salt=second), split(10, salt=first), split(30)))

    after = salts(stored(segment))
    assert after[:2] == [second, first]
    assert len({first, second, after[2]}) == 3


def test_a_change_that_changes_nothing_writes_nothing(world: World) -> None:
    segment = world.segment("beta", rules=rule(split(10), PRO))

    with unchanged():
        edit(world, segment)
        edit(world, segment, name="beta", description="", rules=rule(split(10), PRO))
        edit(world, segment, rules=stored(segment))


def test_true_is_not_one(world: World) -> None:
    segment = world.segment(rules=rule(condition("level", "EQUAL", 1)))

    edit(world, segment, rules=rule(condition("level", "EQUAL", True)))

    assert stored(segment)["conditions"][0]["value"] is True
    assert segment.versions.count() == 2


def test_rules_that_a_running_experiment_counts_on_are_locked(world: World) -> None:
    segment = world.segment("beta", rules=rule(PRO))
    hold(world.feature(), world.environment, Forbids.RULES, segment)
    hold(world.feature(), world.environment, Forbids.OVERRIDE, other := world.segment())

    with unchanged(), pytest.raises(LockedByExperiment) as refused:
        edit(world, segment, name="b", rules=rule(PRO, type="NONE"))

    assert (refused.value.code, refused.value.forbids, refused.value.holder) == (
        "LOCKED_BY_EXPERIMENT",
        Forbids.RULES,
        HOLDER,
    )
    assert refused.value.allowed == ("pauseExperiment first",)
    with unchanged(), pytest.raises(InvalidInput):
        edit(world, segment, rules={})
    assert edit(world, segment, name="b", rules=rule(PRO)).name == "b"
    edit(world, other, rules=rule(PRO, type="NONE"))
    assert other.versions.count() == 2


def test_every_problem_is_told_at_once(world: World) -> None:
    segment = world.segment()

    with unchanged(), pytest.raises(InvalidInput) as refused:
        edit(world, segment, name="", description=7, rules=rule())

    assert [(p.path, p.code) for p in refused.value.problems] == [
        (("input", "name"), "BLANK"),
        (("input", "description"), "WRONG_TYPE"),
        (("input", "rules"), "EMPTY"),
    ]


def test_a_name_in_use_is_refused_and_no_version_made(world: World) -> None:
    segment = world.segment("beta")
    world.segment("gamma")

    with unchanged(), pytest.raises(SegmentNameTaken) as refused:
        edit(world, segment, name="gamma", rules=rule(PRO, type="NONE"))

    assert (refused.value.code, refused.value.name) == ("NAME_TAKEN", "gamma")


def test_who_may_and_what_is_not_there(world: World) -> None:
    segment, gone = world.segment(), world.segment()
    gone.removed_at = NOW
    gone.save()
    system = world.experiment().rollout.segment
    inside = new_author(
        world.organisation, Role.OWNER, project_id=world.project.pk, environment_id=world.environment.pk
    )
    viewer, stranger = new_author(world.organisation, Role.VIEWER), new_author(new_world().organisation)

    for author in (inside, viewer):
        with unchanged(), pytest.raises(MissingRole):
            edit(world, segment, author, name="")
    with unchanged(), pytest.raises(NotFound, match=r"no segment .*\(segmentId\)"):
        edit(world, segment, stranger, name="")
    for missing in (gone, system, Segment(pk=0)):
        with unchanged(), pytest.raises(NotFound, match=r"no segment .*\(segmentId\)"):
            edit(world, missing, name="")
