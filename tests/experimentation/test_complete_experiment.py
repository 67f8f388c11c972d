"""Completing: what each decision makes of the flag, and that nothing else moves."""

from datetime import timedelta

import pytest

from server.errors import InvalidInput
from server.experimentation.completion import Decision
from server.experimentation.models import Experiment, Status
from server.features.models import Feature, Segment
from server.features.options import NewOption
from server.projects.models import Versioning
from server.versioning.change_sets import AllocationChange, StateChange
from server.versioning.models import FlagVersion
from server.versioning.services.restore_flag_version import restore_flag_version
from tests.experimentation.acting import (
    KEEP_CONTROL,
    bring_to,
    change_feature,
    change_flag,
    change_rules,
    complete,
    override,
    pause,
    ship_to_everyone,
    ship_to_gate,
    start,
)
from tests.experimentation.reading import (
    State,
    audit_of,
    facts,
    gate_of,
    holds,
    live,
    problems,
    revision,
    rollout_of,
    served,
    state_of,
    states,
    states_of,
)
from tests.factories import NOW, World, points, split_of
from tests.rows import unchanged

LATER = NOW + timedelta(hours=1)
ends = pytest.mark.parametrize("status", [Status.RUNNING, Status.PAUSED])


@pytest.fixture
def plain(world: World, feature: Feature) -> Segment:
    """A plain override that serves gold; the default serves grey, and red to a tenth."""
    segment = world.segment("Staff")
    red = AllocationChange(feature.options.get(key="red").pk, points(10))
    change_flag(
        world,
        feature,
        override(segment, value="gold"),
        default=StateChange(enabled=False, allocations=(red,)),
    )
    return segment


@pytest.fixture
def experiment(world: World, feature: Feature, plain: Segment) -> Experiment:
    """A draft behind it: control is green, blue gets half, disabled for those in the gate."""
    rollout = split_of(feature, {"blue": 50}, control_value="green", enabled=False)
    return world.experiment(feature, rollout=rollout, name="Colour")


GOLD: State = (True, "gold", {})


@ends
def test_keeping_control_serves_the_rollouts_control_value_to_everyone(
    world: World, feature: Feature, plain: Segment, experiment: Experiment, status: Status
) -> None:
    bring_to(world, experiment, status)

    complete(world, experiment)

    assert states(world, feature) == ([(plain.pk, GOLD)], (True, "green", {}))
    segment = Segment.objects.get(pk=rollout_of(experiment).segment_id)
    assert (segment.is_system, segment.is_open, segment.removed_at) == (True, False, None)


@ends
def test_shipping_to_everyone_serves_the_option_by_default_and_enables_it(
    world: World, feature: Feature, plain: Segment, experiment: Experiment, status: Status
) -> None:
    bring_to(world, experiment, status)

    complete(world, experiment, ship_to_everyone(feature.options.get(key="blue").pk))

    assert states(world, feature) == ([(plain.pk, GOLD)], (True, "grey", {"blue": 10_000}))
    segment = Segment.objects.get(pk=rollout_of(experiment).segment_id)
    assert (segment.is_system, segment.is_open, segment.removed_at) == (True, False, None)


@ends
def test_shipping_to_the_gate_leaves_a_plain_override_behind_an_ordinary_segment(
    world: World, feature: Feature, plain: Segment, experiment: Experiment, status: Status
) -> None:
    gate = gate_of(experiment)
    bring_to(world, experiment, status)

    complete(world, experiment, ship_to_gate(feature.options.get(key="red").pk), LATER)

    own = rollout_of(experiment).segment_id
    shipped = (True, "green", {"red": 10_000})
    assert states(world, feature) == ([(plain.pk, GOLD), (own, shipped)], (False, "grey", {"red": 1000}))
    assert served(world, feature) == states(world, feature)
    segment = Segment.objects.get(pk=own)
    assert (segment.is_system, segment.is_open, segment.name) == (False, True, "Colour")
    assert (segment.description, segment.removed_at) == (
        "The units that the experiment “colour” took in.",
        None,
    )
    assert segment.updated_at == LATER
    assert gate_of(experiment) == gate


def test_what_was_shipped_to_the_gate_is_plain_from_then_on(
    world: World, feature: Feature, plain: Segment, experiment: Experiment
) -> None:
    start(world, experiment)
    complete(world, experiment, ship_to_gate(feature.options.get(key="blue").pk))
    segment = Segment.objects.get(pk=rollout_of(experiment).segment_id)

    change_flag(world, feature, override(segment, value="teal"))
    change_rules(world, segment)
    second = world.experiment(feature)

    own = rollout_of(second).segment_id
    assert [pk for pk, _ in states(world, feature)[0]] == [plain.pk, segment.pk, own]
    assert states(world, feature)[0][1] == (segment.pk, (True, "teal", {"blue": 10_000}))
    change_flag(world, feature, override(segment, remove=True))
    assert [pk for pk, _ in states(world, feature)[0]] == [plain.pk, own]


def test_a_segment_name_that_is_taken_gets_another_end(world: World, feature: Feature, experiment: Experiment) -> None:
    world.segment("Colour")
    start(world, experiment)

    answer = complete(world, experiment, ship_to_gate(feature.options.get(key="blue").pk))

    name = Segment.objects.get(pk=rollout_of(experiment).segment_id).name
    assert name.startswith("Colour (")
    assert len(name) == len("Colour (abc123)")
    assert facts(answer.receipt)["after"]["overrides"][1]["segment"]["name"] == name


