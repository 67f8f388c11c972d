"""A unit is served by precedence, from outcomes made beforehand; a flag at fault harms no other."""

import copy
import json
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings

from server.evaluation.engine import CompiledEnvironment, compile_environment, evaluate, evaluate_all
from server.evaluation.hashing import Domain, bucket_of
from server.evaluation.outcomes import Evaluation
from server.evaluation.snapshot import BadSnapshot
from tests.evaluation import documents, independent
from tests.evaluation.strategies import contexts, garbage, seeds, targeting_keys

EVERYONE = {"type": "ALL", "conditions": [{"trait": "nothing", "operator": "IS_NOT_SET"}]}
PRO = {"type": "ALL", "conditions": [{"trait": "plan", "operator": "EQUAL", "value": "pro"}]}
HALF = {"salt": "s", "runs": [[5000, "control"], [5000, "blue"]]}


def segment(rules: object = EVERYONE, **fields: object) -> dict[str, Any]:
    return {"name": "Segment", "system": False, "open": True, "rules": rules, **fields}


def state(value: object = "on", **fields: object) -> dict[str, Any]:
    return {"enabled": True, "value": value, "split": None, **fields}


def override(segment_id: str = "1", value: object = "override", **fields: object) -> dict[str, Any]:
    return {"segment": segment_id, "experiment": None, **state(value), **fields}


def flag(*overrides: object, **fields: object) -> dict[str, Any]:
    return {
        "type": "STRING",
        "serverOnly": False,
        "default": "off",
        "options": {"blue": "b", "red": "r"},
        "identities": {},
        "overrides": list(overrides),
        "state": state(),
        **fields,
    }


def document(segments: dict[str, Any] | None = None, revision: int = 1, **flags: object) -> Any:
    return {
        "format": 1,
        "environment": {"id": "12", "name": "production"},
        "revision": revision,
        "segments": {"1": segment(), "2": segment(PRO)} if segments is None else segments,
        "flags": flags,
    }


def compiled(*args: Any, **kwargs: Any) -> CompiledEnvironment:
    environment = compile_environment(document(*args, **kwargs))
    assert environment.faults == {}
    return environment


def answer(outcome: Evaluation) -> tuple[Any, str, str]:
    return outcome.value, outcome.variant, outcome.reason


def served(flag_document: dict[str, Any], key: str | None = "user-1", **traits: object) -> tuple[Any, str, str]:
    return answer(evaluate(compiled(f=flag_document), "f", key, traits))


def as_row(outcome: Evaluation) -> list[Any]:
    return [
        *(outcome.value, outcome.variant, outcome.reason, outcome.error_code),
        *(outcome.experiment, outcome.phase, outcome.in_experiment),
    ]


# Precedence and reasons


def test_a_flag_on_which_nothing_depends_on_the_unit_is_static() -> None:
    assert served(flag()) == ("on", "control", "STATIC")
    assert served(flag(), key=None) == ("on", "control", "STATIC")


def test_an_identity_comes_before_overrides_and_overrides_before_the_default() -> None:
    everything = flag(override("2"), override("1", "later"), identities={"user-1": {"enabled": True, "variant": "red"}})

    assert served(everything, plan="pro") == ("r", "red", "TARGETING_MATCH")
    assert served(everything, "user-2", plan="pro") == ("override", "control", "TARGETING_MATCH")
    assert served(everything, "user-2") == ("later", "control", "TARGETING_MATCH")
    assert served(flag(override("2")), "user-2") == ("on", "control", "DEFAULT")


def test_an_identity_forces_an_option_or_a_value_or_disables() -> None:
    forced = flag(
        identities={
            "a": {"enabled": True, "variant": "blue", "value": None},
            "b": {"enabled": True, "value": "own"},
            "c": {"enabled": False},
        }
    )

    assert [served(forced, key) for key in ("a", "b", "c", "d")] == [
        ("b", "blue", "TARGETING_MATCH"),
        ("own", "control", "TARGETING_MATCH"),
        ("off", "default", "DISABLED"),
        ("on", "control", "DEFAULT"),
    ]
    assert served(forced, None) == ("on", "control", "DEFAULT")


def test_a_closed_segment_matches_nobody_as_if_its_override_were_not_there() -> None:
    environment = compiled({"1": segment(open=False)}, f=flag(override("1", split=HALF)))

    assert answer(evaluate(environment, "f", "user-1", {})) == ("on", "control", "STATIC")


