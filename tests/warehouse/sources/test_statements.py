"""What is asked of BigQuery, Snowflake and Databricks: SQL that a parser of each reads, and that is looked through.

The statements in ``statements/`` are what the mapping of these tests leads to. After a change that is
meant: ``python -m tests.warehouse.sources.test_statements`` writes them anew.
"""

import json
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import sqlglot
from django.core.management import CommandError, call_command
from sqlglot import expressions as sql

from server.warehouse.questions.baseline import ask_baseline
from server.warehouse.questions.experiment import ask_experiment
from server.warehouse.questions.terms import Shape
from server.warehouse.questions.units import units_of
from server.warehouse.sources.connections import NAMES
from server.warehouse.sources.mapped import MappedTables
from server.warehouse.sources.mapping import mapping_of
from server.warehouse.sources.printing import PrintingSession, example_question, pretty
from server.warehouse.sql import Dialect, compiled
from server.warehouse.tables import FileKind
from tests.warehouse.questions.worlds import AS_OF, START, world
from tests.warehouse.sources.their_tables import MAPPING, mapping_in

STATEMENTS = Path(__file__).with_name("statements")
DIALECTS = list(NAMES)
THEIRS = {"experiment_exposures", "tracks"}


def tables_in(dialect: Dialect) -> MappedTables:
    return MappedTables(mapping_of(mapping_in(dialect)).tables, dialect)


def statements(dialect: Dialect) -> str:
    """Both tables as they are read in a stretch of time, with one property of each."""
    tables = tables_in(dialect)
    found = []
    for kind, name in ((FileKind.EXPOSURE, "signed in"), (FileKind.EVENT, "price")):
        table = tables.table(kind, since=1_790_000_000_000_000, until=1_790_000_600_000_000)
        found.append(compiled(table.mutate(asked=tables.property(table, name)), dialect))
    return "".join(f"{pretty(statement, dialect)};\n\n" for statement in found)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_tables_are_read_as_they_were_looked_through(dialect: Dialect) -> None:
    assert statements(dialect) == (STATEMENTS / f"{dialect.value}.sql").read_text()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_question_is_a_select_that_the_dialect_reads(dialect: Dialect) -> None:
    _, question = world(0)
    metrics = {metric.shape: metric for metric in (*question.metrics, *example_question().metrics)}
    assert set(metrics) == set(Shape)
    question = replace(question, metrics=tuple(metrics.values()), dimension="país 'é'")
    session = PrintingSession(tables_in(dialect))

    ask_experiment(session, question)
    ask_baseline(session, question.metrics, environment_id=1, since=START, until=AS_OF)
    units_of(session, question).read()

    assert len(session.statements) >= 6
    for statement in session.statements:
        [tree] = sqlglot.parse(statement, dialect=dialect.value)
        assert isinstance(tree, sql.Select | sql.SetOperation)
        # What a parser does not know it keeps as an opaque command; and only their tables may be named.
        assert not list(tree.find_all(sql.Command))
        named = {table.name for table in tree.find_all(sql.Table)} - {it.alias for it in tree.find_all(sql.CTE)}
        assert named <= THEIRS


@pytest.mark.parametrize("dialect", [Dialect.BIGQUERY, Dialect.SNOWFLAKE])
def test_a_map_is_refused_where_there_is_none(dialect: Dialect) -> None:
    mapping = {**MAPPING, "events": {**MAPPING["events"], "properties": {"map": "props"}}}

    with pytest.raises(Exception, match=r"events\.properties\.map cannot be in "):
        MappedTables(mapping_of(mapping).tables, dialect)


def test_bigquerys_driver_gets_each_percent_sign_twice() -> None:
    session = PrintingSession(tables_in(Dialect.BIGQUERY))
    events = session.table(FileKind.EVENT)

    session.rows(events.filter(events.name == "100 %%").select("time"))

    assert "'100 %%%%'" in session.statements[0]


def test_the_command_prints_the_tables_and_a_question(tmp_path: Path) -> None:
    file, out = tmp_path / "mapping.json", StringIO()
    file.write_text(json.dumps(MAPPING))

    call_command("warehouse_sql", mapping=str(file), dialect="bigquery", stdout=out)

    titles = [line for line in out.getvalue().splitlines() if line.startswith("-- ")]
    assert titles[:3] == [
        "-- exposures: what is read of lake.analytics.experiment_exposures",
        "-- events: what is read of lake.analytics.tracks",
        f"-- results of an experiment, statement 1 of {len(titles) - 2}",
    ]
    assert len(sqlglot.parse(out.getvalue(), dialect="bigquery")) == len(titles)


def test_the_command_says_what_is_wrong_with_a_mapping(tmp_path: Path, settings: Any) -> None:
    settings.WAREHOUSE_MAPPING = str(tmp_path / "mapping.json")

    with pytest.raises(CommandError, match="No such file"):
        call_command("warehouse_sql", dialect="bigquery")


if __name__ == "__main__":
    for each in DIALECTS:
        (STATEMENTS / f"{each.value}.sql").write_text(statements(each))
