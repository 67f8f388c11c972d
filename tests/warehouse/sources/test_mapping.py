"""A mapping file is taken whole, or refused with every problem and its place."""

import copy
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from server.global_ids import encode_id
from server.warehouse.sources.mapping import (
    Column,
    Constant,
    MappedTable,
    Properties,
    PropertiesIn,
    StoredAs,
    mapping_of,
    read_mapping,
)
from server.warehouse.tables import FileKind
from tests.warehouse.sources.their_tables import MAPPING


def changed(path: str, value: Any = None) -> dict[str, Any]:
    """The mapping with one field set to a value, or without it."""
    document = copy.deepcopy(MAPPING)
    *before, last = path.split(".")
    inner = document
    for name in before:
        inner = inner[name]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    return document


def problems(document: Any) -> list[str]:
    with pytest.raises(ImproperlyConfigured) as raised:
        mapping_of(document)
    said = str(raised.value)
    assert "\n" not in said
    return said.removeprefix("WAREHOUSE_MAPPING: ").split("; ")


def test_a_mapping_says_where_everything_is() -> None:
    assert mapping_of(MAPPING).tables[FileKind.EVENT] == MappedTable(
        table=("lake", "analytics", "tracks"),
        columns={
            "environment_id": Column("site", values={"10": 1, "20": 2}),
            "event_id": Column("message_id"),
            "targeting_key": Column("user_id"),
            "time": Column("happened_us", stored_as=StoredAs.MICROSECONDS),
            "received_at": Column("loaded_at", stored_as=StoredAs.SECONDS),
            "name": Column("event"),
            "value": Column("revenue"),
        },
        properties=Properties(PropertiesIn.JSON, {"props": "props"}),
    )


def test_their_values_become_ours() -> None:
    columns = mapping_of(MAPPING).tables[FileKind.EXPOSURE].columns

    assert columns["environment_id"] == Column("ENV", values={"production": 1, "staging": 2})
    assert columns["variant"] == Column("arm", values={"A": "control", "B": "new", "C": "nobody met it"})


def test_what_no_table_has_is_a_constant() -> None:
    document = changed("events.columns.environment_id", {"constant": 5})
    document["events"]["columns"]["value"] = {"constant": None}

    columns = mapping_of(document).tables[FileKind.EVENT].columns

    assert (columns["environment_id"], columns["value"]) == (Constant(5), Constant(None))


def test_a_mapping_without_properties_is_one() -> None:
    assert mapping_of(changed("events.properties")).tables[FileKind.EVENT].properties is None


def test_an_environment_is_named_by_its_id_in_the_api_or_by_its_number() -> None:
    document = changed("events.columns.environment_id", {"constant": encode_id("Environment", 7)})
    document["exposures"]["columns"]["environment_id"]["values"]["testing"] = encode_id("Environment", 2**53 + 1)

    tables = mapping_of(document).tables

    assert tables[FileKind.EVENT].columns["environment_id"] == Constant(7)
    values = {"production": 1, "staging": 2, "testing": 2**53 + 1}
    assert tables[FileKind.EXPOSURE].columns["environment_id"] == Column("ENV", values=values)