def test_the_rules_of_a_closed_segment_are_not_read() -> None:
    environment = compiled({"1": segment("nonsense", open=False)}, f=flag(override("1")))

    assert answer(evaluate(environment, "f", "user-1", {})) == ("on", "control", "STATIC")


def test_a_state_that_is_not_enabled_serves_the_default_value_of_the_feature() -> None:
    assert served(flag(state=state(enabled=False, split=HALF))) == ("off", "default", "DISABLED")
    assert served(flag(override(enabled=False))) == ("off", "default", "DISABLED")


def test_a_split_deals_the_arm_that_has_the_bucket() -> None:
    keys = [f"user-{number}" for number in range(200)]
    dealt = flag(state=state(split={"salt": "s", "runs": [[3000, "control"], [3000, "blue"], [4000, "red"]]}))
    of_bucket = [("on", "control")] * 3000 + [("b", "blue")] * 3000 + [("r", "red")] * 4000

    environment = compiled(f=dealt)

    assert [answer(evaluate(environment, "f", key, {})) for key in keys] == [
        (*of_bucket[bucket_of(Domain.SPLIT, "s", key)], "SPLIT") for key in keys
    ]


@pytest.mark.parametrize("edge", range(1, 10_000, 997))
def test_a_run_ends_before_the_bucket_that_its_length_names(edge: int) -> None:
    environment = compiled(f=flag(state=state(split={"salt": "s", "runs": [[edge, "blue"], [10_000 - edge, "red"]]})))
    split = environment.flags["f"].state.split
    assert split is not None

    key = next(k for k in map(str, range(10**6)) if bucket_of(Domain.SPLIT, "s", k) in (edge - 1, edge))

    expected = "blue" if bucket_of(Domain.SPLIT, "s", key) < edge else "red"
    assert evaluate(environment, "f", key, {}).variant == expected


def test_a_split_of_one_arm_deals_nothing_and_needs_no_targeting_key() -> None:
    whole = {"salt": "s", "runs": [[10_000, "blue"]]}

    assert served(flag(state=state(split=whole)), None) == ("b", "blue", "STATIC")
    assert served(flag(override(split=whole)), None) == ("b", "blue", "TARGETING_MATCH")
    assert served(flag(override("2"), state=state(split=whole)), None) == ("b", "blue", "DEFAULT")


@pytest.mark.parametrize("key", [None, ""])
def test_a_split_without_a_targeting_key_is_an_error_with_the_default_value(key: str | None) -> None:
    for split in (flag(state=state(split=HALF)), flag(override(split=HALF))):
        outcome = evaluate(compiled(f=split), "f", key, {})

        assert answer(outcome) == ("off", "default", "ERROR")
        assert outcome.error_code == "TARGETING_KEY_MISSING"
        assert outcome.error_message


def test_an_empty_targeting_key_is_no_identity() -> None:
    forced = flag(identities={"": {"enabled": True, "variant": "red"}})

    assert served(forced, "") == ("on", "control", "DEFAULT")
    assert evaluate_all(compiled(f=forced), "", {})[0].variant == "control"


def test_an_unknown_flag_is_not_found() -> None:
    outcome = evaluate(compiled(), "nope", "user-1", {})

    assert answer(outcome) == (None, "default", "ERROR")
    assert (outcome.key, outcome.error_code) == ("nope", "FLAG_NOT_FOUND")


def test_a_float_flag_always_serves_floats() -> None:
    environment = compiled(f=flag(type="FLOAT", default=1, options={}, state=state(20)))

    value = evaluate(environment, "f", None, {}).value

    assert (value, type(value)) == (20.0, float)


