"""Random data, asked of both engines and of a naive loop over the rows: every number agrees."""

from dataclasses import replace

import pytest

from server.warehouse.questions.answers import Quantile
from server.warehouse.questions.baseline import ask_baseline
from server.warehouse.questions.experiment import ask_experiment
from tests.warehouse.questions.engines import SESSIONS
from tests.warehouse.questions.reference import ask_reference, ask_reference_baseline, units_of
from tests.warehouse.questions.same import assert_same
from tests.warehouse.questions.worlds import AS_OF, DAY, SCOPES, START, world

SEEDS = range(8)


@pytest.mark.parametrize("engine", SESSIONS)
@pytest.mark.parametrize("seed", SEEDS)
def test_an_engine_answers_what_a_loop_over_the_rows_does(engine: str, seed: int) -> None:
    rows, question = world(seed)

    with SESSIONS[engine](rows) as session:
        found = ask_experiment(session, question)

    assert_same(found, ask_reference(rows, question))


@pytest.mark.parametrize("engine", SESSIONS)
@pytest.mark.parametrize("seed", (10, 11))
def test_some_scopes_are_answered_as_they_are_among_all(engine: str, seed: int) -> None:
    rows, question = world(seed)
    question = replace(question, answered=(3, 11, 12))

    with SESSIONS[engine](rows) as session:
        found = ask_experiment(session, question)

    assert {arm.scope for arm in found.arms} == {3, 11, 12}
    assert_same(found, ask_reference(rows, question))


@pytest.mark.parametrize("engine", SESSIONS)
@pytest.mark.parametrize("seed", (20, 21))
def test_a_baseline_is_what_a_loop_over_the_rows_finds(engine: str, seed: int) -> None:
    rows, question = world(seed)
    asked = {"environment_id": 1, "since": START + DAY, "until": AS_OF}

    with SESSIONS[engine](rows) as session:
        found = ask_baseline(session, question.metrics, **asked)

    assert_same(found, ask_reference_baseline(rows, question.metrics, **asked))


def test_the_random_worlds_hold_what_makes_data_awkward() -> None:
    worlds = [world(seed) for seed in SEEDS]
    answers = [ask_reference(rows, question) for rows, question in worlds]
    with_a_hole = [units_of(rows, question, SCOPES[4])[0] for rows, question in worlds]
    of_the_last_phase = [units_of(rows, question, SCOPES[2])[0] for rows, question in worlds]

    for found in answers:
        assert sum(count.quarantined for count in found.counts) > 0
        assert sum(count.outside for count in found.counts) > 0
        assert sum(count.unknown for count in found.counts) > 0
    assert all(any(unit.until < AS_OF for unit in units) for units in with_a_hole)
    assert all(any(not unit.events for unit in units) for units in with_a_hole)
    assert all(any(unit.begun < unit.first for unit in units) for units in of_the_last_phase)
    assert any(arm.dimension_value is None for found in answers for arm in found.arms)
    assert any(len(set(caps.by_scope.values())) > 3 for found in answers for caps in found.caps)
    quantiles = [it for found in answers for arm in found.arms for it in arm.metrics if isinstance(it, Quantile)]
    assert any(it.low is not None for it in quantiles)
    assert any(it.low is None and it.units > 0 for it in quantiles)
    assert any(it.units == 0 for it in quantiles)
