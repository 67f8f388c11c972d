"""What a draft needs, by its own plan, rollout and history, beside the same figures given by hand."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from server.database.rows import insert
from server.experimentation.inference.plan import SizePlan, SizeRequest, plan_sample_size
from server.experimentation.metrics.plans import AnyTime, AtHorizon, PlanTerms
from server.experimentation.models import Experiment, Metric, Plan, PlanMetric
from server.experimentation.planning.drafts import DRAFT_FACTS, planned_size
from server.experimentation.stats.power import Baseline, Design, SampleSize
from server.experimentation.stats.reasons import NoResult, Reason
from server.experimentation.stats.rules import AlwaysValid
from server.experimentation.stats.samples import ProportionCounts
from server.experimentation.stats.terms import Direction, Scale
from server.projects.models import Versioning
from tests.experimentation.acting import bring_to, delete, set_rollout
from tests.experimentation.measuring import new_metric, plan_of, redefine, set_plan
from tests.experimentation.planning.remembering import remember
from tests.factories import World, new_world, split_of

TERMS = PlanTerms(Scale.RELATIVE, 0.1, rule=AnyTime(20_000))
DESIGN = Design(
    Baseline.of_proportion(0.05),
    Scale.RELATIVE,
    0.1,
    control_share=0.6,
    treatment_share=0.1,
    comparisons=2,
    test=AlwaysValid(20_000),
)


@pytest.fixture
def world(db: None) -> World:
    return new_world(Versioning.V2)


@pytest.fixture
def metric(world: World) -> Metric:
    """Five percent of the environment's units show it; a thousand new ones come each day."""
    metric = new_metric(world)
    remember(world, metric)
    return metric


def draft(world: World, split: dict[str, float] | None = None, percentage: float = 20) -> Experiment:
    """A draft on a feature with two options; its gate takes a fifth of the units."""
    feature = world.feature()
    split = {"blue": 30, "red": 10} if split is None else split
    return world.experiment(feature, rollout=split_of(feature, split, percentage=percentage))


def of(experiment: Experiment) -> SizePlan | NoResult:
    """What the stored experiment needs."""
    return planned_size(Experiment.objects.get(pk=experiment.pk))


def given(**design: Any) -> SizePlan:
    """The same from figures that are given: of the thousand units a day, two hundred take part."""
    return plan_sample_size(SizeRequest(replace(DESIGN, **design), 200.0, ()))


def test_a_draft_needs_what_its_plan_its_split_and_its_traffic_say(world: World, metric: Metric) -> None:
    experiment = set_plan(world, draft(world), plan_of(metric, TERMS))

    found = of(experiment)

    assert found == given()
    assert isinstance(found, SizePlan)
    assert isinstance(found.needed, SampleSize)
    assert found.days == found.needed.units / 200


def test_a_fixed_horizon_is_planned_by_one_look_with_the_power_at_its_units(world: World, metric: Metric) -> None:
    terms = PlanTerms(Scale.ABSOLUTE, 0.005, rule=AtHorizon(units=50_000, days=14.0))
    experiment = set_plan(world, draft(world, {"blue": 50}), plan_of(metric, terms))

    found = of(experiment)

    design = Design(Baseline.of_proportion(0.05), Scale.ABSOLUTE, 0.005)
    assert found == plan_sample_size(SizeRequest(design, 200.0, (50_000,)))
    assert isinstance(found, SizePlan)
    # (1.95996 + 0.84162)² · (0.05 · 0.95 + 0.055 · 0.945) / 0.005² in each arm, as calculators have it.
    assert isinstance(found.needed, SampleSize)
    assert found.needed.control_units == 31_231


def test_of_a_metric_that_should_fall_a_fall_is_looked_for(world: World) -> None:
    metric = new_metric(world, direction=Direction.LOWER_IS_BETTER)
    remember(world, metric)
    experiment = set_plan(world, draft(world), plan_of(metric, TERMS))

    assert of(experiment) == given(effect=-0.1)


def test_the_plan_in_force_counts_and_its_metric_as_it_is_now(world: World, metric: Metric) -> None:
    experiment = set_plan(world, draft(world), plan_of(new_metric(world), TERMS))
    set_plan(world, experiment, plan_of(metric, TERMS))
    before = of(experiment)

    redefine(world, metric)
    missing = of(experiment)
    remember(world, metric, ProportionCounts(1_000, 500))

    assert before == given()
    nothing = NoResult(Reason.NO_HISTORY)
    assert isinstance(missing, SizePlan)
    assert (missing.baseline, missing.needed, missing.days, missing.units_per_day) == (nothing, nothing, nothing, None)
    assert of(experiment) == given(baseline=Baseline.of_proportion(0.5))