def test_a_flag_in_an_experiment_names_it_in_every_outcome() -> None:
    gate = {"type": "ALL", "conditions": [{"operator": "PERCENTAGE_SPLIT", "percentage": 5000, "salt": "gate"}]}
    running = flag(
        override("2"),
        override("1", "c", split=HALF, experiment={"key": "new", "phase": 2}),
        identities={"forced": {"enabled": True, "variant": "red"}},
    )
    environment = compiled({"1": segment(gate, system=True), "2": segment(PRO)}, f=running, g=flag())
    inside = next(key for key in map(str, range(100)) if bucket_of(Domain.GATE, "gate", key) < 5000)
    outside = next(key for key in map(str, range(100)) if bucket_of(Domain.GATE, "gate", key) >= 5000)

    def facts(key: str | None, **traits: object) -> tuple[object, ...]:
        outcome = evaluate(environment, "f", key, traits)
        return outcome.reason, outcome.experiment, outcome.phase, outcome.in_experiment

    assert facts(inside) == ("SPLIT", "new", 2, True)
    assert facts(outside) == ("DEFAULT", "new", 2, False)
    assert facts(inside, plan="pro") == ("TARGETING_MATCH", "new", 2, False)
    assert facts("forced") == ("TARGETING_MATCH", "new", 2, False)
    assert facts(None) == ("DEFAULT", "new", 2, False)
    assert as_row(evaluate(environment, "g", inside, {}))[4:] == [None, None, None]


def test_whom_an_experiment_gives_the_flag_disabled_takes_no_part() -> None:
    running = flag(override(enabled=False, experiment={"key": "new", "phase": 1}))

    outcome = evaluate(compiled(f=running), "f", "user-1", {})

    assert (outcome.reason, outcome.experiment, outcome.in_experiment) == ("DISABLED", "new", False)


# All flags


def test_all_flags_come_in_the_order_of_their_keys() -> None:
    environment = compiled(b=flag(), a=flag(override()), c=flag(serverOnly=True), B=flag(override("2")))

    assert [outcome.key for outcome in evaluate_all(environment, "u", {})] == ["B", "a", "b", "c"]
    assert [outcome.key for outcome in evaluate_all(environment, "u", {}, client=True)] == ["B", "a", "b"]
    assert list(environment.flags) == ["B", "a", "b", "c"]


def test_a_client_does_not_learn_of_what_is_for_servers_only() -> None:
    environment = compiled(f=flag(serverOnly=True))

    assert evaluate(environment, "f", "u", {}, client=True) == evaluate(compiled(), "f", "u", {})
    assert evaluate(environment, "f", "u", {}).value == "on"


def test_constant_flags_are_apart_from_those_that_have_to_be_asked() -> None:
    environment = compiled(a=flag(), b=flag(override()), c=flag(state=state(enabled=False), serverOnly=True))

    assert [outcome.key for outcome in environment.everything.constant] == ["a", "c"]
    assert [outcome.key for outcome in environment.for_clients.constant] == ["a"]
    dynamic = environment.everything.evaluate_dynamic("u", {})
    assert [outcome.key for outcome in dynamic] == ["b"]
    assert dynamic[0] is evaluate(environment, "b", "u", {})


def test_a_segment_is_asked_once_for_all_flags() -> None:
    asked = []

    class Traits(dict[str, object]):
        def get(self, name: str, default: object = None) -> object:
            asked.append(name)
            return super().get(name, default)

    environment = compiled(**{key: flag(override("2")) for key in "abc"})

    evaluate_all(environment, "user-1", Traits(plan="pro"))

    assert asked == ["plan"]


def test_an_outcome_is_one_object_for_all_who_have_it() -> None:
    environment = compiled(
        f=flag(state=state(split=HALF), identities={k: {"enabled": True, "variant": "red"} for k in "ab"})
    )

    outcomes = {id(evaluate(environment, "f", f"user-{number}", {})) for number in range(100)}

    assert len(outcomes) == 2
    assert evaluate(environment, "f", "a", {}) is evaluate(environment, "f", "b", {})


def test_every_outcome_is_encoded_when_it_is_made() -> None:
    environment = compile_environment(
        document(f=flag(override("2", split=HALF), identities={"a": {"enabled": False}})),
        encode=lambda outcome: f"{outcome.variant} {outcome.error_code}".encode(),
    )

    encoded = {
        evaluate(environment, "f", key, {"plan": plan}).encoded
        for key in ("a", None, *map(str, range(50)))
        for plan in ("pro", "free")
    }

    assert encoded == {b"default None", b"default TARGETING_KEY_MISSING", b"control None", b"blue None"}


# Against the second implementation


