import json
from typing import Any

import pytest

from server.evaluation.engine import compile_environment
from server.serving.messages import Request, Response
from server.serving.ofrep import evaluate_flag, evaluate_flags
from server.serving.ofrep_answers import Answers, encoded
from server.serving.ofrep_context import MAX_BODY
from tests.serving.ofrep.shop import answers, flag, snapshot

SHOP = answers()
JSON = ("content-type", "application/json")
NEEDS_A_KEY = "TARGETING_KEY_MISSING"


def post(body: Any = None, **headers: str) -> Request:
    sent = body if isinstance(body, bytes) else json.dumps({"context": body or {}}).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request("POST", "/ofrep/v1/evaluate/flags", {"content-type": "application/json", **named}, sent)


def one(key: str, *, client: bool = False, **context: Any) -> tuple[int, Any]:
    answer = evaluate_flag(SHOP, post(context), key=key, client=client)
    return answer.status, json.loads(answer.body)


def every(*, client: bool = False, **context: Any) -> dict[str, Any]:
    answer = evaluate_flags(SHOP, post(context), client=client)
    assert answer.status == 200
    return {entry["key"]: entry for entry in json.loads(answer.body)["flags"]}


@pytest.mark.parametrize("key", ["boolean", "string", "integer", "json", "list"])
def test_a_flag_answers_its_value_as_its_type_has_it_with_variant_and_reason(key: str) -> None:
    value = snapshot()["flags"][key]["default"]

    assert one(key) == (200, {"key": key, "value": value, "variant": "control", "reason": "STATIC"})


def test_a_float_is_written_as_a_float_and_an_integer_as_an_integer() -> None:
    shop = answers(
        half=flag("FLOAT", 0.5),
        options=flag("FLOAT", 1, options={"two": 2}, identities={"a": {"enabled": True, "variant": "two"}}),
    )

    def written(key: str) -> bytes:
        return evaluate_flag(shop, post({"targetingKey": "a"}), key=key, client=False).body

    assert b'"value":20.0,' in written("float")
    assert b'"value":7,' in written("integer")
    assert b'"value":0.5,' in written("half")
    assert b'"value":2.0,' in written("options")
    assert b'"size":[1,2.5,null]' in written("json")


def test_a_disabled_flag_answers_the_features_default_and_why() -> None:
    assert one("off") == (200, {"key": "off", "value": "the default", "variant": "default", "reason": "DISABLED"})


def test_a_unit_that_was_named_gets_what_was_chosen_for_it() -> None:
    assert one("named", targetingKey="user-1")[1] == {
        "key": "named",
        "value": "#00f",
        "variant": "blue",
        "reason": "TARGETING_MATCH",
    }
    assert one("named", targetingKey="user-2")[1]["value"] == "of her own"
    assert one("named", targetingKey="user-3")[1]["reason"] == "DEFAULT"


def test_traits_reach_the_rules() -> None:
    assert one("targeted", country="NL")[1]["value"] == "orange"
    assert one("targeted", country="BE")[1]["value"] == "grey"


def test_an_evaluation_says_which_experiment_it_is_part_of() -> None:
    assert one("checkout", targetingKey="user-1") == (
        200,
        {
            "key": "checkout",
            "value": "#00f",
            "variant": "blue",
            "reason": "SPLIT",
            "metadata": {"experiment": "new-checkout", "phase": 2, "inExperiment": True},
        },
    )


def test_who_takes_no_part_in_an_experiment_hears_that_too() -> None:
    assert one("checkout")[1]["metadata"] == {"experiment": "new-checkout", "phase": 2, "inExperiment": False}


def test_a_split_without_a_targeting_key_is_a_400_that_says_so() -> None:
    status, document = one("split")

    assert (status, document["key"], document["errorCode"]) == (400, "split", NEEDS_A_KEY)
    assert document["errorDetails"]
    assert set(document) == {"key", "errorCode", "errorDetails"}


@pytest.mark.parametrize("key", ["nothing", "", "Boolean", "boolean ", "a/b", "\0", "ключ", "\udcff", "x" * 100_000])
def test_an_unknown_key_is_a_404_with_the_key_in_it(key: str) -> None:
    status, document = one(key)

    assert status == 404
    assert document == {
        "key": key.replace("\udcff", "?"),
        "errorCode": "FLAG_NOT_FOUND",
        "errorDetails": "The environment has no flag with this key.",
    }


