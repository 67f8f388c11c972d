import itertools
import time
from collections.abc import Callable
from typing import Any

import pytest
from openfeature import api
from openfeature.client import OpenFeatureClient
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import FlagEvaluationDetails, Reason

from tests.serving.ofrep.serving import SERVER_KEY, Serving

Asks = Callable[..., FlagEvaluationDetails[Any]]

BEARER = {"Authorization": f"Bearer {SERVER_KEY}"}
numbers = itertools.count()


def client(shop: Serving, headers: dict[str, str] = BEARER) -> OpenFeatureClient:
    domain = f"test-{next(numbers)}"
    api.set_provider(OFREPProvider(shop.url, headers_factory=lambda: headers), domain)
    return api.get_client(domain)


def ask(
    given: OpenFeatureClient, value_type: str, key: str, default: Any, unit: str | None = None, **traits: Any
) -> Any:
    asks: Asks = getattr(given, f"get_{value_type}_details")
    return asks(key, default, EvaluationContext(unit, traits))


@pytest.mark.parametrize(
    ("value_type", "key", "default", "value"),
    [
        ("boolean", "boolean", False, True),
        ("string", "string", "", 'naïve "text" 🎲'),
        ("integer", "integer", 0, 7),
        ("float", "float", 0.5, 20.0),
        ("object", "json", {}, {"size": [1, 2.5, None], "nested": {"on": True}}),
        ("object", "list", [], [1, "two"]),
    ],
)
def test_every_type_arrives_as_it_was_set(shop: Serving, value_type: str, key: str, default: Any, value: Any) -> None:
    details = ask(client(shop), value_type, key, default)

    assert details.value == value
    assert type(details.value) is type(value)
    assert (details.variant, details.reason, details.error_code) == ("control", Reason.STATIC, None)


def test_identities_traits_and_splits_decide(shop: Serving) -> None:
    ours = client(shop)

    def value(key: str, unit: str, **traits: Any) -> tuple[Any, str | None, Any]:
        details = ask(ours, "string", key, "", unit, **traits)
        return details.value, details.variant, details.reason

    assert value("named", "user-1") == ("#00f", "blue", Reason.TARGETING_MATCH)
    assert value("named", "user-3") == ("grey", "control", Reason.DEFAULT)
    assert value("targeted", "user-3", country="NL") == ("orange", "control", Reason.TARGETING_MATCH)
    assert value("checkout", "user-3") == ("#00f", "blue", Reason.SPLIT)
    assert value("off", "user-3") == ("the default", "default", Reason.DISABLED)


def test_an_experiment_is_in_the_metadata(shop: Serving) -> None:
    details = ask(client(shop), "string", "checkout", "", "user-1")

    assert details.flag_metadata == {"experiment": "new-checkout", "phase": 2, "inExperiment": True}


def test_errors_arrive_as_what_they_are(shop: Serving) -> None:
    ours = client(shop)

    def problem(value_type: str, key: str, default: Any, **traits: Any) -> tuple[Any, Any]:
        details = ask(ours, value_type, key, default, **traits)
        assert details.value == default
        return details.error_code, details.error_message

    assert problem("string", "nothing", "mine") == (
        ErrorCode.FLAG_NOT_FOUND,
        "The environment has no flag with this key.",
    )
    assert problem("string", "split", "mine") == (
        ErrorCode.TARGETING_KEY_MISSING,
        "This flag is split by the targeting key, and the context has none.",
    )
    assert problem("boolean", "string", False)[0] == ErrorCode.TYPE_MISMATCH
    assert problem("string", "string", "mine", **{f"trait-{number}": 1 for number in range(1_001)}) == (
        ErrorCode.INVALID_CONTEXT,
        "1,001 traits are too many: send at most 1,000.",
    )


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({}, "unauthorized"),
        ({"Authorization": "Bearer fss_wrong"}, "unauthorized"),
        ({"X-API-Key": ""}, "unauthorized"),
    ],
)
def test_a_wrong_key_is_told(shop: Serving, headers: dict[str, str], message: str) -> None:
    details = ask(client(shop, headers), "boolean", "boolean", False)

    assert (details.error_code, details.error_message) == (ErrorCode.GENERAL, "unauthorized")


def test_the_key_may_be_in_its_own_header(shop: Serving) -> None:
    assert ask(client(shop, {"X-API-Key": SERVER_KEY}), "boolean", "boolean", False).value is True


def test_who_asks_too_often_waits_as_long_as_told(shop: Serving) -> None:
    ours = client(shop)
    shop.limit(per_second=2, burst=1)

    started = time.monotonic()
    answers = [ask(ours, "boolean", "boolean", False) for _ in range(3)]
    while not ask(ours, "boolean", "boolean", False).value:
        time.sleep(0.01)

    assert [one.value for one in answers] == [True, False, False]
    assert answers[1].error_message == "Rate limited, retry after: 1"
    assert "paused due to TooManyRequests" in (answers[2].error_message or "")
    assert 1 <= time.monotonic() - started < 5
