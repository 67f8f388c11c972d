"""The fields of an event: each form that is taken, and each that is refused, with its code."""

from typing import Any

import pytest

from server.events.lines import EXPOSURE_LINE
from tests.events.sending import NOW_US, event, exposure, faults_of, lines_of, read


def fault(sent: Any) -> tuple[str, tuple[Any, ...]]:
    batch = read(sent)
    assert (batch.lines, batch.digests, batch.events) == (b"", (), 0)
    [(_, code, path)] = faults_of(batch)
    return code, path


def line(sent: Any) -> dict[str, Any]:
    batch = read(sent)
    assert batch.rejected == ()
    [read_line] = lines_of(batch)
    return read_line


@pytest.mark.parametrize(
    ("sent", "code", "path"),
    [
        (7, "WRONG_TYPE", ()),
        ([], "WRONG_TYPE", ()),
        (None, "WRONG_TYPE", ()),
        (event(type=...), "MISSING", ("type",)),
        (event(type="click"), "UNKNOWN_TYPE", ("type",)),
        (event(type=["event"]), "UNKNOWN_TYPE", ("type",)),
        (event(id=...), "MISSING", ("id",)),
        (event(id=None), "MISSING", ("id",)),
        (event(id=5), "WRONG_TYPE", ("id",)),
        (event(id=""), "BLANK", ("id",)),
        (event(id=" \u2003"), "BLANK", ("id",)),
        (event(id="x" * 201), "TOO_LONG", ("id",)),
        (event(id="a\u0000"), "BAD_TEXT", ("id",)),
        (event(id="a\nb"), "BAD_TEXT", ("id",)),
        (event(targetingKey=...), "MISSING", ("targetingKey",)),
        (event(targetingKey=12), "WRONG_TYPE", ("targetingKey",)),
        (event(targetingKey="x" * 501), "TOO_LONG", ("targetingKey",)),
        (event(targetingKey="a\tb"), "BAD_TEXT", ("targetingKey",)),
        (event(targeting_key="user-1"), "UNKNOWN_FIELD", ("targeting_key",)),
        (event(flag="colour"), "UNKNOWN_FIELD", ("flag",)),
        (exposure(value=1), "UNKNOWN_FIELD", ("value",)),
        (event(**{"a\u0000": 1}), "UNKNOWN_FIELD", ()),
        (event(name=...), "MISSING", ("name",)),
        (event(name=True), "WRONG_TYPE", ("name",)),
        (event(name="x" * 201), "TOO_LONG", ("name",)),
        (event(name="order\u0007"), "BAD_TEXT", ("name",)),
        (event(value="5"), "WRONG_TYPE", ("value",)),
        (event(value=True), "WRONG_TYPE", ("value",)),
        (event(value=[1]), "WRONG_TYPE", ("value",)),
        (event(value=1.0000000000000002e40), "OUT_OF_RANGE", ("value",)),
        (event(value=-1.0000000000000002e40), "OUT_OF_RANGE", ("value",)),
        (event(value=1.7e308), "OUT_OF_RANGE", ("value",)),
        (exposure(flag=...), "MISSING", ("flag",)),
        (exposure(flag="two words"), "BAD_KEY", ("flag",)),
        (exposure(flag="x" * 151), "TOO_LONG", ("flag",)),
        (exposure(flag="colour\n"), "BAD_KEY", ("flag",)),
        (exposure(variant=None), "MISSING", ("variant",)),
        (exposure(variant=False), "WRONG_TYPE", ("variant",)),
        (exposure(experiment=...), "MISSING", ("experiment",)),
        (exposure(experiment=5), "WRONG_TYPE", ("experiment",)),
        (exposure(experiment="-x"), "BAD_KEY", ("experiment",)),
        (exposure(phase=...), "MISSING", ("phase",)),
        (exposure(phase=True), "WRONG_TYPE", ("phase",)),
        (exposure(phase=1.0), "WRONG_TYPE", ("phase",)),
        (exposure(phase=0), "OUT_OF_RANGE", ("phase",)),
        (exposure(phase=2**31), "OUT_OF_RANGE", ("phase",)),
        (exposure(inExperiment=...), "MISSING", ("inExperiment",)),
        (exposure(inExperiment=1), "WRONG_TYPE", ("inExperiment",)),
        (event(properties=[]), "WRONG_TYPE", ("properties",)),
        (event(properties={str(n): n for n in range(51)}), "TOO_MANY", ("properties",)),
        (event(properties={"": 1}), "BAD_PROPERTY", ("properties",)),
        (event(properties={"x" * 101: 1}), "BAD_PROPERTY", ("properties",)),
        (event(properties={"a\n": 1}), "BAD_TEXT", ("properties",)),
        (event(properties={"a": "x" * 1001}), "TOO_LONG", ("properties", "a")),
        (event(properties={"a": "\u0000"}), "BAD_TEXT", ("properties",)),
        (event(properties={"a": {}}), "WRONG_TYPE", ("properties", "a")),
        (event(properties={"a\u0000": []}), "WRONG_TYPE", ("properties",)),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_event_is_said(sent: Any, code: str, path: tuple[str, ...]) -> None:
    assert fault(sent) == (code, path)


@pytest.mark.parametrize(
    ("sent", "column", "value"),
    [
        (event(id="x" * 200), "event_id", "x" * 200),
        (event(targetingKey="ü" * 500), "targeting_key", "ü" * 500),
        (event(targetingKey='a\\b"\u007f😀'), "targeting_key", 'a\\b"\u007f😀'),
        (event(name="Order completed: größer"), "name", "Order completed: größer"),
        (event(value=...), "value", None),
        (event(value=None), "value", None),
        (event(value=0), "value", 0.0),
        (event(value=1e40), "value", 1e40),
        (event(value=-1e40), "value", -1e40),
        (event(value=5e-324), "value", 5e-324),
        (event(value=2**60 + 1), "value", float(2**60)),
        (event(time=...), "time", NOW_US),
        (event(properties=None), "properties", {}),
        (event(properties={str(n): n for n in range(50)}), "properties", {str(n): str(n) for n in range(50)}),
        (event(properties={"x" * 100: "ü" * 1000, "b": ""}), "properties", {"x" * 100: "ü" * 1000, "b": ""}),
        (event(properties={"a": "two\nlines\t\\u0000"}), "properties", {"a": "two\nlines\t\\u0000"}),
        (event(properties={"a": False, "b": None, "c": 5.0, "d": -0.0}), "properties",
         {"a": "false", "c": "5", "d": "0"}),
        (event(properties={"a": 0.1, "b": 1e22, "c": 2**53 - 1}), "properties",
         {"a": "0.1", "b": "1e+22", "c": "9007199254740991"}),
        (event(properties={"a": 10**18, "b": 1e18}), "properties", {"a": "1e+18", "b": "1e+18"}),
    ],
)  # fmt: skip
def test_what_is_taken_is_stored_as_it_is_or_as_its_json(sent: Any, column: str, value: Any) -> None:
    assert line(sent)[column] == value


@pytest.mark.parametrize(
    "outside",
    [
        {"experiment": ..., "phase": ..., "inExperiment": ...},
        {"experiment": None, "phase": None, "inExperiment": None},
        {"inExperiment": False},
    ],
)
def test_an_exposure_outside_an_experiment_belongs_to_none(outside: dict[str, Any]) -> None:
    stored = line(exposure(**outside))

    assert (stored["experiment"], stored["phase"]) == ("", 0)
    assert (stored["flag"], stored["variant"]) == ("checkout-button", "blue")


def test_a_line_says_at_its_start_of_which_table_it_is() -> None:
    assert read(exposure()).lines.startswith(EXPOSURE_LINE)
    assert not read(event()).lines.startswith(EXPOSURE_LINE)


def test_the_answer_repeats_no_text_that_cannot_be_sent() -> None:
    [rejected] = read(event(id="a\u0000", name=...)).rejected

    assert (rejected.id, rejected.code) == (None, "MISSING")
