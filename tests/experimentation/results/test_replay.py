"""A/A replays of a real experiment's units."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from server.accounts.permissions import MissingRole
from server.accounts.roles import Role
from server.errors import InvalidInput, NotFound
from server.experimentation.metrics.definitions import Measured
from server.experimentation.metrics.plans import PlanRequest, PlanTerms
from server.experimentation.models import Experiment, MetricKind, Plan, Replay
from server.experimentation.refusals import NotStarted, PlanMissing, ReplayPending, reference_to
from server.experimentation.results import replay as carrying_out
from server.experimentation.results.encoding import from_json
from server.experimentation.results.replay import carry_out_replay
from server.experimentation.results.replay_document import ReplayDocument
from server.experimentation.results.replays_shown import findings_in_words
from server.experimentation.services.replay_aa import replay_aa
from server.experimentation.services.set_experiment_plan import set_experiment_plan
from server.experimentation.stats.terms import Interval, Scale
from server.warehouse.engine import Warehouse
from server.warehouse.questions.terms import Aggregate
from server.warehouse.questions.units import Sample, Units, units_of
from tests.experimentation.acting import start
from tests.experimentation.results.living import a_metric, an_event, met, plan_for, send
from tests.experimentation.results.test_compute import Away
from tests.factories import NOW, World, done, new_author, new_world
from tests.rows import unchanged

HOUR = timedelta(hours=1)
KEYS = [f"customer-{number}" for number in range(600)]


@pytest.fixture
def running(world: World, experiment: Experiment, warehouse: Warehouse) -> Experiment:
    """Everyone who met blue bought, and nobody else: a difference that a replay must not find."""
    plan_for(world, experiment, a_metric(world))
    start(world, experiment, now=NOW)
    exposures = met(world, KEYS, NOW + HOUR)
    buyers = [each["targetingKey"] for each in exposures if each["variant"] == "blue"]
    send(world, warehouse, [*exposures, *(an_event(key, NOW + 2 * HOUR) for key in buyers)], at=NOW + 3 * HOUR)
    return experiment


def asked(world: World, experiment: Experiment, runs: int = 200) -> Replay:
    return replay_aa(experiment_id=experiment.pk, runs=runs, author=world.author, now=NOW + 4 * HOUR)


def test_a_replay_finds_false_positives_at_about_alpha_however_large_the_real_difference(
    world: World, running: Experiment, warehouse: Warehouse
) -> None:
    replay = asked(world, running)
    Replay.objects.update(seed=7)

    carry_out_replay(replay_id=replay.pk, warehouse=warehouse, now=NOW + 5 * HOUR)

    replay.refresh_from_db()
    document = from_json(replay.document, ReplayDocument)
    (metric,) = document.metrics
    assert (document.units, document.variants, metric.outcome.tests) == (600, ("control", "blue"), 200)
    assert isinstance(metric.outcome.interval, Interval)
    assert metric.outcome.interval.low < 0.05 < metric.outcome.interval.high
    assert document.false_findings <= 10
    assert replay.engine.startswith("DuckDB ")
    assert (replay.plan, replay.failure_code) == (Plan.objects.get(), "")


def test_the_first_finding_and_the_last_are_by_the_same_seed(
    world: World, running: Experiment, warehouse: Warehouse
) -> None:
    first = asked(world, running, 100)
    carry_out_replay(replay_id=first.pk, warehouse=warehouse, now=NOW + 5 * HOUR)
    second = asked(world, running, 100)
    Replay.objects.filter(pk=second.pk).update(seed=first.seed)

    carry_out_replay(replay_id=second.pk, warehouse=warehouse, now=NOW + 6 * HOUR)

    documents = Replay.objects.order_by("pk").values_list("document", flat=True)
    assert documents[0] == documents[1]


def test_of_more_units_than_a_replay_deals_some_are_drawn_by_the_replays_seed_and_it_says_so(
    world: World, running: Experiment, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn_by = []

    def watched(*given: Any, sample: Sample, **named: Any) -> Units:
        drawn_by.append(sample.drawn_by)
        return units_of(*given, sample=sample, **named)

    monkeypatch.setattr(carrying_out, "MOST_UNITS", 300)
    monkeypatch.setattr(carrying_out, "units_of", watched)
    documents = []
    for seed in (7, 7, 8):
        replay = asked(world, running, 100)
        Replay.objects.filter(pk=replay.pk).update(seed=seed)
        carry_out_replay(replay_id=replay.pk, warehouse=warehouse, now=NOW + 5 * HOUR)
        replay.refresh_from_db()
        documents.append(from_json(replay.document, ReplayDocument))

    first, again, other = documents
    assert drawn_by == [f"{running.pk}:{seed}" for seed in (7, 7, 8)]
    assert first == again != other
    assert [each.units_in_all for each in documents] == [600] * 3
    assert first.units == pytest.approx(300, abs=60)
    assert findings_in_words(first, 100).startswith(f"Of 600 units {first.units} were drawn at random, and dealt. In ")


def test_each_metric_is_tested_with_its_own_values(world: World, experiment: Experiment, warehouse: Warehouse) -> None:
    buyers = a_metric(world)
    refunds = a_metric(world, "refunds", MetricKind.SUM, measured=Measured("nobody did", Aggregate.SUM))
    terms = PlanTerms(Scale.ABSOLUTE, 0.01, lookback_days=0)
    request = PlanRequest(primary=buyers.pk, secondary=(refunds.pk,), terms=terms)
    done(set_experiment_plan(experiment_id=experiment.pk, plan=request, author=world.author, now=NOW))
    start(world, experiment, now=NOW)
    events = [an_event(key, NOW + 2 * HOUR) for key in KEYS[:300]]
    send(world, warehouse, [*met(world, KEYS, NOW + HOUR), *events], at=NOW + 3 * HOUR)
    replay = asked(world, experiment, 100)

    carry_out_replay(replay_id=replay.pk, warehouse=warehouse, now=NOW + 5 * HOUR)

    replay.refresh_from_db()
    found = from_json(replay.document, ReplayDocument)
    assert [(each.key, each.metric_kind, each.outcome.tests) for each in found.metrics] == [
        ("buyers", MetricKind.PROPORTION, 100),
        ("refunds", MetricKind.SUM, 0),
    ]
    assert (found.units, found.units_in_all) == (600, None)


def test_a_replay_without_a_warehouse_fails_and_another_may_be_asked_for(
    world: World, running: Experiment, warehouse: Warehouse
) -> None:
    replay = asked(world, running)

    carry_out_replay(replay_id=replay.pk, warehouse=Away(), now=NOW + 5 * HOUR)

    replay.refresh_from_db()
    assert (replay.failure_code, replay.failure_message) == ("WAREHOUSE_UNAVAILABLE", "The warehouse is away.")
    assert (replay.document, replay.finished_at is None) == (None, False)
    assert asked(world, running).pk != replay.pk


def test_a_replay_is_carried_out_once(world: World, running: Experiment, warehouse: Warehouse) -> None:
    replay = asked(world, running)
    first = carry_out_replay(replay_id=replay.pk, warehouse=warehouse, now=NOW + 5 * HOUR)

    again = carry_out_replay(replay_id=replay.pk, warehouse=warehouse, now=NOW + 6 * HOUR)

    assert (first, again) == (replay, None)


def test_one_replay_waits_at_a_time(world: World, running: Experiment, warehouse: Warehouse) -> None:
    first = asked(world, running)

    with unchanged(), pytest.raises(ReplayPending) as refused:
        asked(world, running)
    assert (refused.value.code, refused.value.collides_with) == ("REPLAY_PENDING", reference_to(running))
    carry_out_replay(replay_id=first.pk, warehouse=warehouse, now=NOW + 5 * HOUR)
    second = asked(world, running)

    assert second.pk != first.pk


@pytest.mark.parametrize("runs", [99, 2_001, 0, -1])
def test_the_number_of_runs_is_bounded(world: World, running: Experiment, runs: int) -> None:
    with unchanged(), pytest.raises(InvalidInput) as refused:
        asked(world, running, runs)

    assert [(problem.path, problem.code) for problem in refused.value.problems] == [(("runs",), "OUT_OF_RANGE")]
    assert not Replay.objects.exists()


def test_a_draft_and_an_experiment_without_a_plan_have_nothing_to_replay(world: World, experiment: Experiment) -> None:
    with pytest.raises(NotStarted):
        asked(world, experiment)
    start(world, experiment, now=NOW)
    with pytest.raises(PlanMissing):
        asked(world, experiment)
    assert not Replay.objects.exists()


def test_another_organisations_experiment_does_not_exist(world: World, running: Experiment) -> None:
    elsewhere = new_world()

    with unchanged(), pytest.raises(NotFound) as refused:
        asked(elsewhere, running)

    assert refused.value.field == "experimentId"


def test_a_viewer_may_not_ask_for_one(world: World, running: Experiment) -> None:
    viewer = replace(world, author=new_author(world.organisation, Role.VIEWER))

    with unchanged(), pytest.raises(MissingRole):
        asked(viewer, running)
