"""Races with real threads: one wins, the others are refused, and nothing is lost, mixed or left behind.

Whatever happens, no call ends in a deadlock or in an error of the database.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import monotonic, sleep
from typing import Any

import pytest
from django.db import connection, transaction

from server.audit.models import AuditRecord
from server.errors import InvalidInput, Reference, Refusal
from server.experimentation.models import Experiment, Rollout, ScheduledRamp, Status
from server.experimentation.refusals import ActiveExperimentExists
from server.experimentation.services.carry_out_ramp import carry_out_ramp, due_ramps
from server.experimentation.services.update_experiment import update_experiment
from server.features.models import Feature, Hold, Segment
from server.features.services.create_segment import create_segment
from server.projects.models import Versioning
from server.versioning.change_sets import StateChange
from server.versioning.services.update_environment import update_environment
from tests.experimentation.acting import (
    archive,
    bring_to,
    cancel_ramps,
    change_flag,
    change_rules,
    complete,
    delete,
    override,
    pause,
    ramp,
    revert,
    schedule,
    set_rollout,
    ship_to_gate,
    start,
)
from tests.experimentation.reading import (
    actions,
    added,
    counts,
    gate_of,
    holds,
    live,
    phases_of,
    rollout_of,
    state_of,
    states,
    steps_of,
)
from tests.factories import NOW, World, split_of
from tests.races import race

pytestmark = pytest.mark.django_db(transaction=True)


def outcomes(*results: Any) -> list[str]:
    """The code of what was refused, DONE for the rest; anything but a refusal is an error of ours."""
    for result in results:
        if isinstance(result, Exception) and not isinstance(result, Refusal):
            raise result
    return [result.code if isinstance(result, Refusal) else "DONE" for result in results]


def last_two() -> list[str]:
    return list(AuditRecord.objects.order_by("-pk").values_list("action", flat=True)[:2])[::-1]


def test_two_creates_for_one_flag(world: World, feature: Feature) -> None:
    before, sealed = counts(), world.environment.versioning == Versioning.V2

    results = race(
        lambda: world.experiment(feature, name="One", rollout=split_of(feature, {"blue": 50})),
        lambda: world.experiment(feature, name="Two", rollout=split_of(feature, {"blue": 50})),
    )

    assert sorted(outcomes(*results)) == ["ACTIVE_EXPERIMENT_EXISTS", "DONE"]
    (won,) = [r for r in results if isinstance(r, Experiment)]
    (lost,) = [r for r in results if isinstance(r, ActiveExperimentExists)]
    assert lost.collides_with == Reference("Experiment", won.pk, won.name)
    assert added(before) == {
        "Experiment": 1,
        "Rollout": 1,
        "Segment": 1,
        "SegmentVersion": 1,
        "Lineage": 1,
        "BucketMap": 1,
        "FlagState": 1,
        "Allocation": 1,
        "Placement": 1 + sealed,
        "Hold": 1,
        "AuditRecord": 1,
    } | ({"FlagVersion": 1} if sealed else {})


def test_eight_creates_for_one_flag(world: World, feature: Feature) -> None:
    results = race(*[lambda: world.experiment(feature) for _ in range(8)])

    assert sorted(outcomes(*results)) == ["ACTIVE_EXPERIMENT_EXISTS"] * 7 + ["DONE"]
    assert Experiment.objects.count() == Rollout.objects.count() == 1


def test_creates_of_one_name_for_several_flags(world: World) -> None:
    features = [world.feature() for _ in range(4)]

    results = race(*[lambda f=f: world.experiment(f, name="Same") for f in features])

    told = outcomes(*results)
    assert set(told) <= {"DONE", "KEY_TAKEN"}
    keys = [r.key for r in results if isinstance(r, Experiment)]
    assert len(set(keys)) == len(keys) == told.count("DONE") == Segment.objects.filter(is_system=True).count()
    assert "same" in keys


def test_create_against_archive(world: World, feature: Feature) -> None:
    created, archived = race(lambda: world.experiment(feature), lambda: archive(world, feature))

    told = outcomes(created, archived)
    assert told in (["DONE", "DONE"], ["INVALID_INPUT", "DONE"])
    if told[0] == "DONE":
        assert last_two() == ["experiment.create", "feature.update"]
        assert Experiment.objects.count() == 1
    else:
        assert isinstance(created, InvalidInput)
        assert [p.code for p in created.problems] == ["ARCHIVED"]
        assert (Experiment.objects.count(), Segment.objects.count()) == (0, 0)


def test_start_against_archive(world: World, feature: Feature) -> None:
    experiment = world.experiment(feature)

    told = outcomes(*race(lambda: start(world, experiment), lambda: archive(world, feature)))

    assert told in (["DONE", "LOCKED_BY_EXPERIMENT"], ["ARCHIVED", "DONE"])
    experiment.refresh_from_db()
    feature.refresh_from_db()
    assert (experiment.status == "RUNNING") == (feature.archived_at is None) == (told[0] == "DONE")


def test_two_rollouts_neither_lost_nor_mixed(world: World, feature: Feature) -> None:
    experiment = world.experiment(feature)
    one = split_of(feature, {"blue": 10}, percentage=30, control_value="one")
    two = split_of(feature, {"red": 20}, percentage=40, control_value="two", enabled=False)

    results = race(lambda: set_rollout(world, experiment, one), lambda: set_rollout(world, experiment, two))

    assert outcomes(*results) == ["DONE", "DONE"]
    rollout = rollout_of(experiment)
    stands = (gate_of(experiment)[0], state_of(rollout.state))
    assert stands in [(3000, (True, "one", {"blue": 1000})), (4000, (False, "two", {"red": 2000}))]
    assert rollout.segment.current == rollout.gate
    assert states(world, feature)[0] == [(rollout.segment_id, stands[1])]
    experiment.refresh_from_db()
    assert (experiment.version, world.flag(feature).version) == (3, 4)
    told = AuditRecord.objects.filter(action="experiment.set_rollout").order_by("pk")
    first, second = told.values_list("before", "after")
    assert second[0] == first[1]
    if world.environment.versioning == Versioning.V2:
        assert live(world, feature).number == 4


def test_two_rollouts_for_one_version(world: World, feature: Feature) -> None:
    experiment = world.experiment(feature)
    asked = [split_of(feature, {"blue": share}) for share in (10, 20)]

    results = race(*[lambda r=r: set_rollout(world, experiment, r, expected_version=1) for r in asked])

    assert sorted(outcomes(*results)) == ["DONE", "VERSION_MOVED"]


def test_two_first_rollouts_make_one_segment(world: World, feature: Feature) -> None:
    experiment = world.experiment(feature, rollout=None)
    asked = [split_of(feature, {"blue": share}) for share in (10, 20)]

    results = race(*[lambda r=r: set_rollout(world, experiment, r) for r in asked])

    assert outcomes(*results) == ["DONE", "DONE"]
    assert Segment.objects.get(is_system=True) == rollout_of(experiment).segment
    assert holds() == [("OVERRIDE", rollout_of(experiment).segment_id)]


@pytest.mark.parametrize("status", [Status.DRAFT, Status.PAUSED])
def test_eight_starts(world: World, feature: Feature, status: Status) -> None:
    experiment = bring_to(world, world.experiment(feature), status)
    before = experiment.version

    results = race(*[lambda: start(world, experiment) for _ in range(8)])

    assert sorted(outcomes(*results)) == ["DONE"] + ["ILLEGAL_TRANSITION"] * 7
    experiment.refresh_from_db()
    assert (experiment.status, experiment.version) == ("RUNNING", before + 1)
    assert len(holds()) == 3


@pytest.mark.parametrize("status", [Status.DRAFT, Status.PAUSED])
def test_start_against_complete(world: World, feature: Feature, status: Status) -> None:
    experiment = bring_to(world, world.experiment(feature), status)

    told = outcomes(*race(lambda: start(world, experiment), lambda: complete(world, experiment)))

    experiment.refresh_from_db()
    segment = rollout_of(experiment).segment
    if told == ["DONE", "DONE"]:
        assert last_two() == ["experiment.start", "experiment.complete"]
    else:
        assert told == (["DONE", "ILLEGAL_TRANSITION"] if status == Status.DRAFT else ["ILLEGAL_TRANSITION", "DONE"])
    over = told[1] == "DONE"
    assert (experiment.status, segment.is_open) == (("COMPLETED", False) if over else ("RUNNING", True))
    assert len(holds()) == (0 if over else 3)
    assert len(states(world, feature)[0]) == (0 if over else 1)


def test_start_against_delete(world: World, feature: Feature) -> None:
    experiment = world.experiment(feature)

    told = outcomes(*race(lambda: start(world, experiment), lambda: delete(world, experiment)))

    assert told in (["DONE", "ILLEGAL_TRANSITION"], ["NOT_FOUND", "DONE"])
    assert Experiment.objects.exists() == (told[0] == "DONE")
    assert len(holds()) == (3 if told[0] == "DONE" else 0)


def test_start_against_update(world: World, feature: Feature) -> None:
    experiment = world.experiment(feature, name="Old")

    def rename() -> Experiment:
        return update_experiment(experiment_id=experiment.pk, name="New", author=world.author, now=NOW)

    results = race(lambda: start(world, experiment), rename)

    assert outcomes(*results) == ["DONE", "DONE"]
    experiment.refresh_from_db()
    assert (experiment.status, experiment.name, experiment.version) == ("RUNNING", "New", 3)
    assert list(Hold.objects.values_list("holder_name", flat=True)) == ["New"] * 3


def test_start_against_a_rollout(world: World, feature: Feature) -> None:
    experiment = world.experiment(feature)
    rollout = split_of(feature, {"blue": 1})

    told = outcomes(*race(lambda: start(world, experiment), lambda: set_rollout(world, experiment, rollout)))

    assert told in (["DONE", "DONE"], ["DONE", "ROLLOUT_LOCKED"])
    if told[1] == "DONE":
        assert last_two() == ["experiment.set_rollout", "experiment.start"]
    else:
        assert state_of(rollout_of(experiment).state)[2] == {"blue": 3300, "red": 3300}


def test_create_against_update_flag(world: World, feature: Feature) -> None:
    segment = world.segment()

    def edit() -> object:
        return change_flag(world, feature, override(segment, value="gold"), default=StateChange(value="white"))

    results = race(lambda: world.experiment(feature, rollout=split_of(feature, {"blue": 50})), edit)

    assert outcomes(*results) == ["DONE", "DONE"]
    rollout = rollout_of(results[0])
    control = "grey" if last_two() == ["experiment.create", "flag.update"] else "white"
    assert states(world, feature) == (
        [(segment.pk, (True, "gold", {})), (rollout.segment_id, (True, control, {"blue": 5000}))],
        (True, "white", {}),
    )
    assert world.flag(feature).version == 3


def test_start_against_rules_of_a_segment_ahead(world: World, feature: Feature) -> None:
    segment = world.segment()
    change_flag(world, feature, override(segment))
    experiment = world.experiment(feature)

    told = outcomes(*race(lambda: start(world, experiment), lambda: change_rules(world, segment)))

    assert told in (["DONE", "DONE"], ["DONE", "LOCKED_BY_EXPERIMENT"])
    if told[1] == "DONE":
        assert last_two() == ["segment.update", "experiment.start"]


def test_start_against_an_override_ahead(world: World, feature: Feature) -> None:
    segment = world.segment()
    experiment = world.experiment(feature)

    told = outcomes(*race(lambda: start(world, experiment), lambda: change_flag(world, feature, override(segment))))

    assert told in (["DONE", "DONE"], ["DONE", "LOCKED_BY_EXPERIMENT"])
    if told[1] == "DONE":
        assert last_two() == ["flag.update", "experiment.start"]
        assert ("RULES", segment.pk) in holds()


def test_shipping_to_gates_of_one_name_at_once(world: World) -> None:
    features = [world.feature() for _ in range(3)]
    experiments = [start(world, world.experiment(f, name="Same")) for f in features]
    ships = [ship_to_gate(f.options.get(key="blue").pk) for f in features]
    before = counts()["FlagVersion"]

    told = outcomes(
        *race(
            *[lambda e=e, s=s: complete(world, e, s) for e, s in zip(experiments, ships, strict=True)],
            lambda: create_segment(
                project_id=world.project.pk,
                name="Same",
                description="",
                rules={"type": "ALL", "conditions": [{"trait": "a", "operator": "IS_SET"}]},
                author=world.author,
                now=NOW,
            ),
        )
    )

    assert set(told) <= {"DONE", "NAME_TAKEN"}
    done = told[:3].count("DONE")
    assert Experiment.objects.filter(status="COMPLETED").count() == done
    names = list(Segment.objects.filter(is_system=False).values_list("name", flat=True))
    assert len(set(names)) == len(names) == told.count("DONE")
    if world.environment.versioning == Versioning.V2:
        assert counts()["FlagVersion"] == before + done


def test_a_name_that_is_taken_at_the_last_moment_gets_an_end(world: World, feature: Feature) -> None:
    experiment = start(world, world.experiment(feature, name="Same"))
    ship = ship_to_gate(feature.options.get(key="blue").pk)

    def complete_in_a_thread() -> list[Any]:
        return race(lambda: complete(world, experiment, ship))

    with ThreadPoolExecutor(1) as thread:
        with transaction.atomic():
            Segment.objects.create(project=world.project, name="Same", created_at=NOW, updated_at=NOW)
            completing = thread.submit(complete_in_a_thread)
            wait_until_somebody_waits_for_us()
        told = outcomes(*completing.result())

    assert told == ["DONE"]
    experiment.refresh_from_db()
    assert (experiment.status, len(holds())) == ("COMPLETED", 0)
    assert Segment.objects.filter(name__regex=r"^Same \([0-9a-f]{6}\)$", is_system=False).count() == 1


def wait_until_somebody_waits_for_us() -> None:
    # Not pg_stat_activity: a transaction sees that as it was when it first looked.
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
    deadline = monotonic() + 20
    with connection.cursor() as cursor:
        while monotonic() < deadline:
            cursor.execute(waiting)
            if cursor.fetchone() != (0,):
                return
            sleep(0.02)
    raise AssertionError("nobody waits")


def test_create_against_a_switch_of_the_mode(world: World, feature: Feature) -> None:
    (other,) = set(Versioning) - {world.environment.versioning}

    def switch() -> object:
        return update_environment(environment_id=world.environment.pk, versioning=other, author=world.author, now=NOW)

    results = race(lambda: world.experiment(feature), switch)

    assert outcomes(*results) == ["DONE", "DONE"]
    rollout = rollout_of(results[0])
    assert states(world, feature)[0] == [(rollout.segment_id, state_of(rollout.state))]
    assert (live(world, feature).sealed_at is None) == (other == Versioning.V1)
    assert "experiment.create" in actions()


def test_two_experiments_of_one_name_both_get_a_key(world: World) -> None:
    features = [world.feature() for _ in range(4)]

    made = race(*(lambda feature=feature: world.experiment(feature, name="Same name") for feature in features))

    assert [type(each) for each in made] == [Experiment] * 4, made
    keys = {each.key for each in made}
    assert len(keys) == 4
    assert all(key == "same-name" or key.startswith("same-name-") for key in keys)


def test_ramp_against_pause(world: World, feature: Feature) -> None:
    experiment = start(world, world.experiment(feature))

    told = outcomes(*race(lambda: ramp(world, experiment, 50), lambda: pause(world, experiment)))

    assert told in (["DONE", "DONE"], ["ILLEGAL_TRANSITION", "DONE"])
    experiment.refresh_from_db()
    (phase,) = phases_of(experiment)
    ramped = [("RAMPED", 5000)] if told[0] == "DONE" else []
    assert steps_of(phase) == [("OPENED", 2000), *ramped, ("PAUSED", 0)]
    assert (experiment.status, gate_of(experiment)[0]) == ("PAUSED", 5000 if ramped else 2000)
    assert not rollout_of(experiment).segment.is_open


def test_two_ramps(world: World, feature: Feature) -> None:
    experiment = start(world, world.experiment(feature))

    told = outcomes(*race(lambda: ramp(world, experiment, 30), lambda: ramp(world, experiment, 50)))

    assert told in (["DONE", "DONE"], ["NOT_WIDER", "DONE"])
    (phase,) = phases_of(experiment)
    first = [("RAMPED", 3000)] if told[0] == "DONE" else []
    assert steps_of(phase) == [("OPENED", 2000), *first, ("RAMPED", 5000)]
    assert gate_of(experiment)[0] == 5000


def test_eight_ramps_to_one_percentage(world: World, feature: Feature) -> None:
    experiment = start(world, world.experiment(feature))

    told = outcomes(*race(*[lambda: ramp(world, experiment, 50) for _ in range(8)]))

    assert sorted(told) == ["DONE"] + ["NOT_WIDER"] * 7


def test_four_workers_carry_a_ramp_out_once(world: World, feature: Feature) -> None:
    experiment = start(world, world.experiment(feature))
    schedule(world, experiment, (50, timedelta(hours=1)))
    later = NOW + timedelta(hours=2)
    (due,) = due_ramps(now=later)

    results = race(*[lambda: carry_out_ramp(ramp_id=due, now=later) for _ in range(4)])

    assert outcomes(*results) == ["DONE"] * 4
    assert [r.status for r in results if r is not None] == ["DONE"]
    (phase,) = phases_of(experiment)
    assert steps_of(phase) == [("OPENED", 2000), ("RAMPED", 5000)]


def test_a_scheduled_ramp_against_its_cancellation(world: World, feature: Feature) -> None:
    experiment = start(world, world.experiment(feature))
    schedule(world, experiment, (50, timedelta(hours=1)))
    later = NOW + timedelta(hours=2)
    (due,) = due_ramps(now=later)

    results = race(lambda: carry_out_ramp(ramp_id=due, now=later), lambda: cancel_ramps(world, experiment))

    assert outcomes(*results) == ["DONE", "DONE"]
    (settled,) = ScheduledRamp.objects.all()
    assert (settled.status, gate_of(experiment)[0]) in [("DONE", 5000), ("CANCELLED", 2000)]


def test_revert_against_create(world: World, feature: Feature) -> None:
    completed = bring_to(world, world.experiment(feature), Status.COMPLETED)

    told = outcomes(*race(lambda: revert(world, completed), lambda: world.experiment(feature)))

    assert sorted(told) == ["ACTIVE_EXPERIMENT_EXISTS", "DONE"]
    assert Experiment.objects.exclude(status="COMPLETED").count() == 1
    completed.refresh_from_db()
    assert (completed.status == "PAUSED") == (told[0] == "DONE")
    assert len(states(world, feature)[0]) == 1


def test_two_reverts(world: World, feature: Feature) -> None:
    completed = bring_to(world, world.experiment(feature), Status.COMPLETED)

    told = outcomes(*race(*[lambda: revert(world, completed) for _ in range(2)]))

    assert sorted(told) == ["DONE", "ILLEGAL_TRANSITION"]
    assert len(holds()) == 2


def test_start_against_other_rules_of_the_audience(world: World, feature: Feature) -> None:
    audience = world.segment()
    experiment = world.experiment(feature, audience_id=audience.pk)

    told = outcomes(*race(lambda: start(world, experiment), lambda: change_rules(world, audience)))

    assert told == ["DONE", "DONE"]
    (phase,) = phases_of(experiment)
    assert phase.audience is not None
    assert phase.audience.number in (1, 2)
    assert rollout_of(experiment).gate.rules["rules"] == [phase.audience.rules]
