"""The revision of an environment: it grows, and only where it should."""

from server.projects.models import Environment, Versioning
from server.projects.revisions import bump_revision, bump_revisions_of_project
from server.versioning.services.create_environment import create_environment
from tests.factories import NOW, World, new_world


def revisions() -> dict[int, int]:
    return dict(Environment.objects.values_list("pk", "revision"))


def test_it_grows_in_the_environments_that_are_named(world: World) -> None:
    other, third = new_world().environment, new_world().environment

    bump_revision(world.environment)
    bump_revision(other)

    assert revisions() == {world.environment.pk: 2, other.pk: 2, third.pk: 1}


def test_the_row_in_hand_tells_the_new_revision(world: World) -> None:
    environment = Environment.objects.get(pk=world.environment.pk)
    Environment.objects.filter(pk=environment.pk).update(revision=7)

    bump_revision(environment)

    assert environment.revision == 8


def test_it_grows_in_every_environment_of_a_project(world: World) -> None:
    elsewhere = new_world().environment
    second = create_environment(
        project_id=world.project.pk, name="staging", versioning=Versioning.V1, author=world.author, now=NOW
    )

    bump_revisions_of_project(world.project.pk)

    assert revisions() == {world.environment.pk: 2, second.pk: 2, elsewhere.pk: 1}