def test_events_may_come_late_into_their_tables_by_so_many_seconds() -> None:
    assert mapping_of(MAPPING).lag == timedelta(0)
    assert mapping_of(changed("lag", 93_600)).lag == timedelta(hours=26)


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        *(
            (changed("lag", lag), "lag is not a whole number of seconds, from 0 to 2592000")
            for lag in (-1, 1.5, "60", True, 2_592_001)
        ),
        ([], "the document is not an object"),
        (changed("events"), "events is missing"),
        (changed("extra", {}), "extra is not known"),
        (changed("events.tables", "x"), "events.tables is not known"),
        (changed("events.table"), "events.table is missing"),
        (changed("events.table", 5), "events.table is not a text"),
        (
            changed("events.table", "a.b.c.d"),
            "events.table is not a name of one to three parts, with dots between and no quotes",
        ),
        (
            changed("events.table", 'a"b'),
            "events.table is not a name of one to three parts, with dots between and no quotes",
        ),
        (changed("events.columns"), "events.columns is missing"),
        (changed("events.columns.name"), "events.columns.name is missing"),
        (changed("exposures.columns.phase"), "exposures.columns.phase is missing"),
        (changed("events.columns.name", 5), "events.columns.name is not an object"),
        (changed("events.columns.experiment", "x"), "events.columns.experiment is not known"),
        (changed("events.columns.properties", "x"), "events.columns.properties is not known"),
        (changed("events.columns.name", {"columns": "x"}), "events.columns.name.column is missing"),
        (
            changed("events.columns.environment_id", {"constant": "1"}),
            "events.columns.environment_id.constant is not the id of an environment",
        ),
        (
            changed("events.columns.environment_id", {"constant": True}),
            "events.columns.environment_id.constant is not the id of an environment",
        ),
        (
            changed("exposures.columns.environment_id.values.production", encode_id("Project", 1)),
            "exposures.columns.environment_id.values.production is not the id of an environment",
        ),
        (
            changed("exposures.columns.phase", {"constant": "1"}),
            "exposures.columns.phase.constant is not a whole number",
        ),
        (changed("events.columns.name", {"constant": 1}), "events.columns.name.constant is not a text"),
        (changed("events.columns.value", {"constant": "1"}), "events.columns.value.constant is not a number or null"),
        (changed("events.columns.time", {"constant": 1}), "events.columns.time.constant cannot be: a time is a column"),
        (
            changed("events.columns.time", {"column": "ts", "stored_as": "DAYS"}),
            "events.columns.time.stored_as is not one of TIMESTAMP, SECONDS, MILLISECONDS, MICROSECONDS",
        ),
        (
            changed("events.columns.name", {"column": "x", "stored_as": "SECONDS"}),
            "events.columns.name.stored_as is not known",
        ),
        (
            changed("events.columns.value", {"column": "x", "values": {"a": 1}}),
            "events.columns.value.values are for texts and whole numbers",
        ),
        (changed("exposures.columns.variant.values.A", 1), "exposures.columns.variant.values.A is not a text"),
        (changed("events.properties", {}), "events.properties has one of columns, json and map"),
        (changed("events.properties", {"json": "a", "map": "b"}), "events.properties has one of columns, json and map"),
        (changed("events.properties", {"yaml": "a"}), "events.properties.yaml is not known"),
        (changed("exposures.properties.columns.country", 5), "exposures.properties.columns.country is not a text"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(document: Any, problem: str) -> None:
    assert problem in problems(document)


def test_every_problem_is_said_at_once() -> None:
    document = changed("events.columns.name")
    document["exposures"]["table"] = ""
    document["more"] = 1

    assert problems(document) == [
        "exposures.table is not a text",
        "events.columns.name is missing",
        "more is not known",
    ]


def test_a_file_that_is_none_is_refused_in_one_line(tmp_path: Path) -> None:
    broken = tmp_path / "mapping.json"
    broken.write_text("{")
    whole = tmp_path / "whole.json"
    whole.write_text(json.dumps(MAPPING))

    assert read_mapping(str(whole)) == mapping_of(MAPPING)
    for path, why in [
        ("", "needs a mapping file"),
        (str(tmp_path / "no"), "No such file"),
        (str(broken), "is not JSON"),
    ]:
        with pytest.raises(ImproperlyConfigured, match=why) as raised:
            read_mapping(path)
        assert "\n" not in str(raised.value)


def test_the_example_in_the_documentation_is_a_mapping() -> None:
    page = (Path(__file__).parents[3] / "docs" / "warehouse.md").read_text()
    example = page.partition("```json\n")[2].partition("```")[0]

    found = mapping_of(json.loads(example))

    assert found.tables[FileKind.EVENT].columns["time"] == Column("happened_ms", stored_as=StoredAs.MILLISECONDS)
    assert found.tables[FileKind.EXPOSURE].columns["environment_id"] == Column("env", {"production": 1, "staging": 2})
    assert found.lag == timedelta(days=1, hours=2)
