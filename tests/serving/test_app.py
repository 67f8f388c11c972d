"""Who gets which answer from the serving of flags: keys, origins, methods, limits, and the snapshot."""

import asyncio
import gzip
import json
import threading
import time
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from server.accounts.keys import digest_of
from server.serving.app import FlagServing
from server.serving.events import EventStreams
from server.serving.follower import Follower
from server.serving.keys import Key, KeyRing
from server.serving.rate_limit import RateLimit
from server.serving.rsgi import Headers, Transport
from server.serving.store import Store
from tests.serving.documents import document, flag
from tests.serving.exchange import Exchange, GivenHeaders, GivenScope
from tests.serving.test_follower import Table

SERVER, CLIENT, EXPIRED, ELSEWHERE = "fss_server", "fsc_client", "fss_expired", "fss_elsewhere"
SHOP = "https://shop.example"
FLAGS = "/ofrep/v1/evaluate/flags"


@pytest.fixture
def serving() -> FlagServing:
    follower = Follower(Table(), Store(), KeyRing())
    follower.keys.replace(
        {
            digest_of(SERVER): Key(1, client=False),
            digest_of(CLIENT): Key(1, client=True, expires_at=time.time() + 60),
            digest_of(EXPIRED): Key(1, client=False, expires_at=time.time() - 1),
            digest_of(ELSEWHERE): Key(2, client=False),
        }
    )
    follower.store.put(1, document(42, hidden=flag(1) | {"serverOnly": True}), frozenset({SHOP}))
    follower.reachable = True
    follower.ready.set()
    return FlagServing(follower)


def ask(
    serving: FlagServing,
    method: str,
    path: str,
    key: str | None = SERVER,
    body: bytes = b"{}",
    query: str = "",
    seconds: float = 0.05,
    **headers: str,
) -> Exchange:
    given = GivenHeaders({name.replace("_", "-"): value for name, value in headers.items()})
    if key is not None:
        given["authorization"] = f"Bearer {key}"
    if method == "POST":
        given.setdefault("content-length", str(len(body)))
    exchange = Exchange(body if method == "POST" else b"", seconds_to_stay=seconds)
    asyncio.run(serving(GivenScope(method, path, given, query), exchange))
    return exchange


def told(exchange: Exchange) -> Any:
    return json.loads(exchange.answered)


@pytest.mark.parametrize("given", [{"authorization": f"bEARER {SERVER}"}, {"x_api_key": SERVER}])
def test_a_key_is_a_bearer_token_or_stands_in_a_header_of_its_own(serving: FlagServing, given: dict[str, str]) -> None:
    answer = ask(serving, "POST", f"{FLAGS}/revision", None, **given)

    assert (answer.status, told(answer)["value"]) == (200, 42)


@pytest.mark.parametrize(
    ("key", "headers"),
    [(None, {}), ("fss_unknown", {}), (EXPIRED, {}), ("x" * 5000, {}), (None, {"authorization": f"Basic {SERVER}"})],
)
def test_without_a_key_in_force_nothing_is_told(serving: FlagServing, key: str | None, headers: dict[str, str]) -> None:
    answer = ask(serving, "POST", FLAGS, key, **headers)

    assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/v1/nothing", 404),
        ("POST", "/ofrep/v1/evaluate/flagsX", 404),
        ("GET", FLAGS, 405),
        ("POST", "/v1/snapshot", 405),
        ("POST", "/v1/events", 403),
        ("DELETE", "/v1/events", 405),
        ("POST", f"{FLAGS}/nothing", 404),
    ],
)
def test_other_paths_and_methods_are_refused(serving: FlagServing, method: str, path: str, status: int) -> None:
    assert ask(serving, method, path).status == status


