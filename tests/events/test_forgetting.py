"""Forgetting: ids past the window and blocks done long ago go, in portions; nothing else does."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from server.events import forgetting
from server.events.forgetting import BLOCKS_KEPT, WINDOW, forget_blocks, forget_seen_events
from server.events.models import Block, SeenEvent
from server.events.move import move_blocks
from tests.events.sending import NOW, event, many, send, stopped_at
from tests.events.warehouses import files_in, ids_in
from tests.factories import new_world

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)


def in_portions_of(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    small = forgetting.Repeated(forgetting._FORGET_EVENTS.replace(f"LIMIT {forgetting.PORTION}", f"LIMIT {size}"))
    monkeypatch.setattr(forgetting, "_FORGET_EVENTS", small)
    monkeypatch.setattr(forgetting, "PORTION", size)


def test_an_id_is_known_for_three_days_and_then_counts_again(tmp_path: Path) -> None:
    here = new_world().environment.pk
    warehouse = files_in(tmp_path)
    later = NOW + timedelta(hours=72)
    send(here, event("a"))
    move_blocks(warehouse, clock=stopped_at(NOW))

    assert forget_seen_events(now=later, seconds=0) == 0
    send(here, event("a"))
    move_blocks(warehouse, clock=stopped_at(later))
    assert ids_in(warehouse, here) == Counter({"a": 1})

    assert forget_seen_events(now=later + SECOND, seconds=0) == 1
    send(here, event("a"))
    move_blocks(warehouse, clock=stopped_at(later))
    assert ids_in(warehouse, here) == Counter({"a": 2})
    assert timedelta(hours=72) == WINDOW


def test_the_oldest_go_first_and_no_further_portion_is_begun_when_the_time_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = new_world().environment.pk
    for age in range(3):
        send(here, *many(4, f"{age}."))
        move_blocks(files_in(tmp_path), clock=stopped_at(NOW - age * SECOND))
    in_portions_of(3, monkeypatch)

    assert forget_seen_events(now=NOW + WINDOW, seconds=0) == 3
    assert forget_seen_events(now=NOW + WINDOW, seconds=-1) == 3
    left = Counter(SeenEvent.objects.values_list("seen_at", flat=True))
    assert left == {NOW: 4, NOW - SECOND: 2}


def test_while_there_is_time_portions_go_on_until_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(new_world().environment.pk, *many(100))
    move_blocks(files_in(tmp_path), clock=stopped_at(NOW))
    in_portions_of(3, monkeypatch)

    assert forget_seen_events(now=NOW + WINDOW + SECOND, seconds=60) == 100
    assert not SeenEvent.objects.exists()


def test_blocks_that_are_not_done_or_not_for_long_stay() -> None:
    Block.objects.create(prepared_at=NOW - 2 * BLOCKS_KEPT, done_at=None, events=1)
    Block.objects.create(prepared_at=NOW, done_at=NOW - BLOCKS_KEPT, events=2)
    Block.objects.create(prepared_at=NOW, done_at=NOW - BLOCKS_KEPT - SECOND, events=3)

    assert forget_blocks(now=NOW, seconds=0) == 1
    assert sorted(Block.objects.values_list("events", flat=True)) == [1, 2]
