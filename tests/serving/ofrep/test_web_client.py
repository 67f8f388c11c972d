from typing import Any

from tests.serving.ofrep.node import Client, client
from tests.serving.ofrep.serving import CLIENT_KEY, SERVER_KEY, Serving
from tests.serving.ofrep.shop import flag

CHANGED = "PROVIDER_CONFIGURATION_CHANGED"
STALE = "PROVIDER_STALE"


def web(shop: Serving, key: str = CLIENT_KEY, **options: Any) -> Any:
    return client("web", baseUrl=shop.url, headers=[["Authorization", f"Bearer {key}"]], **options)


def polling(shop: Serving) -> Any:
    return web(shop, changeDetection="polling", pollInterval=20)


def started(ours: Client, **context: Any) -> Client:
    assert ours("start", context=context) == {"status": "READY"}
    return ours


def test_one_request_brings_every_flag_as_it_was_set(shop: Serving) -> None:
    with polling(shop) as running:
        ours = started(running, targetingKey="user-1", country="NL")

        def decided(value_type: str, key: str, default: Any) -> tuple[Any, ...]:
            details = ours.evaluate(value_type, key, default)
            return details["value"], details["variant"], details["reason"]

        assert decided("Boolean", "boolean", False) == (True, "control", "STATIC")
        assert decided("String", "string", "") == ('naïve "text" 🎲', "control", "STATIC")
        assert decided("Number", "integer", 0) == (7, "control", "STATIC")
        assert decided("Number", "float", 0) == (20, "control", "STATIC")
        assert decided("Object", "list", []) == ([1, "two"], "control", "STATIC")
        assert decided("String", "named", "") == ("#00f", "blue", "TARGETING_MATCH")
        assert decided("String", "targeted", "") == ("orange", "control", "TARGETING_MATCH")
        assert decided("String", "checkout", "") == ("#00f", "blue", "SPLIT")
        assert decided("String", "off", "") == ("the default", "default", "DISABLED")
        assert ours.evaluate("String", "checkout", "")["flagMetadata"] == {
            "experiment": "new-checkout",
            "phase": 2,
            "inExperiment": True,
        }


def test_a_flag_that_needs_a_targeting_key_fails_alone(shop: Serving) -> None:
    with polling(shop) as running:
        ours = started(running)

        details = ours.evaluate("String", "split", "mine")

        assert (details["value"], details["errorCode"]) == ("mine", "TARGETING_KEY_MISSING")
        assert ours.evaluate("Boolean", "boolean", False)["value"] is True


def test_what_only_servers_may_see_is_not_there(shop: Serving) -> None:
    with polling(shop) as running:
        details = started(running, targetingKey="user-1").evaluate("String", "secret", "mine")

        assert (details["value"], details["errorCode"]) == ("mine", "FLAG_NOT_FOUND")


def test_polling_costs_an_empty_answer_until_something_changes(shop: Serving) -> None:
    with polling(shop) as running:
        ours = started(running, targetingKey="user-1")
        ours("until", status=304, count=3)
        before = ours("statuses")
        shop.publish(string=flag("STRING", "new"))
        ours("until", event=CHANGED)

        assert before[:4] == [200, 304, 304, 304]
        assert ours.evaluate("String", "string", "")["value"] == "new"
        assert [(one["event"], one["flagsChanged"]) for one in ours("events")] == [(CHANGED, ["string"])]
        assert ours("statuses").count(200) == 2


def test_another_context_is_evaluated_anew(shop: Serving) -> None:
    with polling(shop) as running:
        ours = started(running, targetingKey="user-3")
        before = ours.evaluate("String", "named", "")["value"]
        ours("context", context={"targetingKey": "user-1"})

        assert (before, ours.evaluate("String", "named", "")["value"]) == ("grey", "#00f")


def test_an_event_stream_brings_a_change_without_polling(shop: Serving) -> None:
    with web(shop) as running:
        ours = started(running, targetingKey="user-1")
        ours("until", status=304)  # the stream's first word: there is nothing new
        shop.publish(string=flag("STRING", "new"))
        ours("until", event=CHANGED)

        assert ours.evaluate("String", "string", "")["value"] == "new"
        assert ours("statuses") == [200, 304, 200]


def test_who_asks_too_often_stops_polling_and_keeps_its_values(shop: Serving) -> None:
    with polling(shop) as running:
        ours = started(running, targetingKey="user-1")
        shop.limit(per_second=0.01)
        ours("until", status=429)
        ours("until", event=STALE)
        ours("context", context={"targetingKey": "user-1", "more": True})

        assert ours("statuses").count(429) == 1
        assert ours.evaluate("Boolean", "boolean", False)["value"] is True


def test_a_wrong_key_is_fatal(shop: Serving) -> None:
    with web(shop, key="fsc_wrong") as ours:
        assert ours("start")["status"] == "FATAL"
        assert ours("statuses") == [401]


def test_a_server_side_key_is_told_of_no_stream(shop: Serving) -> None:
    with web(shop, key=SERVER_KEY) as running:
        ours = started(running, targetingKey="user-1")

        assert ours.evaluate("String", "secret", "")["value"] == "for servers"
        assert ours("statuses") == [200]