def test_a_page_may_use_a_client_side_key_from_an_allowed_origin_alone(serving: FlagServing) -> None:
    allowed = ask(serving, "POST", FLAGS, CLIENT, origin=SHOP)
    refused = ask(serving, "POST", FLAGS, CLIENT, origin="https://elsewhere.example")

    assert (allowed.status, allowed.headers["access-control-allow-origin"]) == (200, SHOP)
    assert refused.status == 403
    assert [entry["key"] for entry in told(allowed)["flags"]] == ["revision"]
    assert told(allowed)["eventStreams"] == [{"type": "sse", "endpoint": {"requestUri": f"/v1/events?key={CLIENT}"}}]


def test_an_origin_says_nothing_with_a_server_side_key(serving: FlagServing) -> None:
    answer = ask(serving, "POST", FLAGS, origin="https://elsewhere.example")

    assert answer.status == 200
    assert "access-control-allow-origin" not in answer.headers


def test_a_browser_asks_first_without_a_key(serving: FlagServing) -> None:
    assert ask(serving, "OPTIONS", FLAGS, None, origin=SHOP).status == 204


@pytest.mark.parametrize("declared", [True, False])
def test_a_body_that_is_too_large_is_refused(serving: FlagServing, declared: bool) -> None:
    body = b" " * 1_048_577
    given = {} if declared else {"transfer_encoding": "chunked"}
    exchange = Exchange(body)
    headers = GivenHeaders({"x-api-key": SERVER, **given})
    if declared:
        headers["content-length"] = str(len(body))
    asyncio.run(serving(GivenScope("POST", FLAGS, headers), exchange))

    assert exchange.status == 413


def test_a_body_that_ends_too_early_is_no_context(serving: FlagServing) -> None:
    assert ask(serving, "POST", FLAGS, body=b"{}", content_length="10").status == 400


def test_who_asks_too_often_has_to_wait(serving: FlagServing) -> None:
    serving.limit = RateLimit(2, burst=2)
    statuses = [ask(serving, "POST", FLAGS).status for _ in range(3)]
    other = ask(serving, "POST", FLAGS, CLIENT)

    assert (statuses, other.status) == ([200, 200, 429], 200)
    assert ask(serving, "POST", FLAGS).headers["retry-after"] == "1"


def test_the_snapshot_is_the_document_and_knows_when_it_has_not_changed(serving: FlagServing) -> None:
    answer = ask(serving, "GET", "/v1/snapshot")
    again = ask(serving, "GET", "/v1/snapshot", if_none_match=answer.headers["etag"])
    serving.follower.store.put(1, document(43), frozenset())
    later = ask(serving, "GET", "/v1/snapshot", if_none_match=answer.headers["etag"])

    assert told(answer)["flags"]["hidden"]["serverOnly"] is True
    assert (answer.status, again.status, later.status) == (200, 304, 200)
    assert again.answered == b""
    assert told(later)["revision"] == 43


@pytest.mark.parametrize(
    ("accepted", "compressed"), [("br, gzip", True), ("gzip;q=0.5", True), ("gzip;q=0", False), ("br", False)]
)
def test_the_snapshot_is_compressed_for_who_takes_that(serving: FlagServing, accepted: str, compressed: bool) -> None:
    answer = ask(serving, "GET", "/v1/snapshot", accept_encoding=accepted)

    assert answer.headers.get("content-encoding") == ("gzip" if compressed else None)
    plain = gzip.decompress(answer.answered) if compressed else answer.answered
    assert json.loads(plain)["revision"] == 42


def test_a_client_side_key_reads_no_snapshot(serving: FlagServing) -> None:
    assert ask(serving, "GET", "/v1/snapshot", CLIENT).status == 403


def test_an_environment_that_cannot_be_loaded_now_is_unavailable(serving: FlagServing) -> None:
    serving.follower.reachable = False
    answer = ask(serving, "POST", FLAGS, ELSEWHERE)

    assert (answer.status, answer.headers["retry-after"]) == (503, "1")


def test_before_the_keys_are_known_nobody_is_told_that_theirs_is_wrong(serving: FlagServing) -> None:
    serving.follower.ready.clear()

    assert ask(serving, "POST", FLAGS, "fss_unknown").status == 503
    assert ask(serving, "GET", "/v1/ready", None).status == 503


