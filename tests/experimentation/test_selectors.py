"""Which flags are free for an experiment, and for whom."""

from server.accounts.authors import Author
from server.accounts.roles import Role
from server.experimentation.selectors import free_flags
from server.projects.models import Versioning
from tests.experimentation.acting import archive, bring_to, change_feature
from tests.factories import World, new_author, new_world


def free(author: Author, **options: int) -> list[tuple[str, str]]:
    return [(flag.environment.name, flag.feature.key) for flag in free_flags(author, **options)]


def test_a_flag_is_free_without_an_experiment_that_is_not_completed(world: World) -> None:
    colour, size = world.feature(key="colour"), world.feature(key="size")
    world.with_environment(Versioning.V1, "staging").experiment(size)
    bring_to(world, world.experiment(colour), "COMPLETED")
    world.experiment(size)
    archive(world, world.feature(key="old"))

    assert free(world.author) == [("production", "colour"), ("staging", "colour")]


def test_a_flag_is_free_where_its_feature_has_options_enough(world: World) -> None:
    world.feature(key="none", options=())
    world.feature(key="one", options=("blue",))
    two = world.feature(key="two")
    change_feature(world, two, remove_options=[two.options.get(key="red").pk])
    world.feature(key="three", options=("blue", "red", "green"))

    assert free(world.author) == [("production", "one"), ("production", "two"), ("production", "three")]
    assert free(world.author, least_options=2) == [("production", "three")]


def test_a_flag_is_free_for_whoever_may_edit_it(world: World) -> None:
    world.feature(key="colour")
    staging = world.with_environment(Versioning.V1, "staging").environment
    place = {"project_id": world.project.pk, "environment_id": staging.pk}

    assert free(new_author(world.organisation, Role.EDITOR, **place)) == [("staging", "colour")]
    assert free(new_author(world.organisation, Role.VIEWER)) == []
    assert free(new_world().author) == []
