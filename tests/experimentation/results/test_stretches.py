"""Which phases are pooled."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from server.experimentation.models import Phase
from server.experimentation.results.stretches import PhaseBreak, stretches_of

OPENED = datetime(2026, 3, 1, tzinfo=UTC)


def phase(number: int, *, closed: bool = True, **changes: Any) -> Phase:
    """One of phases that follow each other, a day each, and differ in nothing but the gate."""
    opened = OPENED + timedelta(days=number)
    return Phase(
        number=number,
        **{
            "opened_at": opened,
            "closed_at": opened + timedelta(days=1) if closed else None,
            "enabled": True,
            "percentage": 1_000 * number,
            "gate_salt": "gate",
            "split_salt": "split",
            "bucket_map_id": 7,
            "control_value": "a",
            "arms": [{"optionId": 1, "key": "b", "value": "b", "basisPoints": 5_000}],
            "audience_id": None,
            **changes,
        },
    )


def test_an_experiment_that_never_started_has_no_stretch() -> None:
    assert stretches_of([]) == []


def test_phases_that_differ_in_the_gate_alone_are_one_stretch() -> None:
    phases = [phase(1), phase(2), phase(3, closed=False)]

    (stretch,) = stretches_of(phases)

    assert (stretch.numbers, stretch.broken_by) == ((1, 2, 3), None)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"enabled": False}, PhaseBreak.SWITCHED),
        ({"audience_id": 3}, PhaseBreak.AUDIENCE_CHANGED),
        ({"arms": [{"optionId": 1, "key": "b", "value": "b", "basisPoints": 4_999}]}, PhaseBreak.SPLIT_CHANGED),
        ({"arms": [{"optionId": 2, "key": "b", "value": "b", "basisPoints": 5_000}]}, PhaseBreak.SPLIT_CHANGED),
        ({"arms": [{"optionId": 1, "key": "b", "value": "c", "basisPoints": 5_000}]}, PhaseBreak.VALUES_CHANGED),
        ({"control_value": "A"}, PhaseBreak.VALUES_CHANGED),
        ({"bucket_map_id": 8}, PhaseBreak.DEALT_ANEW),
        ({"split_salt": "other"}, PhaseBreak.DEALT_ANEW),
        ({"gate_salt": "other"}, PhaseBreak.DEALT_ANEW),
        ({"opened_at": OPENED + timedelta(days=2, hours=1)}, PhaseBreak.INTERRUPTED),
    ],
)
def test_anything_else_that_differs_begins_another_stretch(changes: dict[str, Any], why: PhaseBreak) -> None:
    stretches = stretches_of([phase(1), phase(2, closed=False, **changes)])

    assert [(each.numbers, each.broken_by) for each in stretches] == [((1,), None), ((2,), why)]


def test_true_and_1_are_different_values() -> None:
    stretches = stretches_of([phase(1, control_value=1), phase(2, control_value=True)])

    assert [each.broken_by for each in stretches] == [None, PhaseBreak.VALUES_CHANGED]


def test_a_stretch_goes_on_after_one_that_was_broken() -> None:
    stretches = stretches_of([phase(1), phase(2, bucket_map_id=8), phase(3, bucket_map_id=8)])

    assert [each.numbers for each in stretches] == [(1,), (2, 3)]