def test_without_a_database_every_answer_says_so(serving: FlagServing) -> None:
    fresh = [ask(serving, "POST", FLAGS), ask(serving, "GET", "/v1/snapshot")]
    serving.follower.reachable = False
    stale = [ask(serving, "POST", FLAGS), ask(serving, "GET", "/v1/snapshot")]

    assert ["fairsplit-stale" in answer.headers for answer in fresh] == [False, False]
    assert [answer.headers["fairsplit-stale"] for answer in stale] == ["0", "0"]
    serving.follower.reachable = True
    serving.follower._vouched_at -= 60  # nothing has failed, and nobody has answered
    hung = [ask(serving, "POST", FLAGS), ask(serving, "POST", f"{FLAGS}/revision"), ask(serving, "GET", "/v1/snapshot")]
    assert [answer.headers["fairsplit-stale"] for answer in hung] == ["60"] * 3
    ready = ask(serving, "GET", "/v1/ready", None)
    assert (ready.status, told(ready)["flags"]["database"], told(ready)["flags"]["staleSeconds"]) == (
        200,
        "unreachable",
        60,
    )


def test_a_page_listens_with_a_client_side_key_in_the_address(serving: FlagServing) -> None:
    allowed = ask(serving, "GET", "/v1/events", None, query=f"key={CLIENT}", origin=SHOP)
    refused = ask(serving, "GET", "/v1/events", None, query=f"key={SERVER}")

    assert (allowed.status, allowed.headers["access-control-allow-origin"]) == (200, SHOP)
    assert b'data: {"type":"refetchEvaluation","revision":42}\n\n' in allowed.answered
    assert refused.status == 401


def test_who_has_heard_of_the_revision_is_not_told_again(serving: FlagServing) -> None:
    assert b"data:" not in ask(serving, "GET", "/v1/events", last_event_id="42").answered
    assert b"data:" in ask(serving, "GET", "/v1/events", last_event_id="41").answered


def test_a_client_that_left_makes_room(serving: FlagServing) -> None:
    serving.events = EventStreams(most=1)
    statuses = [ask(serving, "GET", "/v1/events").status for _ in range(3)]

    assert statuses == [200, 200, 200]
    assert (serving.events.count, serving.events.streams) == (0, {})


def test_client_side_keys_together_have_half_of_the_places(serving: FlagServing) -> None:
    serving.events = EventStreams(most=5)

    async def listen() -> list[list[int]]:
        streams = []
        for _ in range(3):
            given = [GivenHeaders({"x-api-key": key}) for key in (CLIENT, SERVER)]
            exchanges = [Exchange(seconds_to_stay=0.2) for _ in given]
            for headers, exchange in zip(given, exchanges, strict=True):
                streams.append(asyncio.ensure_future(serving(GivenScope("GET", "/v1/events", headers), exchange)))
                await asyncio.sleep(0)
            opened.append(exchanges)
        await asyncio.gather(*streams)
        return [[exchange.status for exchange in pair] for pair in opened]

    opened: list[list[Exchange]] = []

    assert asyncio.run(listen()) == [[200, 200], [200, 200], [503, 200]]
    assert (serving.events.count, serving.events.count_of_clients) == (0, 0)
    assert ask(serving, "GET", "/v1/events", CLIENT).status == 200


def test_server_side_keys_may_have_every_place(serving: FlagServing) -> None:
    serving.events = EventStreams(most=2)
    serving.events.count = 1

    assert ask(serving, "GET", "/v1/events").status == 200
    serving.events.count_of_clients = 1
    assert ask(serving, "GET", "/v1/events").status == 200
    assert ask(serving, "GET", "/v1/events", CLIENT).status == 503


