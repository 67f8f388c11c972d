from collections.abc import Iterator
from typing import Any

import pytest

from tests.serving.ofrep.node import Client, client
from tests.serving.ofrep.serving import SERVER_KEY, Serving


@pytest.fixture
def ours(shop: Serving) -> Iterator[Client]:
    with client("server", baseUrl=shop.url, headers=[["Authorization", f"Bearer {SERVER_KEY}"]]) as running:
        assert running("start") == {"status": "READY"}
        yield running


def test_every_type_arrives_as_it_was_set(ours: Client) -> None:
    def details(value_type: str, key: str, default: Any) -> dict[str, Any]:
        return ours.evaluate(value_type, key, default)

    def plain(key: str, value: Any) -> dict[str, Any]:
        return {"flagKey": key, "value": value, "variant": "control", "reason": "STATIC", "flagMetadata": {}}

    assert details("Boolean", "boolean", False) == plain("boolean", True)
    assert details("String", "string", "") == plain("string", 'naïve "text" 🎲')
    assert details("Number", "integer", 0) == plain("integer", 7)
    assert details("Number", "float", 0) == plain("float", 20)
    assert details("Object", "json", {}) == plain("json", {"size": [1, 2.5, None], "nested": {"on": True}})
    assert details("Object", "list", []) == plain("list", [1, "two"])


def test_identities_traits_splits_and_experiments_decide(ours: Client) -> None:
    def decided(key: str, **context: Any) -> tuple[Any, ...]:
        details = ours.evaluate("String", key, "", **context)
        return details["value"], details["variant"], details["reason"], details["flagMetadata"]

    assert decided("named", targetingKey="user-1") == ("#00f", "blue", "TARGETING_MATCH", {})
    assert decided("targeted", country="NL") == ("orange", "control", "TARGETING_MATCH", {})
    assert decided("off") == ("the default", "default", "DISABLED", {})
    assert decided("checkout", targetingKey="user-3") == (
        "#00f",
        "blue",
        "SPLIT",
        {"experiment": "new-checkout", "phase": 2, "inExperiment": True},
    )


def test_errors_arrive_as_what_they_are(ours: Client) -> None:
    def problem(value_type: str, key: str, default: Any, **context: Any) -> tuple[str, str]:
        details = ours.evaluate(value_type, key, default, **context)
        assert (details["value"], details["reason"]) == (default, "ERROR")
        return details["errorCode"], details["errorMessage"]

    assert problem("String", "nothing", "mine") == ("FLAG_NOT_FOUND", "The environment has no flag with this key.")
    assert problem("String", "split", "mine") == (
        "TARGETING_KEY_MISSING",
        "This flag is split by the targeting key, and the context has none.",
    )
    assert problem("String", "string", "mine", targetingKey=5) == ("INVALID_CONTEXT", "The targetingKey is not a text.")
    assert problem("Boolean", "string", False)[0] == "TYPE_MISMATCH"


def test_who_asks_too_often_sends_nothing_for_as_long_as_told(shop: Serving, ours: Client) -> None:
    shop.limit(per_second=0.01)

    details = [ours.evaluate("Boolean", "boolean", False) for _ in range(4)]

    assert [one["value"] for one in details] == [True, False, False, False]
    assert "rate limit exceeded, try again after" in details[1]["errorMessage"]
    assert "paused due to TooManyRequests" in details[2]["errorMessage"]
    assert ours("statuses") == [200, 429]


def test_a_wrong_key_is_told(shop: Serving) -> None:
    with client("server", baseUrl=shop.url, headers=[["X-API-Key", "fss_wrong"]]) as ours:
        ours("start")

        details = ours.evaluate("Boolean", "boolean", False)

        assert (details["value"], details["errorCode"]) == (False, "GENERAL")
        assert ours("statuses") == [401]
