"""The large experiment in small: what is made is what is asked for, and more metrics read the events no more often."""

from pathlib import Path

import pytest

from benchmarks.results import data
from benchmarks.results.data import files_of, make_data
from benchmarks.results.question import METRICS, question
from benchmarks.results.scans import CountingSession, scan
from server.warehouse.parquet.duck import Limits
from server.warehouse.parquet.folder import Folder
from server.warehouse.parquet.warehouse import ParquetWarehouse
from server.warehouse.questions.answers import ExperimentAnswer, Quantile, Sums
from server.warehouse.questions.experiment import ask_experiment
from server.warehouse.sql import Dialect
from server.warehouse.tables import FileKind
from tests.factories import World, new_world

EVENTS = 20_000
UNITS = EVENTS // 100

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return new_world()


@pytest.fixture
def folder(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    monkeypatch.setattr(data, "ROWS", 8_000)
    made = Folder(tmp_path)
    make_data(made, environment_id=world.environment.pk, events=EVENTS)
    return made


def asked(folder: Folder, world: World, metrics: int) -> tuple[ExperimentAnswer, CountingSession, int]:
    warehouse = ParquetWarehouse(folder, Limits(memory="300MB", threads=1))
    with warehouse.session(world.environment.pk) as session:
        counting = CountingSession(session, Dialect.DUCKDB)
        answer = ask_experiment(counting, question(world.environment.pk, metrics))
        return answer, counting, scan(session, world.environment.pk)


def test_every_unit_counts_once_and_few_meet_two_variants(folder: Folder, world: World) -> None:
    answer, _, scanned = asked(folder, world, len(METRICS))

    assert [len(files_of(folder, kind, world.environment.pk)) for kind in FileKind] == [1, 3]
    assert sum(arm.units for arm in answer.arms) + answer.counts[0].quarantined == UNITS
    assert (answer.counts[0].outside, answer.counts[0].unknown) == (0, 0)
    assert scanned == pytest.approx(0.8 * EVENTS, rel=0.05)


def test_every_metric_has_something_to_count_and_a_past(folder: Folder, world: World) -> None:
    answer, _, _ = asked(folder, world, len(METRICS))

    for arm in answer.arms:
        for metric, found in zip(METRICS, arm.metrics, strict=True):
            if isinstance(found, Quantile):
                assert found.value is not None
            else:
                assert isinstance(found, Sums)
                assert (found.y > 0, found.y0 > 0) == (True, metric.lookback > 0), metric.name


def test_the_events_are_read_as_often_with_all_metrics_as_with_one(folder: Folder, world: World) -> None:
    _, one, _ = asked(folder, world, 1)
    _, every, _ = asked(folder, world, len(METRICS))

    assert [session.reads(FileKind.EVENT) for session in (one, every)] == [1, 1]
    assert [session.reads(FileKind.EXPOSURE) for session in (one, every)] == [2, 2]


def test_the_same_is_made_again(folder: Folder, world: World, tmp_path: Path) -> None:
    other = new_world()
    again = Folder(tmp_path / "again")
    make_data(again, environment_id=other.environment.pk, events=EVENTS)

    first, second = asked(folder, world, 1)[0], asked(again, other, 1)[0]

    assert [(arm.variant, arm.units) for arm in first.arms] == [(arm.variant, arm.units) for arm in second.arms]
    assert [arm.metrics for arm in first.arms] == [arm.metrics for arm in second.arms]
