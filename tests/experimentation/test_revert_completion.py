"""Taking a completion back: what the receipt says comes again, unless something is in the way."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from server.errors import Reference
from server.experimentation.completion import Decision
from server.experimentation.models import Experiment, Status
from server.experimentation.refusals import (
    ActiveExperimentExists,
    FeatureArchived,
    IllegalTransition,
    NotRevertible,
)
from server.features.models import Feature, Segment
from server.features.services.update_segment import update_segment
from server.versioning.change_sets import StateChange
from server.versioning.models import Cause
from server.versioning.services.delete_segment import delete_segment
from tests.experimentation.acting import (
    KEEP_CONTROL,
    archive,
    bring_to,
    change_feature,
    change_flag,
    change_rules,
    complete,
    override,
    put_away,
    revert,
    ship_to_everyone,
    ship_to_gate,
    start,
)
from tests.experimentation.reading import (
    audit_of,
    facts,
    holds,
    live,
    phases_of,
    revision,
    rollout_of,
    served,
    states,
)
from tests.factories import NOW, World, options_by_key, shares, split_of
from tests.rows import unchanged

LATER = NOW + timedelta(hours=1)
Edit = Callable[[World, Feature, Experiment], object]


@pytest.fixture
def running(world: World, feature: Feature) -> Experiment:
    """Between two plain overrides; the default deals units out as well."""
    first, last = world.segment("first"), world.segment("last")
    default = StateChange(allocations=shares(feature, {"red": 30}))
    change_flag(world, feature, override(first, value="one"), override(last, value="two"), default=default)
    rollout = split_of(feature, {"blue": 50}, control_value="white", priority=2)
    return start(world, world.experiment(feature, rollout=rollout, key="paint"))


def decisions(feature: Feature) -> list[Decision]:
    blue = options_by_key(feature)["blue"].pk
    return [KEEP_CONTROL, ship_to_everyone(blue), ship_to_gate(blue)]


def shipped_to_the_gate(world: World, feature: Feature, experiment: Experiment) -> Segment:
    """Complete the experiment in this way; the ordinary segment that is left."""
    complete(world, experiment, ship_to_gate(options_by_key(feature)["blue"].pk))
    return rollout_of(experiment).segment


@pytest.mark.parametrize("which", [0, 1, 2], ids=["control", "everyone", "gate"])
def test_everything_is_as_it_was_and_the_experiment_is_paused(
    world: World, feature: Feature, running: Experiment, which: int
) -> None:
    before, state, salt = states(world, feature), rollout_of(running).state, running.gate_salt
    held, version = holds(), complete(world, running, decisions(feature)[which]).version
    at, flag_version = revision(world), world.flag(feature).version

    answer = revert(world, running, LATER)

    rollout = rollout_of(running)
    assert states(world, feature) == before
    assert (rollout.state, rollout.state.bucket_map, rollout.flag_version) == (
        state,
        state.bucket_map,
        live(world, feature),
    )
    segment = rollout.segment
    assert (segment.is_system, segment.is_open, segment.name, segment.description) == (True, False, "paint", "")
    assert (answer.status, answer.ended_at, answer.receipt, answer.version) == ("PAUSED", None, None, version + 1)
    assert (answer.gate_salt, answer.updated_at) == (salt, LATER)
    assert holds() == [hold for hold in held if hold[0] in ("FEATURE", "OVERRIDE")]
    assert (live(world, feature).cause, world.flag(feature).version) == (Cause.COMPLETION_REVERTED, flag_version + 1)
    assert revision(world) == at + 1
    assert [o[0] for o in served(world, feature)[0]] == [o[0] for o in before[0] if o[0] != segment.pk]


def test_the_audit_log_keeps_the_receipt(world: World, feature: Feature, running: Experiment) -> None:
    receipt = complete(world, running).receipt

    revert(world, running)

    row = audit_of(running)[-1]
    assert row.action == "experiment.revert_completion"
    assert (facts(row.before)["receipt"], facts(row.before)["status"]) == (receipt, "COMPLETED")
    assert ("receipt" in facts(row.after), facts(row.after)["status"]) == (False, "PAUSED")


@pytest.mark.parametrize("which", [0, 1, 2], ids=["control", "everyone", "gate"])
def test_resuming_opens_the_next_phase_on_the_same_map(
    world: World, feature: Feature, running: Experiment, which: int
) -> None:
    revert(world, complete(world, running, decisions(feature)[which]))

    start(world, running, LATER)

    first, second = phases_of(running)
    assert (first.closed_at, second.opened_at, second.number) == (NOW, LATER, 2)
    assert second.bucket_map_id == first.bucket_map_id is not None
    assert (second.gate_salt, second.split_salt) == (first.gate_salt, first.split_salt)
    assert sorted(kind for kind, _ in holds()) == ["AHEAD", "FEATURE", "OVERRIDE", "RULES"]


def test_it_can_be_completed_otherwise_afterwards(world: World, feature: Feature, running: Experiment) -> None:
    keep, everyone, gate = decisions(feature)
    for decision in (keep, gate, everyone):
        revert(world, complete(world, running, decision))

    done = complete(world, running, gate)

    assert (done.status, facts(done.receipt)["decision"], facts(done.receipt)["status"]) == (
        "COMPLETED",
        "SHIP_TO_GATE",
        "PAUSED",
    )


def test_an_archived_experiment_comes_out_of_the_archive(world: World, running: Experiment) -> None:
    put_away(world, complete(world, running))

    assert revert(world, running).archived_at is None


def test_what_others_have_changed_beside_it_stays(world: World, feature: Feature, running: Experiment) -> None:
    complete(world, running, ship_to_everyone(options_by_key(feature)["blue"].pk))
    newer = world.segment("newer")
    change_flag(world, feature, override(newer, value="three"))
    before = dict(states(world, feature)[0])

    revert(world, running)

    overrides, default = states(world, feature)
    own = rollout_of(running).segment_id
    names = dict(Segment.objects.values_list("pk", "name"))
    assert [names[segment] for segment, _ in overrides] == ["first", "paint", "last", "newer"]
    assert {segment: state for segment, state in overrides if segment != own} == before
    assert default == (True, "grey", {"red": 3000})


@pytest.mark.parametrize("status", [Status.DRAFT, Status.RUNNING, Status.PAUSED])
def test_only_a_completion_is_reverted(world: World, status: Status) -> None:
    experiment = bring_to(world, world.experiment(), status)

    with unchanged(), pytest.raises(IllegalTransition, match="cannot be reverted"):
        revert(world, experiment)


def test_another_experiment_on_the_flag_is_in_the_way(world: World, feature: Feature, running: Experiment) -> None:
    complete(world, running)
    other = world.experiment(feature, rollout=None)

    with unchanged(), pytest.raises(ActiveExperimentExists) as refused:
        revert(world, running)

    assert refused.value.collides_with == Reference("Experiment", other.pk, other.name)


def test_an_archived_feature_is_in_the_way(world: World, feature: Feature, running: Experiment) -> None:
    complete(world, running)
    archive(world, feature)

    with unchanged(), pytest.raises(FeatureArchived):
        revert(world, running)


def of_default(world: World, feature: Feature, experiment: Experiment) -> None:
    complete(world, experiment, ship_to_everyone(options_by_key(feature)["blue"].pk))
    change_flag(world, feature, default=StateChange(value="black"))


def of_override(world: World, feature: Feature, experiment: Experiment) -> None:
    segment = shipped_to_the_gate(world, feature, experiment)
    change_flag(world, feature, override(segment, enabled=False))


def of_override_removed(world: World, feature: Feature, experiment: Experiment) -> None:
    segment = shipped_to_the_gate(world, feature, experiment)
    change_flag(world, feature, override(segment, remove=True))


def of_rules(world: World, feature: Feature, experiment: Experiment) -> None:
    change_rules(world, shipped_to_the_gate(world, feature, experiment))


def of_name(world: World, feature: Feature, experiment: Experiment) -> None:
    segment = shipped_to_the_gate(world, feature, experiment)
    update_segment(segment_id=segment.pk, name="Early birds", author=world.author, now=LATER)


def of_use_on_another_flag(world: World, feature: Feature, experiment: Experiment) -> None:
    change_flag(world, world.feature(), override(shipped_to_the_gate(world, feature, experiment)))


def of_use_as_an_audience(world: World, feature: Feature, experiment: Experiment) -> None:
    world.experiment(audience_id=shipped_to_the_gate(world, feature, experiment).pk)


def of_dealt_option(world: World, feature: Feature, experiment: Experiment) -> None:
    complete(world, experiment, KEEP_CONTROL)
    change_feature(world, feature, remove_options=[options_by_key(feature)["blue"].pk])


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (of_default, ["what the flag serves by default has been changed since"]),
        (of_override, ["the override for the segment “{segment}” has been changed since"]),
        (of_override_removed, ["the override for the segment “{segment}” has been changed since"]),
        (of_rules, ["the segment “{segment}” has been changed since"]),
        (of_name, ["the segment “Early birds” has been changed since"]),
        (of_use_on_another_flag, ["the segment “{segment}” is used elsewhere by now"]),
        (of_use_as_an_audience, ["the segment “{segment}” is used elsewhere by now"]),
        (of_dealt_option, ["the option “blue” has been removed since"]),
    ],
)
def test_what_it_would_overwrite_and_has_been_changed_since_is_in_the_way(
    world: World, feature: Feature, running: Experiment, edit: Edit, told: list[str]
) -> None:
    edit(world, feature, running)

    with unchanged(), pytest.raises(NotRevertible) as refused:
        revert(world, running)

    expected = [each.format(segment=running.name) for each in told]
    assert (refused.value.code, list(refused.value.in_the_way)) == ("NOT_REVERTIBLE", expected)
    assert str(refused.value) == f"The completion cannot be reverted: {expected[0]}."
    assert refused.value.collides_with == Reference("Experiment", running.pk, running.name)


def test_everything_that_is_in_the_way_is_told_at_once(world: World, feature: Feature, running: Experiment) -> None:
    of_override_removed(world, feature, running)
    segment = rollout_of(running).segment
    delete_segment(segment_id=segment.pk, author=world.author, now=LATER)
    change_feature(world, feature, remove_options=[options_by_key(feature)["blue"].pk])

    with unchanged(), pytest.raises(NotRevertible) as refused:
        revert(world, running)

    assert list(refused.value.in_the_way) == [
        "the option “blue” has been removed since",
        f"the override for the segment “{running.name}” has been changed since",
        f"the segment “{running.name}” has been changed since",
    ]


def test_values_of_another_type_are_in_the_way(world: World) -> None:
    feature = world.feature(value_type="JSON", value="grey")
    rollout = split_of(feature, {"blue": 50}, control_value={"shade": "grey"})
    experiment = start(world, world.experiment(feature, rollout=rollout))
    complete(world, experiment, ship_to_everyone(options_by_key(feature)["blue"].pk))
    change_feature(world, feature, value_type="STRING", value="grey")

    with unchanged(), pytest.raises(NotRevertible) as refused:
        revert(world, experiment)

    assert refused.value.in_the_way == ("the feature has values of another type now",)


def test_a_default_that_was_changed_and_changed_back_is_in_nobodys_way(
    world: World, feature: Feature, running: Experiment
) -> None:
    complete(world, running, KEEP_CONTROL)
    left = states(world, feature)[1]
    change_flag(world, feature, default=StateChange(value="black"))
    change_flag(world, feature, default=StateChange(value=left[1]))

    assert revert(world, running).status == "PAUSED"
