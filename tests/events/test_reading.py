"""Payloads: which are read, what becomes of their events, and what is said of those that are not taken."""

import json
import tracemalloc
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from server.events.digests import digest_of
from server.events.faults import UnreadablePayload
from server.events.reading import LARGEST_EVENT, MOST_EVENTS, Rejected, read_batch, read_events
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


def in_json(unit: bytes, count: int) -> bytes:
    """A body of so many commas and brackets and no more, where the unit has one."""
    return b'{"events":[' + unit * (count - 2) + b"0]}"


MILLIONS = 3_000_000


@pytest.mark.parametrize(
    ("payload", "content_type"),
    [
        (in_json(b"[],", MILLIONS), JSON),
        (in_json(b"{},", MILLIONS), JSON),
        (in_json(b"0,", MILLIONS), JSON),
        (b'{"events":[NaN,' + b"[]," * MILLIONS + b"0]}", JSON),
        (b'{"events":[{"properties":{' + b'"p":1,' * MILLIONS + b'"q":1}}]}', JSON),
        (b"[" + b"[]," * MILLIONS + b"0]", NDJSON),
        ((b"[" + b"[]," * 10_000 + b"0]\n") * 200, NDJSON),
    ],
    ids=["lists", "objects", "numbers", "for the slow parser", "properties", "one line", "lines"],
)
def test_millions_of_values_are_refused_before_one_of_them_is_built(payload: bytes, content_type: str) -> None:
    tracemalloc.start()
    try:
        refused = unreadable(payload, content_type)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert refused == ("TOO_COMPLEX", ())
    assert peak < 100_000


def test_what_a_payload_may_have_of_commas_and_brackets() -> None:
    line = b"[" + b"0," * 99_999 + b"0]"

    assert unreadable(in_json(b"0,", 500_000)) == ("TOO_MANY_EVENTS", ("events",))
    assert unreadable(in_json(b"0,", 500_001)) == ("TOO_COMPLEX", ())
    assert len(read_batch(b"\n".join([line] * 10), NDJSON, received_at_us=NOW_US).rejected) == 10
    assert unreadable(b"\n".join([line] * 10) + b",", NDJSON) == ("TOO_COMPLEX", ())


@pytest.mark.parametrize(("content_type", "properties", "size"), [(JSON, 30, 8), (NDJSON, 50, 20)])
def test_as_many_events_as_may_be_with_many_properties_are_taken(content_type: str, properties: int, size: int) -> None:
    said = {f"property{n:02}": "a, b" if n < 3 else "text" for n in range(properties)}
    events = [event(f"e{n}", value=n, properties=said) for n in range(MOST_EVENTS)]
    lines = b"\n".join(map(orjson.dumps, events))
    payload = lines if content_type == NDJSON else orjson.dumps({"events": events})

    assert 6 * 1024**2 < len(payload) < size * 1024**2
    assert read_batch(payload, content_type, received_at_us=NOW_US).events == 10_000


def test_a_line_that_is_too_long_costs_itself_alone() -> None:
    longest = b'{"id":"' + b"x" * (LARGEST_EVENT - 10) + b'"}\n'
    lines = orjson.dumps(event("a")) + b"\n" + longest + longest[:-1] + b" \n" + orjson.dumps(event("d"))

    batch = read_batch(lines, NDJSON, received_at_us=NOW_US)

    assert (len(longest), [line["event_id"] for line in lines_of(batch)]) == (LARGEST_EVENT, ["a", "d"])
    assert faults_of(batch) == [(1, "MISSING", ("type",)), (2, "EVENT_TOO_LARGE", ())]


def test_no_line_is_too_long_for_an_event_that_keeps_to_all_other_limits() -> None:
    def text(length: int, start: str = "") -> str:
        return (start + "😀" * length)[:length]

    said = {text(100, f"{n:02}"): text(1000) for n in range(50)}
    largest = event(text(200), targetingKey=text(500), name=text(200), properties=said)
    line = json.dumps(largest).encode()

    assert len(line) > 650_000
    assert read_batch(line, NDJSON, received_at_us=NOW_US).events == 1


def test_in_a_large_body_what_only_the_slow_parser_reads_is_no_json() -> None:
    fields = b'"type":"event","id":"a","targetingKey":"u","name":"order"'
    body = b'{"events":[{' + fields + b',"value":NaN},{' + fields + b"}]}"
    padded = body + b" " * (1024 * 1024 - len(body))

    batch = read_batch(padded, JSON, received_at_us=NOW_US)

    assert (batch.events, faults_of(batch)) == (1, [(0, "NOT_FINITE", ("value",))])
    assert unreadable(padded + b" ") == ("NOT_JSON", ())


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
        sent("g", "1" * 5_000),
        sent("h", "-" + "1" * 5_000),
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
        (6, "g", "NOT_FINITE"),
        (7, "h", "NOT_FINITE"),
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
