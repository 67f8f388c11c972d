"""Sample sizes from what a metric has come to, beside the same figures given by hand."""

from dataclasses import replace

import pytest

from server.errors import InvalidInput
from server.experimentation.inference.plan import NO_BASELINE, AtUnits, SizePlan, SizeRequest, plan_sample_size
from server.experimentation.planning.from_history import plan_from_history
from server.experimentation.planning.history import Place
from server.experimentation.stats.power import Baseline, Design
from server.experimentation.stats.reasons import NoResult, Reason
from server.experimentation.stats.samples import ProportionCounts
from server.experimentation.stats.terms import Scale
from tests.experimentation.measuring import new_metric
from tests.experimentation.planning.remembering import remember
from tests.factories import World, new_world

REQUEST = SizeRequest(Design(NO_BASELINE, Scale.RELATIVE, 0.1), None, (20_000,))
GIVEN = replace(REQUEST, design=replace(REQUEST.design, baseline=Baseline.of_proportion(0.05)))


@pytest.fixture
def place(world: World) -> Place:
    """A metric that five percent of the environment's units show; a thousand new ones come each day."""
    metric = new_metric(world)
    remember(world, metric)
    return Place(world.environment.pk, metric.pk)


def planned(world: World, place: Place | None, request: SizeRequest = REQUEST) -> SizePlan:
    """The plan, of somebody who sees the place."""
    found = plan_from_history(request, place=place, author=world.author)
    assert found is not None
    return found


def test_a_plan_from_history_is_the_one_from_the_same_figures(world: World, place: Place) -> None:
    assert planned(world, place) == plan_sample_size(replace(GIVEN, units_per_day=1_000.0))


def test_traffic_that_is_given_stays(world: World, place: Place) -> None:
    asked = replace(REQUEST, units_per_day=50.0)

    assert planned(world, place, asked) == plan_sample_size(replace(GIVEN, units_per_day=50.0))


def test_without_a_place_the_requests_own_figures_count(world: World) -> None:
    assert planned(world, None, GIVEN) == plan_sample_size(GIVEN)


def test_without_a_baseline_the_reason_stands_in_the_place_of_every_number(world: World) -> None:
    nothing = NoResult(Reason.NO_HISTORY)

    found = planned(world, Place(world.environment.pk, new_metric(world).pk))

    at = (AtUnits(20_000, nothing, nothing),)
    assert found == SizePlan(REQUEST.design, nothing, None, nothing, nothing, at)


def test_without_a_number_its_reason_does_and_the_traffic_is_told(world: World) -> None:
    metric, nothing = new_metric(world), NoResult(Reason.TOO_FEW_UNITS)
    remember(world, metric, ProportionCounts(1, 0), units=1, units_per_day=0.5)

    found = planned(world, Place(world.environment.pk, metric.pk))

    assert (found.baseline, found.needed, found.days, found.units_per_day) == (nothing, nothing, nothing, 0.5)


def test_who_does_not_see_the_place_gets_nothing(place: Place) -> None:
    assert plan_from_history(REQUEST, place=place, author=new_world().author) is None


@pytest.mark.parametrize("known", [True, False])
def test_a_request_that_is_out_of_range_is_refused_whatever_is_known(world: World, place: Place, known: bool) -> None:
    asked = replace(REQUEST, design=replace(REQUEST.design, alpha=0.9))

    with pytest.raises(InvalidInput) as refused:
        planned(world, place if known else Place(world.environment.pk, new_metric(world).pk), asked)

    assert [(each.path, each.code) for each in refused.value.problems] == [
        (("alpha",), "OUT_OF_RANGE"),
        (("power",), "OUT_OF_RANGE"),
    ]


def test_an_effect_that_no_rate_can_have_is_refused(world: World, place: Place) -> None:
    asked = replace(REQUEST, design=replace(REQUEST.design, effect=20.0))

    with pytest.raises(InvalidInput) as refused:
        planned(world, place, asked)

    assert [each.path for each in refused.value.problems] == [("minimumEffect",)]