@settings(deadline=None, max_examples=200)
@given(seeds, targeting_keys, contexts)
def test_every_flag_answers_as_the_independent_one_does(rng: Random, key: str | None, traits: dict[str, Any]) -> None:
    snapshot: Any = documents.environment(rng)
    environment = compile_environment(snapshot)
    assert environment.faults == {}

    outcomes = evaluate_all(environment, key, traits)

    expected = [
        [name, *independent.served(snapshot["flags"][name], snapshot["segments"], key, traits)]
        for name in sorted(snapshot["flags"])
    ]
    assert [[outcome.key, *as_row(outcome)] for outcome in outcomes] == expected
    assert [evaluate(environment, outcome.key, key, traits) for outcome in outcomes] == outcomes


@settings(deadline=None)
@given(seeds, targeting_keys, contexts)
def test_compiling_what_changed_gives_what_compiling_all_gives(
    rng: Random, key: str | None, traits: dict[str, Any]
) -> None:
    old: Any = documents.environment(rng)
    new: Any = documents.environment(rng)
    mixed: Any = {**new, "segments": {**new["segments"], **old["segments"]}, "flags": {**old["flags"], **new["flags"]}}

    onto = compile_environment(mixed, compile_environment(old))
    anew = compile_environment(mixed)

    assert evaluate_all(onto, key, traits) == evaluate_all(anew, key, traits)
    assert (onto.faults, onto.revision) == (anew.faults, anew.revision)


# Compiling again


def test_only_what_changed_is_compiled_again() -> None:
    old = document(a=flag(), b=flag(override("1")), c=flag(override("2")))
    before = compile_environment(old)
    new = copy.deepcopy(old)
    new["flags"]["a"]["state"]["value"] = "new"
    new["segments"]["2"] = segment(PRO, name="Renamed")

    after = compile_environment(new, before)

    assert after.flags["b"] is before.flags["b"]
    assert after.flags["a"] is not before.flags["a"]
    assert after.flags["c"] is not before.flags["c"]
    assert after.segments["1"] is before.segments["1"]
    assert after.flags["c"].overrides[0][0] is after.segments["2"]
    assert evaluate(after, "a", None, {}).value == "new"


@pytest.mark.parametrize(("old", "new"), [(1, True), (1, 1.0), ({"a": 0}, {"a": False}), (0.0, -0.0), ([1], [True])])
def test_what_is_equal_in_python_and_not_in_json_is_a_change(old: object, new: object) -> None:
    json_flag = flag(type="JSON", options={}, default=[], state=state(old))
    before = compile_environment(document(f=json_flag))

    after = compile_environment(document(f={**json_flag, "state": state(new)}), before)

    assert repr(evaluate(after, "f", None, {}).value) == repr(new)


def test_a_flag_that_is_gone_is_gone_and_a_new_one_is_there() -> None:
    before = compiled(a=flag(), b=flag())

    after = compile_environment(document(revision=2, b=flag(), c=flag()), before)

    assert (list(after.flags), after.revision) == (["b", "c"], 2)


# Faults

BAD_FLAGS: list[tuple[str, Any]] = [
    ("no object", 5),
    ("null", None),
    ("empty", {}),
    ("type", flag(type="TEXT")),
    ("default", flag(default=5)),
    ("boolean for integer", flag(type="INTEGER", default=True, options={}, state=state(1))),
    ("infinite", flag(type="FLOAT", default=float("inf"), options={}, state=state(1))),
    ("null value", flag(type="JSON", default=None, options={}, state=state(1))),
    ("option", flag(options={"blue": 1})),
    ("control", flag(options={"control": "x"})),
    ("server only", flag(serverOnly="no")),
    ("state", flag(state=None)),
    ("enabled", flag(state=state(enabled=1))),
    ("value", flag(state=state(value=None))),
    ("split", flag(state=state(split=5))),
    ("salt", flag(state=state(split={"salt": None, "runs": [[10_000, "blue"]]}))),
    ("runs", flag(state=state(split={"salt": "s", "runs": None}))),
    ("no runs", flag(state=state(split={"salt": "s", "runs": []}))),
    ("sum", flag(state=state(split={"salt": "s", "runs": [[9_999, "blue"]]}))),
    ("length", flag(state=state(split={"salt": "s", "runs": [[0, "red"], [10_000, "blue"]]}))),
    ("pair", flag(state=state(split={"salt": "s", "runs": [[10_000]]}))),
    ("arm", flag(state=state(split={"salt": "s", "runs": [[10_000, "green"]]}))),
    ("identities", flag(identities=[])),
    ("identity", flag(identities={"a": None})),
    ("identity without a value", flag(identities={"a": {"enabled": True}})),
    ("identity of an unknown option", flag(identities={"a": {"enabled": True, "variant": "green"}})),
    ("overrides", flag(overrides={})),
    ("override", flag(5)),
    ("segment", flag(override("99"))),
    ("bad segment", flag(override("bad"))),
    ("experiment", flag(override(experiment={"key": "e"}))),
    ("two experiments", flag(*[override(i, experiment={"key": "e", "phase": 1}) for i in "12"])),
]

