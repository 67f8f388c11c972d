"""Payloads: which are read, what becomes of their events, and what is said of those that are not taken."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from server.events.digests import digest_of
from server.events.faults import UnreadablePayload
from server.events.reading import MOST_EVENTS, Rejected, read_batch, read_events
from tests.events.sending import JSON, NDJSON, NOW_US, event, exposure, faults_of, lines_of, read


def unreadable(payload: bytes, content_type: str = JSON) -> tuple[str, tuple[Any, ...]]:
    with pytest.raises(UnreadablePayload) as caught:
        read_batch(payload, content_type, received_at_us=NOW_US)
    assert len(caught.value.problems) == 1
    assert caught.value.problem.message
    return caught.value.problem.code, caught.value.problem.path


def test_events_become_lines_with_the_columns_of_the_warehouse_and_digests_of_their_ids() -> None:
    batch = read(
        exposure("a", properties={"country": "NL"}),
        event("b", value=3, properties={"plan": "pro", "items": 2, "gift": True, "note": None, "share": 0.25}),
    )

    assert lines_of(batch) == [
        {
            "flag": "checkout-button",
            "variant": "blue",
            "experiment": "button-wording",
            "phase": 2,
            "event_id": "a",
            "targeting_key": "user-1",
            "time": NOW_US - 5_000_000,
            "properties": {"country": "NL"},
        },
        {
            "name": "order",
            "value": 3.0,
            "event_id": "b",
            "targeting_key": "user-1",
            "time": NOW_US - 4_000_000,
            "properties": {"plan": "pro", "items": "2", "gift": "true", "share": "0.25"},
        },
    ]
    assert batch.digests == (digest_of("a"), digest_of("b"))
    assert digest_of("a") == "ca978112ca1bbdcafac231b39a23dc4d"
    assert (batch.events, batch.rejected) == (2, ())


def test_an_event_that_is_wrong_is_named_and_the_others_are_taken() -> None:
    batch = read(event("a"), event("b", value="much"), {"type": "event"}, event("d"))

    assert [line["event_id"] for line in lines_of(batch)] == ["a", "d"]
    assert batch.digests == (digest_of("a"), digest_of("d"))
    assert batch.rejected == (
        Rejected(1, "b", "WRONG_TYPE", ("value",), "The value of an event is a number."),
        Rejected(2, None, "MISSING", ("name",), "This is needed."),
    )


def test_an_id_that_comes_twice_is_taken_twice_and_told_apart_later() -> None:
    batch = read(event("a"), event("a", value=2))

    assert (batch.events, batch.digests) == (2, (digest_of("a"),) * 2)


@pytest.mark.parametrize(
    "content_type", ["application/x-ndjson", "Application/NDJSON; charset=utf-8", "application/jsonl"]
)
def test_ndjson_has_one_event_a_line_and_their_indexes_are_those_of_the_lines(content_type: str) -> None:
    lines = [orjson.dumps(event("a")), b"", b"{nonsense", orjson.dumps(event("d")) + b"\r", b"\xff", b"7", b" "]

    batch = read_batch(b"\n".join(lines) + b"\n", content_type, received_at_us=NOW_US)

    assert [line["event_id"] for line in lines_of(batch)] == ["a", "d"]
    assert faults_of(batch) == [(2, "NOT_JSON", ()), (4, "NOT_JSON", ()), (5, "WRONG_TYPE", ())]


def test_an_empty_list_and_empty_ndjson_hold_no_events() -> None:
    assert read() == (b"", (), 0, ())
    assert read_batch(b"\n\n", NDJSON, received_at_us=NOW_US) == (b"", (), 0, ())
    assert read_batch(b"", NDJSON, received_at_us=NOW_US) == (b"", (), 0, ())


@pytest.mark.parametrize(
    ("payload", "code", "path"),
    [
        (b"", "NOT_JSON", ()),
        (b"{", "NOT_JSON", ()),
        (b"\xff\xfe{\x00}\x00", "NOT_JSON", ()),
        ('{"events":[]}'.encode("utf-16"), "NOT_JSON", ()),
        (b"[" * 100_000, "NOT_JSON", ()),
        (b'{"events":' + b"[" * 100_000, "NOT_JSON", ()),
        (b"[]", "WRONG_TYPE", ()),
        (b"5", "WRONG_TYPE", ()),
        (b"{}", "MISSING", ("events",)),
        (b'{"events":null}', "MISSING", ("events",)),
        (b'{"events":{}}', "WRONG_TYPE", ("events",)),
        (b'{"events":[],"sent_at":1}', "UNKNOWN_FIELD", ("sent_at",)),
        (b'{"events":[],"\\u0000":1}', "UNKNOWN_FIELD", ()),
        (b'{"events":[],"sentAt":"yesterday"}', "BAD_TIME", ("sentAt",)),
        (b'{"events":[],"sentAt":true}', "WRONG_TYPE", ("sentAt",)),
        (b'{"events":[],"sentAt":NaN}', "WRONG_TYPE", ("sentAt",)),
    ],
)
def test_a_body_that_is_no_list_of_events_is_refused_whole(payload: bytes, code: str, path: tuple[str, ...]) -> None:
    assert unreadable(payload) == (code, path)


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/xml", "application/jsonp", "json"])
def test_a_body_of_another_type_is_refused_whole(content_type: str) -> None:
    assert unreadable(b'{"events":[]}', content_type) == ("UNSUPPORTED_CONTENT_TYPE", ())


def test_more_events_than_fit_are_refused_whole() -> None:
    fitting = [{"type": "event"}] * MOST_EVENTS
    lines = b"\n".join(map(orjson.dumps, fitting))

    assert len(read(*fitting).rejected) == len(read_batch(lines, NDJSON, received_at_us=NOW_US).rejected) == 10_000
    assert unreadable(orjson.dumps({"events": [*fitting, 1]})) == ("TOO_MANY_EVENTS", ("events",))
    assert unreadable(lines + b"\n{}", NDJSON) == ("TOO_MANY_EVENTS", ("events",))


def test_a_text_or_a_number_that_no_column_takes_costs_its_event_and_no_other() -> None:
    def sent(event_id: str, value: str, text: str = "") -> str:
        fields = f'"type":"event","id":"{event_id}","targetingKey":"u","name":"order"'
        return f'{{{fields},"value":{value},"properties":{{"p":"{text}"}}}}'

    events = [
        sent("\\ud800", "1"),
        sent("b", "1e999"),
        sent("c", "NaN"),
        sent("d", "1" * 400),
        sent("e", "1", "\\udfff"),
        sent("f", "1", "ok"),
    ]
    body = f'{{"events":[{",".join(events)}]}}'

    batch = read_batch(body.encode(), JSON, received_at_us=NOW_US)

    assert [line["event_id"] for line in lines_of(batch)] == ["f"]
    assert [(one.index, one.id, one.code) for one in batch.rejected] == [
        (0, None, "BAD_TEXT"),
        (1, "b", "NOT_FINITE"),
        (2, "c", "NOT_FINITE"),
        (3, "d", "NOT_FINITE"),
        (4, "e", "BAD_TEXT"),
    ]


def test_objects_are_read_as_json_is() -> None:
    events = [exposure("a"), event("b", value=True)]

    assert read_events(events, sent_at=None, received_at_us=NOW_US) == read(*events)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)
FIELDS = [
    "type",
    "id",
    "targetingKey",
    "time",
    "flag",
    "variant",
    "experiment",
    "phase",
    "inExperiment",
    "name",
    "value",
]
changed = st.dictionaries(st.sampled_from([*FIELDS, "properties", "other"]), json_values, max_size=4)
events = st.one_of(json_values, changed.map(lambda fields: event() | fields), changed.map(lambda f: exposure() | f))


@given(st.binary(max_size=300), st.sampled_from([JSON, NDJSON]))
@example(
    b'{"events":[{"type":"event","id":"a","targetingKey":"b","name":"c","time":"0001-01-01T00:00:00+23:59"}]}', JSON
)
@example(b'{"events":[{"type":"event","id":"a","targetingKey":"b","name":"c","time":1e308}]}', JSON)
def test_no_bytes_make_reading_fail_otherwise(payload: bytes, content_type: str) -> None:
    try:
        read_batch(payload, content_type, received_at_us=NOW_US)
    except UnreadablePayload as refusal:
        assert refusal.problem.code


@given(st.lists(events, max_size=5), json_values, st.booleans())
def test_no_values_make_reading_fail_otherwise_and_every_line_can_be_stored(
    sent: list[Any], sent_at: Any, as_json: bool
) -> None:
    try:
        if as_json:
            payload = json.dumps({"events": sent, "sentAt": sent_at}).encode()
            batch = read_batch(payload, JSON, received_at_us=NOW_US)
        else:
            batch = read_events(sent, sent_at=sent_at, received_at_us=NOW_US)
    except UnreadablePayload as refusal:
        assert refusal.problem.path == ("sentAt",)
        return
    assert batch.events + len(batch.rejected) == len(sent)
    assert len(batch.digests) == len(lines_of(batch)) == batch.events
    assert b"\\u0000" not in batch.lines
    orjson.dumps([one._asdict() for one in batch.rejected])
