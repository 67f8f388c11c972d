"""Who may do what with an experiment: for strangers there is none, viewers look, editors of the place act."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from server.accounts.authors import Author, HeldGrant, Scope
from server.accounts.permissions import MissingRole
from server.accounts.roles import Role
from server.errors import NotFound
from server.experimentation.models import Experiment
from server.experimentation.services.update_experiment import update_experiment
from server.projects.models import Versioning
from tests.experimentation.acting import complete, delete, pause, set_rollout, start
from tests.factories import NOW, World, new_author, new_world, split_of
from tests.rows import unchanged

Operation = Callable[[World, Experiment], Experiment]


def rename(world: World, experiment: Experiment) -> Experiment:
    return update_experiment(experiment_id=experiment.pk, name="Other", author=world.author, now=NOW)


def roll_out(world: World, experiment: Experiment) -> Experiment:
    return set_rollout(world, experiment, split_of(experiment.feature, {}))


operations = pytest.mark.parametrize("operation", [rename, roll_out, start, pause, complete, delete])


@pytest.fixture
def experiment(world: World) -> Experiment:
    """A draft: nothing here depends on the status, for who may is looked at first."""
    return world.experiment()


def granted(world: World, role: Role, scope: Scope) -> World:
    """The world as somebody with only this role sees it."""
    author = replace(new_author(world.organisation, role), grants=(HeldGrant(role, scope),))
    return replace(world, author=author)


@operations
def test_for_strangers_there_is_no_such_experiment(world: World, experiment: Experiment, operation: Operation) -> None:
    elsewhere = world.with_environment(Versioning.V2)
    there = Scope(world.organisation.pk, world.project.pk, elsewhere.environment.pk)
    strangers = [
        replace(world, author=new_world().author),
        granted(world, Role.OWNER, there),
        replace(world, author=replace(world.author, grants=())),
    ]

    for stranger in strangers:
        with unchanged(), pytest.raises(NotFound) as refused:
            operation(stranger, experiment)
        assert (refused.value.code, refused.value.field) == ("NOT_FOUND", "experimentId")


@operations
def test_an_id_that_never_was_is_not_found(world: World, experiment: Experiment, operation: Operation) -> None:
    nowhere = Experiment(pk=experiment.pk + 10**9, feature=experiment.feature)

    with unchanged(), pytest.raises(NotFound):
        operation(world, nowhere)


@operations
def test_viewers_may_not(world: World, experiment: Experiment, operation: Operation) -> None:
    viewer = granted(world, Role.VIEWER, Scope(world.organisation.pk))

    with unchanged(), pytest.raises(MissingRole) as refused:
        operation(viewer, experiment)

    assert refused.value.code == "NOT_ALLOWED"


def test_an_editor_of_the_environment_may(world: World, experiment: Experiment) -> None:
    here = Scope(world.organisation.pk, world.project.pk, world.environment.pk)
    editor = granted(world, Role.EDITOR, here)

    for operation in (rename, roll_out, start, pause, start, complete):
        assert operation(editor, experiment).pk == experiment.pk


def test_the_experiment_keeps_the_author_who_made_it(world: World, experiment: Experiment) -> None:
    second: Author = new_author(world.organisation, Role.EDITOR)

    rename(replace(world, author=second), experiment)

    experiment.refresh_from_db()
    assert experiment.author_id == world.author.id