BAD_SEGMENTS: list[Any] = [
    *(5, None, {}, segment(None), segment({"type": "ALL"}), segment(name=None), segment(open=1)),
    segment({"type": "ALL", "conditions": [{"operator": "PERCENTAGE_SPLIT", "percentage": 1}]}),
    segment({"type": "ALL", "conditions": [{"trait": "a", "operator": "MATCHES", "value": "(a+)+"}]}),
]


@pytest.mark.parametrize(("what", "bad"), BAD_FLAGS, ids=[what for what, _ in BAD_FLAGS])
def test_a_flag_at_fault_is_named_and_left_out_alone(what: str, bad: Any) -> None:
    segments = {"1": segment(), "2": segment(PRO), "bad": segment(5)}

    environment = compile_environment(document(segments, a=flag(), f=bad, g=flag(override())))

    assert list(environment.flags) == ["a", "g"]
    assert list(environment.faults) == ["f"]
    assert environment.faults["f"]
    assert [answer(outcome) for outcome in evaluate_all(environment, "u", {})] == [
        ("on", "control", "STATIC"),
        ("override", "control", "TARGETING_MATCH"),
    ]


@pytest.mark.parametrize("bad", BAD_SEGMENTS)
def test_a_segment_at_fault_is_the_fault_of_the_flags_that_use_it(bad: Any) -> None:
    environment = compile_environment(
        document({"1": bad, "2": segment(PRO)}, f=flag(override("1")), g=flag(override("2")))
    )

    assert list(environment.faults) == ["f"]
    assert list(environment.flags) == ["g"]


class Unreadable(dict[str, Any]):
    """A document whose rules cannot be looked at."""

    def get(self, name: str, default: Any = None) -> Any:
        if name == "rules":
            raise RecursionError("too deep")
        return super().get(name, default)


def test_whatever_is_wrong_with_a_segment_is_the_fault_of_the_flags_that_use_it_alone() -> None:
    segments = {"1": Unreadable(segment()), "2": segment(PRO)}
    flags = {"f": flag(override("1")), "g": flag(override("2")), "h": flag()}
    before = compiled(None, 1, **flags)

    anew = compile_environment(document(segments, 2, **flags))
    onto = compile_environment(document(segments | {"1": Unreadable(segment(name="n"))}, 2, **flags), before)

    assert anew.faults == onto.faults == {"f": "too deep"}
    assert (list(anew.flags), list(onto.flags)) == (["g", "h"], ["f", "g", "h"])


def test_a_placeholder_says_itself_what_is_wrong() -> None:
    before = compiled(f=flag(), g=flag(), h=flag(override("1")))
    broken = document({"1": {"fault": "No rules."}}, 2, f={"fault": "No states."}, g=flag(), h=flag(override("1")))

    anew, onto = compile_environment(broken), compile_environment(broken, before)

    assert anew.faults == onto.faults == {"f": "No states.", "h": "No rules."}
    assert (list(anew.flags), list(onto.flags)) == (["g"], ["f", "g", "h"])
    assert answer(evaluate(onto, "f", "u", {})) == ("on", "control", "STATIC")


def test_a_flag_that_cannot_even_be_compared_is_its_own_fault() -> None:
    class Loop(dict[str, Any]):
        def __eq__(self, other: object) -> bool:
            raise RecursionError("no end")

        __hash__ = None

    environment = compile_environment(document(None, 2, f=Loop(flag()), g=flag()), compiled(f=flag(), g=flag()))

    assert environment.faults == {"f": "no end"}
    assert list(environment.flags) == ["f", "g"]


