"""An edit in the middle of an experiment: no phase looks unfair by it, and nobody who changes arms is lost."""

from datetime import timedelta

import pytest

from server.experimentation.models import Experiment, MetricKind
from server.experimentation.results.document import ResultsDocument, ScopeFigures
from server.experimentation.results.stretches import PhaseBreak
from server.experimentation.stats.samples import MeanSums
from server.experimentation.stats.srm import PhaseCounts, SrmResult, check
from server.warehouse.engine import Warehouse
from tests.experimentation.acting import pause, set_rollout, start
from tests.experimentation.results.living import a_metric, an_event, document, met, plan_for, send
from tests.factories import NOW, World, split_of

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
KEYS = [f"customer-{number}" for number in range(6_000)]
EDITED = NOW + DAY


@pytest.fixture
def computed(world: World, experiment: Experiment, warehouse: Warehouse) -> ResultsDocument:
    """Everyone meets the experiment and buys once, blue goes from 50 to 20 %, and everyone does it again.

    A hundred customers still have the answer from before when they come the second time, for an hour.
    """
    plan_for(world, experiment, a_metric(world, "purchases", MetricKind.COUNT))
    start(world, experiment, now=NOW)
    first = met(world, KEYS, NOW + HOUR)
    send(world, warehouse, [*first, *(an_event(key, NOW + 2 * HOUR) for key in KEYS)], at=NOW + 3 * HOUR)
    pause(world, experiment, now=EDITED)
    set_rollout(world, experiment, split_of(experiment.feature, {"blue": 20}, percentage=100), now=EDITED)
    start(world, experiment, now=EDITED)
    stale = met_before(first[:100])
    again = met(world, KEYS, EDITED + HOUR)
    bought = [an_event(key, EDITED + 2 * HOUR) for key in KEYS]
    send(world, warehouse, [*stale, *again, *bought], at=EDITED + 3 * HOUR)
    return document(experiment, warehouse, now=EDITED + DAY)


def met_before(exposures):  # type: ignore[no-untyped-def]
    """The same exposures, sent again after the edit."""
    return [{**each, "id": f"{each['id']}-stale", "time": (EDITED + HOUR / 2).isoformat()} for each in exposures]


def units(figures: ScopeFigures) -> dict[str, int]:
    return {each.variant: each.units for each in figures.units}


def test_each_phase_is_fair_by_its_own_split(computed: ResultsDocument) -> None:
    first, second = computed.phases

    assert [each.basis_points for each in first.units] == [5_000, 5_000]
    assert [each.basis_points for each in second.units] == [8_000, 2_000]
    for phase in (first, second):
        assert isinstance(phase.split, SrmResult)
        assert phase.split.p_value > 0.01


def test_by_any_other_split_they_would_look_unfair(computed: ResultsDocument) -> None:
    first, second = (units(phase) for phase in computed.phases)
    both = tuple(first[key] + second[key] for key in first)

    for counts, weights in ((tuple(second.values()), (0.5, 0.5)), (both, (0.5, 0.5)), (both, (0.8, 0.2))):
        result = check(PhaseCounts(counts, weights))
        assert isinstance(result, SrmResult)
        assert result.p_value < 1e-9


def test_whoever_changes_arms_counts_in_both_phases_and_is_quarantined_in_none(computed: ResultsDocument) -> None:
    first, second = (units(phase) for phase in computed.phases)

    assert sum(first.values()) == sum(second.values()) == len(KEYS)
    assert first["blue"] - second["blue"] == pytest.approx(0.3 * len(KEYS), rel=0.1)
    assert [phase.quarantined for phase in computed.phases] == [0, 0]


def test_what_a_unit_does_after_its_phase_counts_in_the_next_and_not_twice(computed: ResultsDocument) -> None:
    for phase in computed.phases:
        (metric,) = phase.metrics
        assert metric.samples == tuple(MeanSums(count, count, count) for count in units(phase).values())


def test_an_answer_from_before_the_edit_counts_for_no_phase(computed: ResultsDocument) -> None:
    assert [phase.outside for phase in computed.phases] == [100, 0]


def test_the_phases_are_not_pooled_and_the_latest_is_judged(computed: ResultsDocument) -> None:
    assert (computed.judged.phases, computed.broken_by) == ((2,), PhaseBreak.SPLIT_CHANGED)
    assert computed.verdict is not None
    assert computed.verdict.doubts == ()


def test_a_gate_that_narrows_makes_another_phase_which_is_pooled(
    world: World, experiment: Experiment, warehouse: Warehouse
) -> None:
    plan_for(world, experiment, a_metric(world, "purchases", MetricKind.COUNT))
    start(world, experiment, now=NOW)
    first = met(world, KEYS, NOW + HOUR)
    send(world, warehouse, first, at=NOW + 3 * HOUR)
    pause(world, experiment, now=EDITED)
    set_rollout(world, experiment, split_of(experiment.feature, {"blue": 50}, percentage=40), now=EDITED)
    start(world, experiment, now=EDITED)
    again = met(world, KEYS, EDITED + HOUR)
    send(world, warehouse, [*again, *(an_event(key, EDITED + 2 * HOUR) for key in KEYS)], at=EDITED + 3 * HOUR)

    computed = document(experiment, warehouse, now=EDITED + DAY)

    narrow = computed.phases[1]
    assert (computed.judged.phases, computed.broken_by) == ((1, 2), None)
    assert sum(units(computed.judged).values()) == len(KEYS)
    assert sum(units(narrow).values()) == len(again) < 0.45 * len(KEYS)
    (metric,) = computed.judged.metrics
    assert metric.samples == tuple(MeanSums(count, count, count) for count in units(computed.judged).values())
    (metric,) = computed.phases[0].metrics
    assert metric.samples == tuple(MeanSums(count, 0, 0) for count in units(computed.phases[0]).values())
