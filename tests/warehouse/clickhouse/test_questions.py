"""The real tables, filled by blocks that came more than once, answer as a loop over the rows does."""

from dataclasses import replace
from pathlib import Path

import pytest

from server.warehouse.clickhouse.client import Connect
from server.warehouse.clickhouse.warehouse import ClickHouseWarehouse
from server.warehouse.questions.baseline import ask_baseline
from server.warehouse.questions.experiment import ask_experiment
from server.warehouse.tables import FileKind
from tests.warehouse.clickhouse.in_process import asked, staged
from tests.warehouse.questions.reference import ask_reference, ask_reference_baseline
from tests.warehouse.questions.same import assert_same
from tests.warehouse.questions.worlds import AS_OF, DAY, START, world


@pytest.mark.parametrize("seed", (60, 61))
def test_questions_to_the_real_tables_have_the_right_answers(
    warehouse: ClickHouseWarehouse, connect: Connect, tmp_path: Path, seed: int
) -> None:
    given, question = world(seed)
    question = replace(question, metrics=question.metrics[:6])
    # In a world the same row may be there twice; an event that has an id of its own is counted by itself.
    rows = {
        kind: [{**row, "event_id": str(number)} for number, row in enumerate(found)] for kind, found in given.items()
    }
    client = connect({})
    blocks = [staged(tmp_path, n, {kind: found[n::3] for kind, found in rows.items()}) for n in range(3)]
    for block in blocks:
        warehouse.append(block)
    for kind in ("exposures", "events"):
        client.command(f"ALTER TABLE {kind} MODIFY SETTING non_replicated_deduplication_window = 0")
    client.close()
    warehouse.append(blocks[0])

    since = {"environment_id": 1, "since": START + DAY, "until": AS_OF}
    with warehouse.session(1) as session:
        found = ask_experiment(session, question)
        baseline = ask_baseline(session, question.metrics, **since)

    assert asked(connect, "SELECT count() FROM events") > len(rows[FileKind.EVENT])
    assert_same(found, ask_reference(rows, question))
    assert_same(baseline, ask_reference_baseline(rows, question.metrics, **since))
    assert asked(connect, "SELECT count() FROM system.tables WHERE database = currentDatabase()") == 2