def test_a_server_only_flag_does_not_exist_for_a_client_side_key() -> None:
    hidden = evaluate_flag(SHOP, post(), key="secret", client=True)
    unknown = evaluate_flag(SHOP, post(), key="absent", client=True)

    assert hidden == Response(unknown.status, unknown.headers, unknown.body.replace(b"absent", b"secret"))
    assert one("secret")[1]["value"] == "for servers"
    assert set(every()) - set(every(client=True)) == {"secret"}
    assert set(every(client=True)) <= set(every())


def test_no_answer_tells_rules_segments_salts_or_what_was_chosen_for_others() -> None:
    body = evaluate_flags(SHOP, post({"targetingKey": "user-3", "country": "BE"}), client=True).body

    for told in (b"user-1", b"of her own", b"orange", b"Netherlands", b"Gate", b"salt", b"for servers", b"10000"):
        assert told not in body


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"", "PARSE_ERROR"), (b"[]", "PARSE_ERROR"), (b'{"context": 1}', "INVALID_CONTEXT")],
)
def test_a_body_that_cannot_be_read_is_a_400_with_code_and_details(body: bytes, code: str) -> None:
    single = evaluate_flag(SHOP, post(body), key="boolean", client=False)
    bulk = evaluate_flags(SHOP, post(body), client=False)

    assert (single.status, bulk.status) == (400, 400)
    assert json.loads(single.body) == {"key": "boolean", **json.loads(bulk.body)}
    assert json.loads(bulk.body)["errorCode"] == code
    assert json.loads(bulk.body)["errorDetails"]


def test_a_body_that_is_said_to_be_no_json_is_a_400() -> None:
    request = post({}, content_type="text/plain")

    assert evaluate_flag(SHOP, request, key="boolean", client=False).status == 400
    assert evaluate_flags(SHOP, request, client=False).status == 400


def test_a_body_above_the_limit_is_a_413_and_one_at_it_is_read() -> None:
    largest = b"{}" + b" " * (MAX_BODY - 2)

    assert evaluate_flag(SHOP, post(largest), key="boolean", client=False).status == 200
    assert evaluate_flags(SHOP, post(largest), client=False).status == 200
    for answer in (
        evaluate_flag(SHOP, post(largest + b" "), key="boolean", client=False),
        evaluate_flags(SHOP, post(largest + b" "), client=False),
    ):
        assert answer.status == 413
        assert json.loads(answer.body)["errorDetails"] == "The body is larger than 131,072 bytes."


@pytest.mark.parametrize("context", [{}, {"targetingKey": "user-1"}, {"targetingKey": "user-9", "country": "NL"}])
@pytest.mark.parametrize("client", [True, False])
def test_a_bulk_answer_is_every_flags_own_answer(context: dict[str, Any], client: bool) -> None:
    bulk = every(client=client, **context)

    assert set(bulk) == {key for key in snapshot()["flags"] if not (client and key == "secret")}
    assert bulk == {key: one(key, client=client, **context)[1] for key in bulk}


def test_a_flag_that_cannot_be_evaluated_is_an_error_among_the_others() -> None:
    bulk = every()

    assert [key for key, entry in bulk.items() if "errorCode" in entry] == ["split"]
    assert bulk["split"]["errorCode"] == NEEDS_A_KEY


def test_an_environment_without_flags_answers_an_empty_list() -> None:
    empty = Answers(compile_environment(snapshot() | {"flags": {}}))

    assert evaluate_flags(empty, post(), client=False).body == b'{"flags":[]}'


def test_an_environment_in_which_every_flag_depends_on_the_unit_is_answered_whole() -> None:
    split = {"split": snapshot()["flags"]["split"]}
    shop = Answers(compile_environment(snapshot() | {"flags": split}))

    assert [entry["key"] for entry in json.loads(evaluate_flags(shop, post(), client=False).body)["flags"]] == ["split"]


def test_a_server_only_flag_that_depends_on_the_unit_is_hidden_as_well() -> None:
    hidden = flag("STRING", "no", serverOnly=True, identities={"user-1": {"enabled": True, "value": "yes"}})
    shop = answers(hidden=hidden)

    def told(client: bool) -> bool:
        return b"hidden" in evaluate_flags(shop, post({"targetingKey": "user-1"}), client=client).body

    assert (told(client=True), told(client=False)) == (False, True)


