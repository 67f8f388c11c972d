"""Duplicating: a draft of what another experiment was, that deals units anew."""

from dataclasses import replace

import pytest

from server.accounts.authors import HeldGrant, Scope
from server.accounts.permissions import MissingRole
from server.accounts.roles import Role
from server.errors import InvalidInput, NotFound
from server.experimentation.models import MAX_NAME, Experiment, Status
from server.experimentation.refusals import ActiveExperimentExists, ExperimentKeyTaken
from server.features.models import Feature
from server.projects.models import Versioning
from tests.experimentation.acting import bring_to, complete, duplicate, ramp, start
from tests.experimentation.reading import (
    actions,
    added,
    audit_of,
    counts,
    gate_of,
    phases_of,
    problems,
    rollout_of,
    state_of,
)
from tests.factories import World, new_author, new_world, split_of
from tests.rows import unchanged


@pytest.fixture
def original(world: World, feature: Feature) -> Experiment:
    """Completed, with everything that can be copied."""
    audience = world.segment()
    rollout = split_of(feature, {"blue": 50, "red": 20}, control_value="white", enabled=False, percentage=20)
    experiment = world.experiment(
        feature, rollout=rollout, name="Paint", hypothesis="It sells.", audience_id=audience.pk
    )
    ramp(world, start(world, experiment), 30)
    return complete(world, experiment)


def test_the_copy_is_a_draft_like_the_original(world: World, feature: Feature, original: Experiment) -> None:
    before, stored = counts(), Experiment.objects.values().get()

    copy = duplicate(world, original)

    assert (copy.name, copy.key, copy.hypothesis) == ("Paint (copy)", "paint-copy", "It sells.")
    assert (copy.status, copy.version, copy.started_at, copy.receipt) == ("DRAFT", 1, None, None)
    assert (copy.flag_id, copy.audience) == (original.flag_id, original.audience)
    assert state_of(rollout_of(copy).state) == (False, "white", {"blue": 5000, "red": 2000})
    assert rollout_of(copy).gate.rules["conditions"][0]["percentage"] == 3000
    assert rollout_of(copy).segment != rollout_of(original).segment
    assert copy.gate_salt != original.gate_salt
    assert (phases_of(copy), added(before)["Experiment"], added(before)["Rollout"]) == ([], 1, 1)
    assert Experiment.objects.values().get(pk=original.pk) == stored
    assert [row.action for row in audit_of(copy)] == ["experiment.create"] == actions()[-1:]


def test_name_key_and_environment_may_differ(world: World, original: Experiment) -> None:
    elsewhere = world.with_environment(Versioning.V1)

    copy = duplicate(world, original, name="Other", key="mine", environment_id=elsewhere.environment.pk)

    assert (copy.name, copy.key, copy.environment) == ("Other", "mine", elsewhere.environment)
    assert copy.feature_id == original.feature_id


def test_an_experiment_without_a_rollout_gives_a_copy_without_one(world: World) -> None:
    elsewhere = world.with_environment(Versioning.V2)
    original = world.experiment(rollout=None, name="x" * MAX_NAME)

    copy = duplicate(world, original, environment_id=elsewhere.environment.pk)

    assert (getattr(copy, "rollout", None), copy.name) == (None, "x" * MAX_NAME)


@pytest.mark.parametrize("status", [Status.DRAFT, Status.RUNNING, Status.PAUSED])
def test_on_the_same_flag_there_is_one_that_is_not_completed(world: World, status: Status) -> None:
    original = bring_to(world, world.experiment(), status)

    with unchanged(), pytest.raises(ActiveExperimentExists):
        duplicate(world, original)


def test_what_a_create_refuses_is_refused(world: World, original: Experiment) -> None:
    with unchanged(), pytest.raises(ExperimentKeyTaken):
        duplicate(world, original, key=original.key)
    with unchanged(), pytest.raises(InvalidInput) as refused:
        duplicate(world, original, name=" ", key="?")
    assert problems(refused) == [("input.name", "BLANK"), ("input.key", "BAD_KEY")]


def test_an_environment_that_is_none_of_ours_is_not_found(world: World, original: Experiment) -> None:
    for environment_id in (0, new_world().environment.pk):
        with unchanged(), pytest.raises(NotFound):
            duplicate(world, original, environment_id=environment_id)


def test_who_sees_the_original_and_edits_the_environment_may(world: World, original: Experiment) -> None:
    there = world.with_environment(Versioning.V2)
    copies = {"environment_id": there.environment.pk}

    def holding(**roles: Role) -> World:
        places = {"here": world.environment, "there": there.environment}
        scopes = {name: Scope(world.organisation.pk, world.project.pk, place.pk) for name, place in places.items()}
        grants = tuple(HeldGrant(role, scopes[name]) for name, role in roles.items())
        return replace(world, author=replace(new_author(world.organisation), grants=grants))

    strangers = [holding(there=Role.OWNER), holding(here=Role.VIEWER)]
    viewers = [holding(here=Role.VIEWER, there=Role.VIEWER)]
    editor = holding(here=Role.VIEWER, there=Role.EDITOR)

    for stranger in strangers:
        with unchanged(), pytest.raises(NotFound):
            duplicate(stranger, original, **copies)
    for viewer in viewers:
        with unchanged(), pytest.raises(MissingRole):
            duplicate(viewer, original, **copies)
    with unchanged(), pytest.raises(MissingRole):
        duplicate(editor, original)
    assert duplicate(editor, original, **copies).environment == there.environment


def test_the_gate_is_that_of_the_last_ramp(world: World, feature: Feature) -> None:
    original = start(world, world.experiment(feature))
    ramp(world, original, 45)
    elsewhere = world.with_environment(Versioning.V2)

    copy = duplicate(world, original, environment_id=elsewhere.environment.pk)

    assert gate_of(copy)[0] == 4500