def test_another_environments_history_is_not_this_ones(world: World) -> None:
    metric = new_metric(world)
    remember(world.with_environment(Versioning.V2), metric)

    found = of(set_plan(world, draft(world), plan_of(metric, TERMS)))

    assert isinstance(found, SizePlan)
    assert found.needed == NoResult(Reason.NO_HISTORY)


def test_an_effect_that_no_rate_can_have_is_out_of_reach(world: World, metric: Metric) -> None:
    found = of(set_plan(world, draft(world), plan_of(metric, replace(TERMS, minimum_effect=30.0))))

    nothing = NoResult(Reason.OUT_OF_REACH)
    assert isinstance(found, SizePlan)
    assert (found.baseline, found.needed, found.days) == (Baseline.of_proportion(0.05), nothing, nothing)


def test_a_stored_plan_whose_power_is_no_more_than_alpha_is_out_of_reach(world: World, metric: Metric) -> None:
    """Plans that were written before this was refused are still there."""
    experiment, unknown = (set_plan(world, draft(world), plan_of(each, TERMS)) for each in (metric, new_metric(world)))
    for plan in Plan.objects.all():
        measured = plan.measured
        plan.pk, plan.number, plan.alpha, plan.power = None, 2, 0.5, 0.5
        insert(plan)
        insert(*(PlanMetric(plan=plan, version_id=each.version_id, role=each.role, position=0) for each in measured))

    found, of_nothing = of(experiment), of(unknown)

    assert isinstance(found, SizePlan)
    assert (found.baseline, found.units_per_day) == (Baseline.of_proportion(0.05), 200.0)
    assert found.needed == found.days == NoResult(Reason.OUT_OF_REACH)
    assert isinstance(of_nothing, SizePlan)
    assert of_nothing.baseline == of_nothing.needed == NoResult(Reason.NO_HISTORY)


def test_a_closed_gate_lets_nobody_in(world: World, metric: Metric) -> None:
    found = of(set_plan(world, draft(world, percentage=0), plan_of(metric, TERMS)))

    assert isinstance(found, SizePlan)
    assert isinstance(found.needed, SampleSize)
    assert (found.units_per_day, found.days) == (0.0, NoResult(Reason.NO_TRAFFIC))


def test_why_there_is_nothing_to_plan(world: World, metric: Metric) -> None:
    bare = world.experiment(rollout=None)
    without_plan, running = draft(world), bring_to(world, draft(world), "RUNNING")
    set_plan(world, running, plan_of(metric, TERMS))
    one_arm = set_plan(world, draft(world, {}), plan_of(metric, TERMS))
    no_control = set_plan(world, draft(world, {"blue": 50, "red": 50}), plan_of(metric, TERMS))

    before = [of(each) for each in (bare, without_plan, running, one_arm, no_control)]
    set_plan(world, bare, plan_of(metric, TERMS))
    planned = of(bare)
    set_rollout(world, bare, split_of(bare.feature, {"blue": 30, "red": 10}))

    reasons = [each.reason for each in before if isinstance(each, NoResult)]
    open_arm = Reason.ONE_OPEN_ARM
    assert reasons == [Reason.NO_PLAN, Reason.NO_PLAN, Reason.ALREADY_STARTED, open_arm, open_arm]
    assert planned == NoResult(Reason.NO_ROLLOUT)
    assert of(bare) == given()


def test_of_a_deleted_draft_nothing_is_left_to_plan(world: World, metric: Metric) -> None:
    deleted = delete(world, set_plan(world, draft(world), plan_of(metric, TERMS)))

    assert planned_size(deleted) == NoResult(Reason.NO_PLAN)


def test_what_it_takes_is_asked_with_the_experiments_themselves(world: World, metric: Metric) -> None:
    for _ in range(3):
        set_plan(world, draft(world), plan_of(metric, TERMS))

    with CaptureQueriesContext(connection) as queries:
        found = [planned_size(each) for each in Experiment.objects.annotate(**DRAFT_FACTS)]

    assert found == [given()] * 3
    assert len(queries) == 1