def test_an_environment_that_was_compiled_for_no_door_is_answered_from_all_the_same() -> None:
    bare = Answers(compile_environment(snapshot()))

    for context in ({}, {"targetingKey": "user-1"}):
        assert evaluate_flags(bare, post(context), client=False) == evaluate_flags(SHOP, post(context), client=False)


def test_a_bulk_answer_names_where_its_reader_hears_of_changes() -> None:
    answer = evaluate_flags(SHOP, post(), client=True, events_uri="/ofrep/v1/events?key=fsc_1")

    assert json.loads(answer.body)["eventStreams"] == [
        {"type": "sse", "endpoint": {"requestUri": "/ofrep/v1/events?key=fsc_1"}}
    ]
    assert "eventStreams" not in json.loads(evaluate_flags(SHOP, post(), client=True).body)


def test_a_tag_changes_with_whatever_an_answer_follows_from_and_with_nothing_else() -> None:
    def tag(shop: Any = SHOP, body: Any = b"{}", *, client: bool = False, events_uri: str | None = None) -> str:
        answer = evaluate_flags(shop, post(body), client=client, events_uri=events_uri)
        return dict(answer.headers)["etag"]

    tags = [
        tag(),
        tag(answers(43)),
        tag(client=True),
        tag(body={"targetingKey": "user-1"}),
        tag(events_uri="/events"),
        tag(client=True, events_uri="/events"),
    ]

    assert len(set(tags)) == len(tags)
    assert tag(answers(42)) == tags[0]


def test_a_tag_tells_which_earlier_flag_was_kept_in_the_place_of_one_at_fault() -> None:
    def after(*earlier: Any) -> str:
        compiled = None
        for one in (*earlier, {"fault": "It does not fit together."}):
            compiled = compile_environment(snapshot(more=one), compiled, encode=encoded)
        assert compiled is not None
        return dict(evaluate_flags(Answers(compiled), post(), client=False).headers)["etag"]

    red, blue = flag("STRING", "red"), flag("STRING", "blue")
    tags = [after(), after(red), after(blue), dict(evaluate_flags(SHOP, post(), client=False).headers)["etag"]]

    assert len(set(tags)) == 4
    assert after(blue, red) == after(red)


@pytest.mark.parametrize("written", ["{}", "W/{}", '"other", {}', "W/{},W/{}"])
def test_an_answer_that_the_client_has_is_a_304_without_a_body(written: str) -> None:
    tag = dict(evaluate_flags(SHOP, post(), client=False).headers)["etag"]

    again = evaluate_flags(SHOP, post(if_none_match=written.replace("{}", tag)), client=False)

    assert again == Response(304, (("etag", tag),), b"")


def test_any_other_tag_gets_the_answer_anew() -> None:
    answer = evaluate_flags(SHOP, post(), client=False)

    assert evaluate_flags(SHOP, post(if_none_match='"other", W/"another"'), client=False) == answer


def test_the_star_is_a_304_where_there_is_an_answer_and_the_error_where_there_is_none() -> None:
    assert evaluate_flags(SHOP, post(if_none_match=" * "), client=False).status == 304
    assert evaluate_flags(SHOP, post(b"{", if_none_match="*"), client=False).status == 400


def test_a_304_evaluates_nothing() -> None:
    class Unevaluated(type(SHOP)):  # type: ignore[misc]
        def bulk(self, *_: Any, **__: Any) -> bytes:
            raise AssertionError("evaluated")

    shop = Unevaluated(compile_environment(snapshot()))
    tag = dict(evaluate_flags(SHOP, post(), client=False).headers)["etag"]

    assert evaluate_flags(shop, post(if_none_match=tag), client=False).status == 304


def test_answers_are_json_and_only_a_bulk_answer_has_a_tag() -> None:
    single = evaluate_flag(SHOP, post(), key="boolean", client=False)
    bulk = evaluate_flags(SHOP, post(), client=False)

    assert single.headers == (JSON,)
    assert [name for name, _ in bulk.headers] == ["content-type", "etag"]
    assert evaluate_flag(SHOP, post(), key="nothing", client=False).headers == (JSON,)