def test_a_flag_at_fault_is_served_as_it_was() -> None:
    before = compiled(f=flag(override("2")), g=flag())

    broken = compile_environment(document({"2": segment(5)}, 2, f=flag(override("2")), g=flag(type=None)), before)
    still = compile_environment(document({"2": segment(5)}, 3, f=flag(override("2")), g=flag(type=None)), broken)

    for environment in (broken, still):
        assert list(environment.faults) == ["f", "g"]
        assert answer(evaluate(environment, "f", "u", {"plan": "pro"})) == ("override", "control", "TARGETING_MATCH")
        assert answer(evaluate(environment, "g", "u", {})) == ("on", "control", "STATIC")

    mended = compile_environment(document(None, 4, f=flag(override("2", "mended")), g=flag()), still)
    assert mended.faults == {}
    assert evaluate(mended, "f", "u", {"plan": "pro"}).value == "mended"


def test_a_value_that_cannot_be_encoded_is_the_fault_of_its_flag() -> None:
    def encode(outcome: Evaluation) -> bytes:
        if outcome.key == "f":
            raise TypeError("no JSON")
        return b""

    environment = compile_environment(document(f=flag(), g=flag()), encode=encode)

    assert environment.faults == {"f": "no JSON"}
    assert list(environment.flags) == ["g"]


@pytest.mark.parametrize(
    "fields",
    [
        *({"format": 2}, {"format": None}, {"format": True}, {"flags": None}, {"segments": []}),
        *({"revision": "1"}, {"environment": None}, {"environment": {"id": 12, "name": "p"}}),
    ],
)
def test_a_document_of_another_format_is_refused_as_a_whole(fields: dict[str, object]) -> None:
    other: Any = {**document(), **fields}

    with pytest.raises(BadSnapshot):
        compile_environment(other)


@settings(deadline=None, max_examples=200)
@given(seeds, garbage)
def test_a_document_that_was_damaged_anywhere_harms_no_more_than_its_flags(rng: Random, damage: Any) -> None:
    snapshot: Any = documents.environment(rng)
    damaged = copy.deepcopy(snapshot)
    place = damaged[rng.choice(["flags", "segments"])]
    while True:
        keys = sorted(place) if isinstance(place, dict) else list(range(len(place)))
        key = rng.choice(keys)
        if not (isinstance(place[key], dict | list) and place[key]) or rng.random() < 0.25:
            place[key] = damage
            break
        place = place[key]

    environment = compile_environment(damaged)

    assert environment.flags.keys() | environment.faults.keys() == snapshot["flags"].keys()
    assert not environment.flags.keys() & environment.faults.keys()
    for key in ("user-1", None):
        assert [outcome.key for outcome in evaluate_all(environment, key, {"a": 1})] == list(environment.flags)
    assert compile_environment(damaged, compile_environment(snapshot)).flags.keys() == snapshot["flags"].keys()


# A library


def test_the_engine_imports_nothing_but_the_standard_library() -> None:
    script = """
import json, sys
import server.evaluation.engine, server.evaluation.explain, server.evaluation.buckets
own = {name for name in sys.modules if name.startswith("server.")}
roots = {name.split(".")[0] for name in sys.modules}
print(json.dumps([
    sorted(name for name in own if not name.startswith("server.evaluation")),
    sorted(roots - sys.stdlib_module_names - {"server", "__main__"}),
]))
"""
    root = Path(__file__).parents[2]

    answered = subprocess.run([sys.executable, "-S", "-c", script], cwd=root, capture_output=True, check=True)

    assert json.loads(answered.stdout) == [["server.checks", "server.errors"], []]


def test_the_example_of_the_page_about_snapshots_is_one() -> None:
    page = (Path(__file__).parents[2] / "docs" / "snapshot.md").read_text()
    example = json.loads(page.split("```json\n")[1].split("```")[0])

    environment = compile_environment(example)

    assert environment.faults == {}
    assert (environment.id, environment.name, environment.revision) == ("12", "production", 42)
    assert [answer(evaluate(environment, "checkout", key, {})) for key in ("user-1", "user-2")] == [
        ("blue-button", "blue", "TARGETING_MATCH"),
        ("own", "control", "TARGETING_MATCH"),
    ]
    assert answer(evaluate(environment, "checkout", "u", {"beta": True})) == ("classic", "default", "DISABLED")
