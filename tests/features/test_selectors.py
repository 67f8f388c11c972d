"""Which features and segments exist for whom, and in which order."""

from server.accounts.authors import Author
from server.accounts.roles import Role
from server.features.models import Feature, Segment, SegmentVersion
from server.features.selectors import features_for, segment_versions_for, segments_for
from server.features.services.update_segment import update_segment
from tests.factories import NOW, World, new_author, new_world
from tests.features.rules import PRO, rule


def seen(author: Author) -> tuple[list[str], list[str]]:
    features = features_for(Feature.objects.all(), author)
    segments = segments_for(Segment.objects.all(), author)
    return [feature.key for feature in features], [segment.name for segment in segments]


def test_system_and_removed_segments_are_hidden(world: World) -> None:
    world.experiment(world.feature(key="colour"))
    world.segment("beta")
    world.segment("alpha")
    gone = world.segment("gone")
    gone.removed_at = NOW
    gone.save()

    assert seen(world.author) == (["colour"], ["alpha", "beta"])


def test_a_grant_anywhere_in_the_project_shows_what_belongs_to_it_as_such(world: World) -> None:
    world.feature(key="colour")
    world.segment("beta")
    place = {"project_id": world.project.pk, "environment_id": world.environment.pk}

    assert seen(new_author(world.organisation, Role.VIEWER, **place)) == (["colour"], ["beta"])
    assert seen(new_world().author) == ([], [])


def test_versions_of_a_segment_come_the_latest_first(world: World) -> None:
    segment = world.segment()
    update_segment(segment_id=segment.pk, rules=rule(PRO, type="NONE"), author=world.author, now=NOW)

    versions = segment_versions_for(SegmentVersion.objects.all(), world.author)

    assert [version.number for version in versions] == [2, 1]
    assert not segment_versions_for(SegmentVersion.objects.all(), new_world().author).exists()