def listened(serving: FlagServing, then: Callable[[], object]) -> list[tuple[str, float]]:
    """Who of three listeners ends first, and after how many seconds: the last two stay for a second."""
    ended: list[tuple[str, float]] = []

    async def listen(key: str, started: float) -> None:
        scope = GivenScope("GET", "/v1/events", GivenHeaders({"x-api-key": key}))
        await serving(scope, Exchange(seconds_to_stay=1))
        ended.append((key, time.monotonic() - started))

    async def run() -> None:
        started = time.monotonic()
        streams = [asyncio.ensure_future(listen(key, started)) for key in (CLIENT, SERVER, ELSEWHERE)]
        await asyncio.sleep(0.05)
        then()
        await asyncio.gather(*streams)

    serving.follower.store.put(2, document(1, 2), frozenset())
    asyncio.run(run())
    return ended


def test_a_stream_ends_when_its_key_is_revoked(serving: FlagServing) -> None:
    keys, events = serving.follower.keys, serving.events
    keys.changed.append(events.end_without_key)
    left = {digest_of(key): Key(number, client=False) for number, key in ((1, SERVER), (2, ELSEWHERE))}

    (first, after), (_, later), _ = listened(serving, lambda: keys.replace(left))

    assert first == CLIENT
    assert after < 0.5 < 1 <= later


def test_a_stream_ends_when_its_key_expires(serving: FlagServing) -> None:
    held = serving.follower.keys._keys
    expiring = Key(1, client=True, expires_at=time.time() + 0.2)
    serving.follower.keys.replace({**held, digest_of(CLIENT): expiring})

    (first, after), (_, later), _ = listened(serving, lambda: None)

    assert first == CLIENT
    assert after < 0.7 < 1 <= later


def test_a_key_that_was_revoked_on_the_way_opens_no_lasting_stream(serving: FlagServing) -> None:
    class Slow(Exchange):
        def response_stream(self, status: int, headers: Headers) -> Transport:
            serving.follower.keys.replace({})
            return super().response_stream(status, headers)

    started = time.monotonic()
    asyncio.run(serving(GivenScope("GET", "/v1/events", GivenHeaders({"x-api-key": SERVER})), Slow(seconds_to_stay=5)))

    assert time.monotonic() - started < 1
    assert serving.events.count == 0


def test_a_snapshot_is_written_once_and_by_a_thread_of_its_own(
    serving: FlagServing, monkeypatch: pytest.MonkeyPatch
) -> None:
    writers: list[str] = []
    really = orjson.dumps

    def dumps(value: object) -> bytes:
        writers.append(threading.current_thread().name)
        return really(value)

    monkeypatch.setattr("server.serving.snapshot_door.orjson.dumps", dumps)
    answer = ask(serving, "GET", "/v1/snapshot", accept_encoding="gzip")
    parts = len(writers)
    again = ask(serving, "GET", "/v1/snapshot", accept_encoding="gzip")

    held = serving.follower.store.get(1)
    assert held is not None
    assert json.loads(gzip.decompress(answer.answered)) == json.loads(json.dumps(held.document))
    assert {name.partition("_")[0] for name in writers} == {"snapshots"}
    assert parts >= len(held.document["flags"]) + len(held.document["segments"])  # nobody waits for all of it
    assert (again.answered, len(writers)) == (answer.answered, parts)


def test_a_snapshot_that_lacks_a_flag_has_another_tag(serving: FlagServing) -> None:
    def tag(**flags: Any) -> str:
        follower.store = Store()
        follower.store.put(1, document(42, **flags), frozenset())
        return ask(serving, "GET", "/v1/snapshot").headers["etag"]

    follower = serving.follower

    assert tag(f=flag(1)) == tag(f=flag(1)) != tag(f={"fault": "?"}) != tag(g={"fault": "?"})


def test_a_bug_is_masked_and_logged(
    serving: FlagServing, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("server.serving.app.evaluate_flags", lambda *_args, **_kwargs: 1 / 0)
    answer = ask(serving, "POST", FLAGS)

    assert (answer.status, told(answer)) == (500, {"errorCode": "GENERAL", "errorDetails": "Internal error."})
    assert "ZeroDivisionError" in caplog.text
