"""Removing a segment: only one that no flag uses, and the past keeps it."""

import pytest

from server.accounts.permissions import MissingRole
from server.accounts.roles import Role
from server.audit.models import AuditRecord
from server.errors import NotFound, Reference
from server.features.models import Segment
from server.features.refusals import SegmentInUse
from server.versioning.models import FlagVersion
from server.versioning.services.delete_segment import delete_segment
from tests.factories import NOW, World, new_author, new_world
from tests.rows import unchanged
from tests.versioning.flags import in_both_modes, override, removal, served_by, update


def delete(world: World, segment: Segment, author: object = None) -> Segment:
    return delete_segment(segment_id=segment.pk, author=author or world.author, now=NOW)  # type: ignore[arg-type]


@in_both_modes
def test_a_segment_that_a_flag_uses_stays(world: World) -> None:
    segment, feature = world.segment("beta"), world.feature(key="colour")
    flag = update(world, feature, override(segment))

    with unchanged(), pytest.raises(SegmentInUse) as refused:
        delete(world, segment)

    assert (refused.value.code, refused.value.name) == ("SEGMENT_IN_USE", "beta")
    assert refused.value.collides_with == Reference("Flag", flag.pk, "colour")
    assert refused.value.allowed == ("updateFlag to remove the override first",)
    update(world, feature, removal(segment))
    assert delete(world, segment).removed_at == NOW


def test_the_past_keeps_a_removed_segment(world: World) -> None:
    segment, feature = world.segment("beta"), world.feature()
    flag = update(world, feature, override(segment, "pink"))
    update(world, feature, removal(segment))

    delete(world, segment)

    assert served_by(FlagVersion.objects.get(flag=flag, number=2))["beta"] == (True, "pink", {})
    assert segment.versions.count() == 1


def test_it_is_recorded_and_its_name_is_free(world: World) -> None:
    segment = world.segment("beta")
    rules = {
        "type": "ALL",
        "rules": [],
        "conditions": [{"trait": "plan", "operator": "EQUAL", "value": "pro"}],
    }

    delete(world, segment)

    row = AuditRecord.objects.first()
    assert row is not None
    assert (row.action, row.object_type, row.object_id, row.object_name) == (
        "segment.delete",
        "Segment",
        segment.pk,
        "beta",
    )
    assert (row.before, row.after) == ({"name": "beta", "description": "", "rules": rules}, None)
    assert world.segment("beta").pk != segment.pk


def test_who_may_and_what_is_not_there(world: World) -> None:
    segment, gone = world.segment(), world.segment()
    system = world.experiment().rollout.segment
    delete(world, gone)
    inside = new_author(
        world.organisation, Role.OWNER, project_id=world.project.pk, environment_id=world.environment.pk
    )
    viewer, stranger = new_author(world.organisation, Role.VIEWER), new_author(new_world().organisation)

    for author in (inside, viewer):
        with unchanged(), pytest.raises(MissingRole):
            delete(world, segment, author)
    with unchanged(), pytest.raises(NotFound, match=r"no segment .*\(segmentId\)"):
        delete(world, segment, stranger)
    for missing in (gone, system, Segment(pk=0)):
        with unchanged(), pytest.raises(NotFound, match=r"no segment .*\(segmentId\)"):
            delete(world, missing)
