"""Reads events from what was sent: JSON, NDJSON, or plain objects. Pure: no database, no clock.

Each event is looked at by itself: one that is wrong is named with its index and a reason, and the others
are taken. Whether an id was seen before, also earlier in the same payload, is found out later, in one place
for all (see ``move``).
"""

import json
from collections.abc import Iterable
from functools import partial
from io import BytesIO
from typing import Any, NamedTuple

import orjson

from server.checks import is_sound_text
from server.events.digests import digest_of
from server.events.faults import Fault, Path, UnreadablePayload, unknown_fields
from server.events.lines import LONGEST_ID, line_of
from server.events.times import Clock, clock_of

MOST_EVENTS = 10_000
"""In one payload."""

LARGEST_EVENT = 1024 * 1024
"""Of NDJSON, in bytes of its line: what keeps to all other limits is smaller, however it is escaped."""

_JSON = "application/json"
_NDJSON = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl"})
_FIELDS = frozenset({"events", "sentAt"})
_NO_JSON = "This is not JSON in UTF-8."

_MARKS = (b",", b"[", b"{")
"""There are no more values in JSON than these and one; in texts they count as well, which needs no parsing."""

_MOST_MARKS_OF_JSON = 500_000
"""Built of as many values at once, the worst document takes some 100 MB and a fifth of a second."""

_MOST_MARKS_OF_LINES = 1_000_000
"""Lines are built one at a time: here it is about the processor alone."""

_LONGEST_ODD = LARGEST_EVENT
"""The slow parser, which holds up every other thread for longer, gets no longer text: any line, but not any body."""


class Rejected(NamedTuple):
    """An event that was not taken: where it stood (from 0), its id where it has one, and why."""

    index: int  # type: ignore[assignment]  # no one looks for a value in it
    id: str | None
    code: str
    path: Path
    message: str


class Batch(NamedTuple):
    """What was taken, as the outbox keeps it, and what was not. ``digests`` are of the events' ids, in their order."""

    lines: bytes
    digests: tuple[str, ...]
    events: int
    rejected: tuple[Rejected, ...]


def read_batch(payload: bytes, content_type: str, *, received_at_us: int) -> Batch:
    """The events of a body: ``{"events": […], "sentAt": …}`` as JSON, or one event a line as NDJSON.

    In NDJSON the index of an event is that of its line, also after a blank one.

    Raises:
        UnreadablePayload: nothing of it can be taken.
    """
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type in _NDJSON:
        _refuse_too_complex(payload, _MOST_MARKS_OF_LINES)
        return _read(_events_of_lines(payload), Clock(received_at_us))
    if media_type != _JSON:
        message = f"Send events as {_JSON}, or one a line as application/x-ndjson."
        raise UnreadablePayload("UNSUPPORTED_CONTENT_TYPE", (), message)
    _refuse_too_complex(payload, _MOST_MARKS_OF_JSON)
    try:
        document = _parse(payload)
    except ValueError:
        raise UnreadablePayload("NOT_JSON", (), _NO_JSON) from None
    if type(document) is not dict:
        raise UnreadablePayload("WRONG_TYPE", (), 'The body is an object: {"events": [...]}.')
    if not document.keys() <= _FIELDS:
        raise UnreadablePayload(*unknown_fields(document, _FIELDS, of="a body"))
    return read_events(document.get("events"), sent_at=document.get("sentAt"), received_at_us=received_at_us)


def read_events(events: Any, *, sent_at: Any, received_at_us: int) -> Batch:
    """The same for a list of plain objects, each as an event of JSON.

    Raises:
        UnreadablePayload: nothing of it can be taken.
    """
    if events is None:
        raise UnreadablePayload("MISSING", ("events",), "This is needed: a list of events.")
    if type(events) is not list:
        raise UnreadablePayload("WRONG_TYPE", ("events",), "The events are a list.")
    _refuse_too_many(len(events))
    try:
        clock = clock_of(received_at_us, sent_at)
    except Fault as fault:
        raise UnreadablePayload(fault.code, fault.path, fault.message) from None
    return _read(enumerate(events), clock)


def _read(events: Iterable[tuple[int, Any]], clock: Clock) -> Batch:
    lines = BytesIO()  # a list of them would hold twice the room: each was made with some to spare
    digests: list[str] = []
    rejected: list[Rejected] = []
    for index, event in events:
        try:
            if type(event) is Fault:
                raise event
            lines.write(line_of(event, clock) + b"\n")
            digests.append(digest_of(event["id"]))
        except Fault as fault:
            rejected.append(Rejected(index, _id_of(event), fault.code, fault.path, fault.message))
    return Batch(lines.getvalue()[:-1], tuple(digests), len(digests), tuple(rejected))


def _events_of_lines(payload: bytes) -> Iterable[tuple[int, Any]]:
    payload = payload.rstrip()
    _refuse_too_many(payload.count(b"\n") + 1)
    for index, line in enumerate(BytesIO(payload)):  # which copies a line at a time, not all of them
        if len(line) > LARGEST_EVENT:
            yield index, Fault("EVENT_TOO_LARGE", (), f"A line has at most {LARGEST_EVENT:,} bytes.")
        elif not line.isspace():
            try:
                yield index, _parse(line)
            except ValueError:
                yield index, Fault("NOT_JSON", (), _NO_JSON)


def _refuse_too_many(count: int) -> None:
    if count > MOST_EVENTS:
        message = f"Send at most {MOST_EVENTS:,} events at a time; these are {count:,}."
        raise UnreadablePayload("TOO_MANY_EVENTS", ("events",), message)


def _refuse_too_complex(payload: bytes, most: int) -> None:
    """Before anything is built of it: a few bytes of gzip may hold millions of values."""
    if len(payload) > most and (marks := sum(map(payload.count, _MARKS))) > most:
        message = f"Send less at a time: this has {marks:,} commas and opening brackets, {most:,} are read at most."
        raise UnreadablePayload("TOO_COMPLEX", (), message)


def _parse(text: bytes) -> Any:
    """The value. What one text or number makes unfit for us the slow parser lets pass: only its event suffers.

    Raises:
        ValueError: it is not JSON, or too long for the slow parser.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        if len(text) > _LONGEST_ODD:
            raise
        try:
            return _parse_slowly(text.decode())
        except RecursionError:
            raise ValueError("nested too deeply") from None


# A number of thousands of digits is none that Python reads, and it is beyond every double.
_parse_slowly = partial(json.loads, parse_int=lambda digits: int(digits) if len(digits) < 400 else float(digits))


def _id_of(event: Any) -> str | None:
    event_id = event.get("id") if type(event) is dict else None
    return event_id if type(event_id) is str and len(event_id) <= LONGEST_ID and is_sound_text(event_id) else None
