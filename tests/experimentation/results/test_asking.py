"""Which question phases and a plan make."""

from datetime import timedelta

from server.experimentation.models import MetricRole
from server.experimentation.results.asking import POOLED
from tests.experimentation.results.making import OPENED, a_metric, a_phase, a_plan, asked_of

DAY = timedelta(days=1)


def test_by_a_dimension_only_what_is_judged_is_answered_and_earlier_phases_still_end_pasts() -> None:
    phases = [
        a_phase(1, shares={"b": 5_000}, closed_at=OPENED + DAY),
        a_phase(2, shares={"b": 2_000}, opened=OPENED + DAY, closed_at=OPENED + 2 * DAY, bucket_map_id=7),
        a_phase(3, shares={"b": 2_000}, opened=OPENED + 2 * DAY, bucket_map_id=7),
    ]
    asked = asked_of(phases, a_plan(lookback_days=14), [a_metric(1, MetricRole.PRIMARY)])

    question = asked.by_dimension("country")

    assert asked.question.answered is None
    assert [scope.id for scope in question.scopes] == [1, 2, 3, POOLED]
    assert (question.answered, question.dimension) == ((2, 3, POOLED), "country")


def test_by_a_dimension_a_single_judged_phase_is_answered_alone() -> None:
    phases = [
        a_phase(1, shares={"b": 5_000}, closed_at=OPENED + DAY),
        a_phase(2, shares={"b": 2_000}, opened=OPENED + DAY),
    ]

    question = asked_of(phases, None, []).by_dimension("country")

    assert ([scope.id for scope in question.scopes], question.answered) == ([1, 2], (2,))
