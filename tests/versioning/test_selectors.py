"""Which flags and versions exist for whom, and what is live."""

from server.accounts.authors import Author
from server.accounts.roles import Role
from server.projects.models import Versioning
from server.versioning.models import Flag, FlagVersion
from server.versioning.selectors import flags_for, live_shares_of, live_values, versions_for
from server.versioning.services.create_environment import create_environment
from tests.factories import NOW, World, new_author, new_world, options_by_key, shares
from tests.versioning.flags import change, in_both_modes, override, removal, update


def seen(author: Author) -> tuple[list[int], list[int]]:
    flags = flags_for(Flag.objects.all(), author)
    versions = versions_for(FlagVersion.objects.all(), author)
    return [flag.pk for flag in flags], [version.number for version in versions]


def test_flags_are_of_environments_that_exist_for_the_author(world: World) -> None:
    feature = world.feature()
    here = world.flag(feature)
    staging = create_environment(
        project_id=world.project.pk, name="staging", versioning=Versioning.V2, author=world.author, now=NOW
    )
    update(world, feature, default=change("a"), environment=staging)
    there = Flag.objects.get(environment=staging)
    only_staging = new_author(world.organisation, Role.VIEWER, project_id=world.project.pk, environment_id=staging.pk)

    assert seen(world.author) == ([here.pk, there.pk], [2, 1, 1])
    assert seen(only_staging) == ([there.pk], [2, 1])
    assert seen(new_world().author) == ([], [])


@in_both_modes
def test_only_what_is_live_counts_as_served(world: World) -> None:
    feature, segment = world.feature(), world.segment()
    blue, red = (option.pk for option in options_by_key(feature).values())
    update(
        world,
        feature,
        override(segment, "gone", shares=shares(feature, {"red": 1})),
        default=change(shares=shares(feature, {"blue": 1})),
    )

    flag = update(world, feature, removal(segment), default=change("now"))

    assert live_values(feature.pk) == [("production", "now")]
    assert live_shares_of([blue, red]) == [(blue, flag.pk, "production")]
