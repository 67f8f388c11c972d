"""Holds on the feature: from the first start to completion its options, value type and archival stay."""

from collections.abc import Callable
from typing import Any

import pytest

from server.errors import Reference
from server.evaluation.percentages import BasisPoints
from server.experimentation.models import Experiment, Status
from server.features.holds import LockedByExperiment
from server.features.models import Feature, Option
from server.features.options import NewOption
from server.features.refusals import OptionInUse
from server.projects.models import Versioning
from server.versioning.feature_changes import OptionChange
from server.versioning.services.update_environment import update_environment
from tests.experimentation.acting import bring_to, change_feature, complete, delete, pause, start
from tests.experimentation.reading import served
from tests.factories import NOW, World, split_of
from tests.rows import unchanged

Change = Callable[[Option], dict[str, Any]]

CHANGES: dict[str, Change] = {
    "archive": lambda _: {"archived": True},
    "value type": lambda _: {"value_type": "JSON"},
    "add": lambda _: {"add_options": [NewOption("new", "new", BasisPoints(0))]},
    "remove": lambda option: {"remove_options": [option.pk]},
    "key": lambda option: {"update_options": [OptionChange(option.pk, key="other")]},
    "value": lambda option: {"update_options": [OptionChange(option.pk, value="other")]},
    "default share": lambda option: {"update_options": [OptionChange(option.pk, default_allocation=BasisPoints(1))]},
}
changes = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)


@pytest.fixture
def experiment(world: World, feature: Feature) -> Experiment:
    """A draft that gives blue half; red has never been dealt to anybody."""
    return world.experiment(feature, rollout=split_of(feature, {"blue": 50}), name="Colour")


def red(feature: Feature) -> Option:
    return feature.options.get(key="red")


@changes
@pytest.mark.parametrize("status", [Status.RUNNING, Status.PAUSED])
def test_what_the_feature_is_stays_from_the_first_start(
    world: World, feature: Feature, experiment: Experiment, status: Status, change: Change
) -> None:
    bring_to(world, experiment, status)

    with unchanged(), pytest.raises(LockedByExperiment) as refused:
        change_feature(world, feature, **change(red(feature)))

    assert (refused.value.code, refused.value.allowed) == (
        "LOCKED_BY_EXPERIMENT",
        ("completeExperiment first",),
    )
    assert refused.value.holder == Reference("Experiment", experiment.pk, "Colour")
    assert "“Colour”" in refused.value.message


@changes
@pytest.mark.parametrize("status", [Status.DRAFT, Status.COMPLETED])
def test_it_is_free_before_and_after(
    world: World, feature: Feature, experiment: Experiment, status: Status, change: Change
) -> None:
    bring_to(world, experiment, status)

    before = feature.updated_at
    changed = change_feature(world, feature, **change(red(feature)))

    assert changed.pk == feature.pk
    assert before == NOW


def test_resuming_holds_it_still(world: World, feature: Feature, experiment: Experiment) -> None:
    for go in (start, pause, start, pause):
        go(world, experiment)

    with unchanged(), pytest.raises(LockedByExperiment):
        change_feature(world, feature, archived=True)
    complete(world, experiment)
    assert change_feature(world, feature, archived=True).archived_at == NOW


def test_texts_the_value_for_new_flags_and_server_only_are_free(
    world: World, feature: Feature, experiment: Experiment
) -> None:
    start(world, experiment)
    before = served(world, feature)

    changed = change_feature(world, feature, description="The button", server_only=True, value="white")

    assert (changed.description, changed.server_only, changed.default_value) == ("The button", True, "white")
    assert served(world, feature) == before


def test_an_experiment_in_any_environment_holds_it(world: World, feature: Feature) -> None:
    staging = world.with_environment(Versioning.V1)
    one = start(world, world.experiment(feature))
    two = start(staging, staging.experiment(feature))

    complete(world, one)
    with unchanged(), pytest.raises(LockedByExperiment) as refused:
        change_feature(world, feature, archived=True)
    assert refused.value.holder == Reference("Experiment", two.pk, two.name)
    complete(staging, two)
    change_feature(world, feature, archived=True)


def test_an_option_that_a_draft_deals_is_not_removed_silently(
    world: World, feature: Feature, experiment: Experiment
) -> None:
    blue = feature.options.get(key="blue")

    with unchanged(), pytest.raises(OptionInUse) as refused:
        change_feature(world, feature, remove_options=[blue.pk])

    assert refused.value.code == "OPTION_IN_USE"
    delete(world, experiment)
    change_feature(world, feature, remove_options=[blue.pk])


@pytest.mark.parametrize("status", [Status.DRAFT, Status.RUNNING, Status.PAUSED])
def test_the_environment_may_switch_its_mode_under_an_experiment(
    world: World, feature: Feature, experiment: Experiment, status: Status
) -> None:
    bring_to(world, experiment, status)
    before = served(world, feature)
    first = Versioning(world.environment.versioning)
    (other,) = set(Versioning) - {first}

    for mode in (other, first):
        update_environment(environment_id=world.environment.pk, versioning=mode, author=world.author, now=NOW)
        assert served(world, feature) == before
    if status == Status.DRAFT:
        start(world, experiment)
    assert complete(world, experiment).status == "COMPLETED"
    assert served(world, feature) == ([], (True, "grey", {}))
