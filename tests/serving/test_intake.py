"""What `POST /v1/events` takes, refuses and answers, without a server: keys, types, sizes, room, and the one answer."""

import asyncio
import gzip
import json
import time
import zlib
from collections.abc import AsyncIterator

import pytest

from server.serving import intake_door
from server.serving.app import FlagServing
from server.serving.bodies import Gone
from server.serving.intake_body import JSON, MAX_SENT, MAX_UNPACKED, NDJSON
from server.serving.intake_room import LEAST, Room
from server.serving.rate_limit import RateLimit
from tests.serving.exchange import Exchange
from tests.serving.taking_in import (
    CLIENT,
    ELSEWHERE,
    SERVER,
    SHOP,
    Outbox,
    batch,
    event,
    intake,
    prepared,
    send,
    told,
)


def test_a_batch_is_answered_once_it_is_stored(serving: FlagServing, outbox: Outbox) -> None:
    answer = send(serving, batch(event("a", value=2.5), event("b")))

    assert (answer.status, told(answer)) == (200, {"accepted": 2, "rejected": []})
    ((one,),) = outbox.stored
    assert one[0] == 1
    assert [(stored["event_id"], stored["value"]) for stored in one[1]] == [("a", 2.5), ("b", None)]
    assert intake(serving).room.taken == 0


def test_what_is_wrong_with_one_event_is_said_and_the_others_are_taken(serving: FlagServing, outbox: Outbox) -> None:
    answer = send(serving, batch(event("a"), event("b", value="much"), 5, event("c")))

    assert (answer.status, told(answer)["accepted"]) == (200, 2)
    first, second = told(answer)["rejected"]
    assert first == {
        "index": 1,
        "id": "b",
        "code": "WRONG_TYPE",
        "path": ["value"],
        "message": "The value of an event is a number.",
    }
    assert (second["index"], second["id"], second["code"]) == (2, None, "WRONG_TYPE")
    assert outbox.ids == ["a", "c"]


def test_a_batch_of_nothing_but_wrong_events_is_answered_and_not_stored(serving: FlagServing, outbox: Outbox) -> None:
    outbox.problem = AssertionError("nothing is to be stored")
    answer = send(serving, batch(event("a", name="")))

    assert (answer.status, told(answer)["accepted"], len(told(answer)["rejected"])) == (200, 0, 1)


def test_ndjson_may_have_empty_lines_and_its_indexes_are_those_of_the_lines(
    serving: FlagServing, outbox: Outbox
) -> None:
    lines = [json.dumps(event("a")), "", json.dumps(event("b")), "{", "  ", json.dumps(event("c")), ""]
    answer = send(serving, "\n".join(lines).encode(), content_type="application/x-ndjson; charset=utf-8")

    assert told(answer)["accepted"] == 3
    assert [(one["index"], one["code"]) for one in told(answer)["rejected"]] == [(3, "NOT_JSON")]
    assert outbox.ids == ["a", "b", "c"]


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "GZIP"])
def test_a_body_may_be_gzip(serving: FlagServing, outbox: Outbox, encoding: str) -> None:
    answer = send(serving, gzip.compress(batch(event("a"))), content_encoding=encoding)

    assert (answer.status, outbox.ids) == (200, ["a"])


GZIPPED = gzip.compress(b'{"events":[]}', mtime=0)


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", GZIPPED[:-1], GZIPPED + b"more", GZIPPED * 2, zlib.compress(b"{}")],
    ids=["empty", "plain", "cut off", "with more", "two members", "zlib"],
)
def test_what_is_said_to_be_gzip_is_one_whole_member_of_it(serving: FlagServing, outbox: Outbox, body: bytes) -> None:
    answer = send(serving, body, content_encoding="gzip")

    assert (answer.status, told(answer)["errorCode"], outbox.stored) == (400, "PARSE_ERROR", [])
    assert send(serving, GZIPPED, content_encoding="gzip").status == 200