def test_an_option_that_has_it_all_already_is_somebodys_own_override_from_then_on(v2: World) -> None:
    feature = v2.feature()
    experiment = start(v2, v2.experiment(feature, rollout=split_of(feature, {"blue": 100})))
    complete(v2, experiment, ship_to_gate(feature.options.get(key="blue").pk))
    shipped = live(v2, feature)
    change_flag(v2, feature, default=StateChange(value="green"))

    restore_flag_version(version_id=shipped.pk, author=v2.author, now=NOW)

    segment = rollout_of(experiment).segment_id
    assert states(v2, feature) == ([(segment, (True, "grey", {"blue": 10_000}))], (True, "grey", {}))


@pytest.mark.parametrize("kind", ["keep", "everyone", "gate"])
def test_the_experiment_is_over_and_its_holds_are_gone(
    world: World, feature: Feature, experiment: Experiment, kind: str
) -> None:
    start(world, experiment)
    revised, log = revision(world), audit_of(experiment)

    answer = complete(world, experiment, decision(feature, kind), LATER)

    stored = Experiment.objects.get()
    for seen in (answer, stored):
        assert (seen.status, seen.version, seen.started_at) == ("COMPLETED", 3, NOW)
        assert (seen.ended_at, seen.updated_at) == (LATER, LATER)
    assert answer.receipt == stored.receipt
    assert holds() == []
    assert revision(world) == revised + 1
    (row,) = audit_of(experiment)[len(log) :]
    assert (row.action, row.before, row.created_at) == ("experiment.complete", log[-1].after, LATER)
    assert (facts(row.after)["status"], facts(row.after)["receipt"]) == ("COMPLETED", stored.receipt)
    change_feature(world, feature, archived=True)


@pytest.mark.parametrize("kind", ["keep", "everyone", "gate"])
def test_the_rollout_stays_readable_as_it_ran(
    world: World, feature: Feature, experiment: Experiment, kind: str
) -> None:
    start(world, experiment)
    before, gate = rollout_of(experiment), gate_of(experiment)

    complete(world, experiment, decision(feature, kind))
    change_flag(world, feature, default=StateChange(value="something else"))

    after = rollout_of(experiment)
    assert (after.segment, after.gate, after.state) == (before.segment, before.gate, before.state)
    assert after.flag_version == before.flag_version
    assert state_of(after.state) == (False, "green", {"blue": 5000})
    assert gate_of(experiment) == gate


@pytest.mark.parametrize("kind", ["keep", "everyone", "gate"])
def test_v2_publishes_one_sealed_version_and_leaves_the_past_alone(v2: World, kind: str) -> None:
    feature = v2.feature()
    experiment = v2.experiment(feature)
    start(v2, experiment)
    past = list(FlagVersion.objects.order_by("pk"))
    before = list(FlagVersion.objects.order_by("pk").values()), [states_of(version) for version in past]

    complete(v2, experiment, decision(feature, kind), LATER)

    new = live(v2, feature)
    assert (new.number, new.based_on, new.sealed_at) == (3, past[-1], LATER)
    assert (new.cause, new.live_from) == ("EXPERIMENT_COMPLETED", LATER)
    assert list(FlagVersion.objects.exclude(pk=new.pk).order_by("pk").values()) == before[0]
    assert [states_of(version) for version in past] == before[1]


@pytest.mark.parametrize("world", [Versioning.V1], indirect=True)
def test_v1_changes_the_live_version_in_place(world: World, feature: Feature, experiment: Experiment) -> None:
    before = live(world, feature)
    start(world, experiment)

    complete(world, experiment)

    assert live(world, feature) == before == FlagVersion.objects.get()
    assert before.sealed_at is None


@pytest.mark.parametrize("kind", ["everyone", "gate"])
def test_an_option_that_the_feature_does_not_have_is_unknown(
    world: World, feature: Feature, experiment: Experiment, kind: str
) -> None:
    change_feature(world, feature, add_options=[NewOption("teal", "teal", points(0))])
    removed, foreign = (f.options.latest("pk").pk for f in (feature, world.feature()))
    change_feature(world, feature, remove_options=[removed])
    pause(world, start(world, experiment))
    ship, field = {
        "everyone": (ship_to_everyone, "decision.shipToEveryone"),
        "gate": (ship_to_gate, "decision.shipToGate"),
    }[kind]

    for option_id in (foreign, removed, 10**9):
        with unchanged(), pytest.raises(InvalidInput) as refused:
            complete(world, experiment, ship(option_id))
        assert problems(refused) == [(field, "UNKNOWN_OPTION")]


def decision(feature: Feature, kind: str) -> Decision:
    """A decision of this kind, for blue where it takes an option."""
    blue = feature.options.get(key="blue").pk
    return {"keep": KEEP_CONTROL, "everyone": ship_to_everyone(blue), "gate": ship_to_gate(blue)}[kind]


def test_an_older_version_does_not_bring_a_shipped_experiments_split_back(v2: World) -> None:
    feature = v2.feature()
    experiment = v2.experiment(feature, rollout=split_of(feature, {"blue": 30}))
    start(v2, experiment)
    while_it_ran = live(v2, feature)
    complete(v2, experiment, ship_to_gate(feature.options.get(key="blue").pk))

    restore_flag_version(version_id=while_it_ran.pk, author=v2.author, now=NOW)

    assert states(v2, feature) == ([], (True, "grey", {}))