@pytest.mark.parametrize(
    ("media_type", "most"), [(JSON, 8 * 1024**2), (NDJSON, 20 * 1024**2), ("application/jsonl", 20 * 1024**2)]
)
def test_a_body_that_unpacks_to_more_than_its_limit_is_not_unpacked_further(
    serving: FlagServing, media_type: str, most: int
) -> None:
    one = batch(event()) if media_type == JSON else json.dumps(event()).encode()
    bomb = gzip.compress(b" " * (200 * 1024 * 1024))

    def status(body: bytes) -> int:
        return send(serving, body, content_type=media_type, content_encoding="gzip").status

    started = time.monotonic()
    refused = status(bomb)
    took = time.monotonic() - started

    assert (len(bomb) < MAX_SENT, refused) == (True, 413)
    assert took < 1
    assert status(gzip.compress(one + b" " * (most - len(one)))) == 200
    assert status(gzip.compress(one + b" " * (most - len(one) + 1))) == 413


@pytest.mark.parametrize("unit", [b"[],", b"{},", b"0,"])
def test_a_few_bytes_of_gzip_that_hold_millions_of_values_are_refused(
    serving: FlagServing, outbox: Outbox, unit: bytes
) -> None:
    body = gzip.compress(b'{"events":[' + unit * (MAX_UNPACKED[JSON] // len(unit) - 10) + b"0]}")
    answer = send(serving, body, content_encoding="gzip")

    assert (len(body) < 20_000, answer.status, told(answer)["errorCode"]) == (True, 400, "TOO_COMPLEX")
    assert (outbox.stored, intake(serving).room.taken) == ([], 0)


@pytest.mark.parametrize("declared", [True, False])
def test_a_body_has_a_largest_size(serving: FlagServing, outbox: Outbox, declared: bool) -> None:
    fits = batch(event()) + b" " * (MAX_SENT - len(batch(event())))
    length = {} if declared else {"content_length": ""}

    assert send(serving, fits, **length).status == 200
    assert send(serving, fits + b" ", **length).status == 413
    assert outbox.ids == ["e-1"]


def test_a_text_of_seven_megabytes_costs_its_event_alone(serving: FlagServing, outbox: Outbox) -> None:
    body = batch(event("a"), event("b", targetingKey="x" * 7_000_000))
    answer = send(serving, gzip.compress(body), content_encoding="gzip")

    assert (answer.status, told(answer)["accepted"]) == (200, 1)
    assert [(one["id"], one["code"]) for one in told(answer)["rejected"]] == [("b", "TOO_LONG")]
    assert len(answer.answered) < 1_000
    assert outbox.ids == ["a"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"5", b'{"events": 5}', b'{"event": []}', b"\xff", b"{}"])
def test_a_body_that_is_no_batch_is_refused_as_a_whole(serving: FlagServing, outbox: Outbox, body: bytes) -> None:
    answer = send(serving, body)

    assert answer.status == 400
    assert told(answer)["errorDetails"]
    assert outbox.stored == []


@pytest.mark.parametrize(
    "headers",
    [{"content_type": "text/plain"}, {"content_type": "application/xml"}, {"content_encoding": "br"}],
)
def test_other_types_and_encodings_are_not_taken(serving: FlagServing, headers: dict[str, str]) -> None:
    answer = send(serving, batch(event()), **headers)

    assert (answer.status, answer.headers["accept-encoding"]) == (415, "gzip")
    assert answer.headers["accept"] == "application/json, application/x-ndjson"


def test_a_body_that_ends_early_is_not_stored(serving: FlagServing, outbox: Outbox) -> None:
    assert send(serving, batch(event()), content_length="10000").status == 400
    assert (outbox.stored, intake(serving).room.taken) == ([], 0)


def test_a_body_that_does_not_come_is_not_waited_for(serving: FlagServing, monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(Exchange):
        async def __call__(self) -> bytes:
            await asyncio.sleep(60)
            raise Gone

    monkeypatch.setattr(intake_door, "SECONDS_TO_SEND", 0.05)
    scope, _ = prepared(batch(event()))
    exchange = Slow()
    asyncio.run(serving(scope, exchange))

    assert (exchange.status, intake(serving).room.taken) == (408, 0)


def test_without_a_key_in_force_nothing_is_taken(serving: FlagServing, outbox: Outbox) -> None:
    statuses = [send(serving, batch(event()), key).status for key in (None, "fss_unknown")]

    assert (statuses, outbox.stored) == ([401, 401], [])


def test_events_go_into_the_environment_of_the_key(serving: FlagServing, outbox: Outbox) -> None:
    send(serving, batch(event("here")))
    send(serving, batch(event("there")), ELSEWHERE)

    assert [(one[0], one[1][0]["event_id"]) for (one,) in outbox.stored] == [(1, "here"), (2, "there")]


def test_a_page_may_send_with_a_client_side_key_from_an_allowed_origin_alone(
    serving: FlagServing, outbox: Outbox
) -> None:
    allowed = send(serving, batch(event("a")), CLIENT, origin=SHOP)
    refused = send(serving, batch(event("b")), CLIENT, origin="https://elsewhere.example")
    in_address = send(serving, batch(event("c")), None, query=f"key={CLIENT}", origin=SHOP)
    secret_in_address = send(serving, batch(event("d")), None, query=f"key={SERVER}")

    assert [one.status for one in (allowed, refused, in_address, secret_in_address)] == [200, 403, 200, 401]
    assert allowed.headers["access-control-allow-origin"] == SHOP
    assert refused.headers["access-control-allow-origin"] == "*"
    assert outbox.ids == ["a", "c"]


def test_a_page_can_read_why_its_events_were_refused(serving: FlagServing, outbox: Outbox) -> None:
    outbox.full = True
    while not intake(serving).writer.full:
        time.sleep(0.01)
    answer = send(serving, batch(event()), CLIENT, origin=SHOP)

    assert (answer.status, answer.headers["access-control-allow-origin"]) == (429, SHOP)
    assert "retry-after" in answer.headers["access-control-expose-headers"]


def test_who_sends_too_often_has_to_wait(serving: FlagServing) -> None:
    serving.limit = RateLimit(1, burst=1)

    assert [send(serving, batch(event())).status for _ in range(2)] == [200, 429]


def test_a_process_holds_only_so_many_bytes_and_clients_half_of_them(serving: FlagServing) -> None:
    body = batch(event()) + b" " * 9_000
    intake(serving).room = Room(4 * len(body))
    held = [intake(serving).room.take(len(body), client=True)]

    assert send(serving, body, CLIENT).status == 200
    held.append(intake(serving).room.take(len(body), client=True))
    refused = send(serving, body, CLIENT)
    assert (refused.status, refused.headers["retry-after"]) == (429, "2")
    assert send(serving, body).status == 200
    held += [intake(serving).room.take(len(body), client=False) for _ in range(2)]
    assert send(serving, body).status == 429
    for place in held:
        assert place is not None
        place.give_back()
    assert intake(serving).room.taken == 0


def test_what_a_small_body_unpacks_to_needs_room_as_well(serving: FlagServing) -> None:
    body = gzip.compress(batch(*(event(f"e-{n}") for n in range(2_000))))
    intake(serving).room = Room(len(body) + 10 * LEAST)

    answer = send(serving, body, content_encoding="gzip")

    assert (answer.status, intake(serving).room.taken) == (429, 0)


def test_who_left_before_the_answer_has_stored_its_events(serving: FlagServing, outbox: Outbox) -> None:
    class Left(Exchange):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b""

        def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
            raise RuntimeError("the connection is closed")

    scope, exchange = prepared(batch(event("a")))
    left = Left(exchange.body)
    with pytest.raises(RuntimeError):
        asyncio.run(serving(scope, left))

    assert (outbox.ids, intake(serving).room.taken) == (["a"], 0)


def test_where_the_warehouse_is_only_read_no_event_is_taken(serving: FlagServing) -> None:
    serving.intake = None
    answer = send(serving, batch(event()))

    assert (answer.status, told(answer)["errorCode"]) == (403, "GENERAL")
