"""The rules of a segment are read whole or refused with every problem at its path."""

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.checks import is_sound_text
from server.errors import InvalidInput
from server.evaluation.rules import (
    Condition,
    Modulo,
    Operator,
    Rule,
    RuleType,
    parse_rules,
    rule_document,
    with_salts,
)

COMPARED = ["GREATER", "GREATER_OR_EQUAL", "LESS", "LESS_OR_EQUAL"]
VERSIONS = [o.value for o in Operator if o.value.startswith("SEMVER_")]


def condition(operator: str, value: object = None, **fields: object) -> dict[str, object]:
    given_value = {} if value is None else {"value": value}
    return {"trait": "plan", "operator": operator, **given_value, **fields}


def rule(*conditions: object, rules: tuple[object, ...] = (), type: object = "ALL") -> dict[str, object]:
    return {"type": type, "rules": list(rules), "conditions": list(conditions)}


def problems(document: object) -> list[tuple[tuple[str | int, ...], str]]:
    with pytest.raises(InvalidInput) as refusal:
        parse_rules(document)
    assert all(is_sound_text(p.message) for p in refusal.value.problems)
    return [(p.path, p.code) for p in refusal.value.problems]


def value_problems(operator: str, value: object) -> list[tuple[tuple[str | int, ...], str]]:
    found = problems(rule(condition(operator, value)))
    assert all(path[:3] == ("conditions", 0, "value") for path, _ in found)
    return [(path[3:], code) for path, code in found]


def test_a_tree_of_rules_is_read_as_it_was_written() -> None:
    document = {
        "type": "ALL",
        "rules": [{"type": "NONE", "conditions": [condition("IN", ["free", 3, True])]}],
        "conditions": [
            condition("MODULO", {"divisor": 10, "remainder": 0.5}),
            {"operator": "PERCENTAGE_SPLIT", "percentage": 2500, "salt": "s1"},
            condition("IS_SET"),
        ],
    }

    assert parse_rules(document) == Rule(
        RuleType.ALL,
        rules=(Rule(RuleType.NONE, conditions=(Condition("plan", Operator.IN, ("free", 3, True)),)),),
        conditions=(
            Condition("plan", Operator.MODULO, Modulo(10, 0.5)),
            Condition(None, Operator.PERCENTAGE_SPLIT, 2500, "s1"),
            Condition("plan", Operator.IS_SET),
        ),
    )


def test_every_problem_is_named_at_once_with_its_path() -> None:
    document = {
        "type": "SOME",
        "rules": [{"type": "ANY"}, 5, {"type": 7, "conditions": "x"}],
        "conditions": [
            condition("EQUALS", "x"),
            condition("EQUAL"),
            {"trait": " ", "operator": "IS_SET", "value": 1, "salt": "s", "valeu": 2},
            None,
        ],
        "name": "x",
    }

    assert problems(document) == [
        (("name",), "UNKNOWN_FIELD"),
        (("type",), "UNKNOWN_RULE_TYPE"),
        (("rules", 0), "EMPTY"),
        (("rules", 1), "WRONG_TYPE"),
        (("rules", 2, "type"), "WRONG_TYPE"),
        (("rules", 2, "conditions"), "WRONG_TYPE"),
        (("conditions", 0, "operator"), "UNKNOWN_OPERATOR"),
        (("conditions", 1, "value"), "MISSING_VALUE"),
        (("conditions", 2, "valeu"), "UNKNOWN_FIELD"),
        (("conditions", 2, "trait"), "BLANK"),
        (("conditions", 2, "salt"), "UNEXPECTED_VALUE"),
        (("conditions", 2, "value"), "UNEXPECTED_VALUE"),
        (("conditions", 3), "WRONG_TYPE"),
    ]


@pytest.mark.parametrize("document", [None, True, 5, "ALL", []])
def test_what_is_no_object_is_no_rule(document: object) -> None:
    assert problems(document) == [((), "WRONG_TYPE")]


def test_a_rule_without_parts_is_empty_and_needs_a_type() -> None:
    assert problems({}) == [(("type",), "MISSING_VALUE"), ((), "EMPTY")]
    assert problems({"type": "ALL", "rules": None, "conditions": []}) == [((), "EMPTY")]


@pytest.mark.parametrize("operator", ["EQUAL", "NOT_EQUAL"])
def test_equality_takes_a_text_a_finite_number_or_a_boolean(operator: str) -> None:
    for value in ("", "x" * 1000, 0, -1.5, 2**53 - 1, False):
        assert parse_rules(rule(condition(operator, value))).conditions[0].value == value
    assert value_problems(operator, []) == [((), "WRONG_TYPE")]
    assert value_problems(operator, {"a": 1}) == [((), "WRONG_TYPE")]
    assert value_problems(operator, "x" * 1001) == [((), "TOO_LONG")]
    for number in (math.nan, math.inf, -math.inf, 2**53, -(2**53), 10**10_000):
        assert value_problems(operator, number) == [((), "OUT_OF_RANGE")]


@pytest.mark.parametrize("operator", COMPARED)
def test_an_order_takes_a_number_or_a_text_and_no_boolean(operator: str) -> None:
    for value in ("b", 3, 2.5):
        assert parse_rules(rule(condition(operator, value))).conditions[0].value == value
    assert value_problems(operator, True) == [((), "WRONG_TYPE")]
    assert value_problems(operator, math.nan) == [((), "OUT_OF_RANGE")]


@pytest.mark.parametrize("operator", ["CONTAINS", "NOT_CONTAINS"])
def test_contains_takes_a_text_that_is_not_empty(operator: str) -> None:
    assert parse_rules(rule(condition(operator, " "))).conditions[0].value == " "
    assert value_problems(operator, "") == [((), "BLANK")]
    assert value_problems(operator, 5) == [((), "WRONG_TYPE")]


@pytest.mark.parametrize("operator", ["IN", "NOT_IN"])
def test_a_list_has_between_one_and_a_thousand_plain_values(operator: str) -> None:
    assert len(parse_rules(rule(condition(operator, [1] * 1000))).conditions[0].value) == 1000  # type: ignore[arg-type]
    assert value_problems(operator, []) == [((), "EMPTY")]
    assert value_problems(operator, [1] * 1001) == [((), "TOO_LARGE")]
    assert value_problems(operator, "abc") == [((), "WRONG_TYPE")]
    assert value_problems(operator, ["a", None, [1], math.inf, "x" * 1001]) == [
        ((1,), "WRONG_TYPE"),
        ((2,), "WRONG_TYPE"),
        ((3,), "OUT_OF_RANGE"),
        ((4,), "TOO_LONG"),
    ]


def test_matches_takes_a_pattern_that_is_safe_everywhere() -> None:
    assert parse_rules(rule(condition("MATCHES", "^a+$"))).conditions[0].value == "^a+$"
    assert value_problems("MATCHES", "(") == [((), "BAD_REGEX")]
    assert value_problems("MATCHES", "(a+)+") == [((), "UNSAFE_REGEX")]
    assert value_problems("MATCHES", "a" * 501) == [((), "TOO_LONG")]


@pytest.mark.parametrize("operator", ["IS_SET", "IS_NOT_SET"])
def test_being_set_takes_no_value_and_a_null_is_none(operator: str) -> None:
    assert parse_rules(rule({**condition(operator), "value": None, "salt": None})).conditions[0].value is None
    assert value_problems(operator, False) == [((), "UNEXPECTED_VALUE")]


def test_modulo_takes_a_divisor_and_a_remainder_below_it() -> None:
    ok = parse_rules(rule(condition("MODULO", {"divisor": 3, "remainder": 2})))
    assert ok.conditions[0].value == Modulo(3, 2)
    assert value_problems("MODULO", 3) == [((), "WRONG_TYPE")]
    assert value_problems("MODULO", {}) == [
        (("divisor",), "MISSING_VALUE"),
        (("remainder",), "MISSING_VALUE"),
    ]
    assert value_problems("MODULO", {"divisor": 0, "remainder": 0}) == [(("divisor",), "OUT_OF_RANGE")]
    assert value_problems("MODULO", {"divisor": 3, "remainder": 3}) == [(("remainder",), "OUT_OF_RANGE")]
    assert value_problems("MODULO", {"divisor": 3, "remainder": -1}) == [(("remainder",), "OUT_OF_RANGE")]
    assert value_problems("MODULO", {"divisor": True, "remainder": "1", "x": 1}) == [
        (("x",), "UNKNOWN_FIELD"),
        (("divisor",), "WRONG_TYPE"),
        (("remainder",), "WRONG_TYPE"),
    ]


@pytest.mark.parametrize("operator", VERSIONS)
def test_a_version_is_written_as_semver_says(operator: str) -> None:
    assert parse_rules(rule(condition(operator, "1.2.3-rc.1"))).conditions[0].value == "1.2.3-rc.1"
    assert value_problems(operator, "v1.2") == [((), "BAD_SEMVER")]
    assert value_problems(operator, 1.2) == [((), "WRONG_TYPE")]


def test_a_percentage_is_whole_basis_points() -> None:
    for value in (0, 10_000):
        assert parse_rules(rule(condition("PERCENTAGE_SPLIT", percentage=value))).conditions[0].value == value
    where = ("conditions", 0, "percentage")
    for value in (-1, 10_001, 10**10_000):
        assert problems(rule(condition("PERCENTAGE_SPLIT", percentage=value))) == [(where, "OUT_OF_RANGE")]
    for wrong in (True, 50.0, "50", math.nan):
        assert problems(rule(condition("PERCENTAGE_SPLIT", percentage=wrong))) == [(where, "WRONG_TYPE")]


def test_a_percentage_split_has_a_percentage_and_no_value() -> None:
    value, percentage = ("conditions", 0, "value"), ("conditions", 0, "percentage")

    assert problems(rule(condition("PERCENTAGE_SPLIT"))) == [(percentage, "MISSING_VALUE")]
    assert problems(rule(condition("PERCENTAGE_SPLIT", 50, percentage=50))) == [(value, "UNEXPECTED_VALUE")]
    assert problems(rule(condition("PERCENTAGE_SPLIT", 50))) == [
        (percentage, "MISSING_VALUE"),
        (value, "UNEXPECTED_VALUE"),
    ]


@pytest.mark.parametrize("operator", [o.value for o in Operator if o is not Operator.PERCENTAGE_SPLIT])
def test_no_other_operator_takes_a_percentage(operator: str) -> None:
    found = problems(rule(condition(operator, percentage=50)))

    assert (("conditions", 0, "percentage"), "UNEXPECTED_VALUE") in found


def test_the_canonical_document_of_a_percentage_split_has_its_percentage() -> None:
    split = {"trait": None, "operator": "PERCENTAGE_SPLIT", "percentage": 2500, "salt": "s1"}

    assert rule_document(parse_rules(rule(split)))["conditions"] == [split]


def test_only_a_percentage_split_goes_without_a_trait() -> None:
    assert parse_rules(rule({"operator": "PERCENTAGE_SPLIT", "percentage": 1})).conditions[0].trait is None
    assert problems(rule({"operator": "IS_SET"})) == [(("conditions", 0, "trait"), "MISSING_VALUE")]
    assert problems(rule(condition("IS_SET", trait="x" * 201))) == [(("conditions", 0, "trait"), "TOO_LONG")]
    assert problems(rule(condition("IS_SET", trait=5))) == [(("conditions", 0, "trait"), "WRONG_TYPE")]


def test_a_salt_is_a_text_within_its_bounds() -> None:
    where = ("conditions", 0, "salt")
    for salt, code in ((5, "WRONG_TYPE"), ("", "BLANK"), ("x" * 201, "TOO_LONG")):
        assert problems(rule(condition("PERCENTAGE_SPLIT", percentage=1, salt=salt))) == [(where, code)]


def test_a_salt_is_made_only_for_a_percentage_split_that_has_none() -> None:
    split = condition("PERCENTAGE_SPLIT", percentage=1)
    parsed = parse_rules(
        rule({**split, "salt": "kept"}, split, condition("IS_SET"), rules=(rule(split),)),
    )

    salted = with_salts(parsed, lambda: "new")

    assert [c.salt for c in salted.conditions] == ["kept", "new", None]
    assert salted.rules[0].conditions[0].salt == "new"


def test_bad_text_is_named_wherever_it_stands_and_never_echoed() -> None:
    bad = "a\ud800"
    document = rule(
        condition("IN", ["ok", "a\0"], trait=bad),
        condition("EQUAL", [[{"x": bad}]]),
        {**condition("IS_SET"), bad: 1},
    )

    assert problems(document) == [
        (("conditions", 0, "trait"), "BAD_TEXT"),
        (("conditions", 0, "value", 1), "BAD_TEXT"),
        (("conditions", 1, "value", 0, 0, "x"), "BAD_TEXT"),
        (("conditions", 2), "BAD_TEXT"),
        (("conditions", 1, "value"), "WRONG_TYPE"),
        (("conditions", 2), "UNKNOWN_FIELD"),
    ]


def test_rules_nest_five_deep_and_no_deeper() -> None:
    document = rule(condition("IS_SET"))
    for _ in range(4):
        document = rule(rules=(document,))
    assert parse_rules(document).type is RuleType.ALL

    assert problems(rule(rules=(document,))) == [(("rules", 0) * 5, "TOO_DEEP")]


def test_a_document_of_any_depth_is_refused_without_a_crash() -> None:
    document: Any = {"type": "ALL"}
    value: Any = "x"
    for _ in range(50_000):
        document = {"type": "ALL", "rules": [document]}
        value = [value]

    assert problems(document) == [(("rules", 0) * 5, "TOO_DEEP")]
    assert value_problems("EQUAL", value) == [((), "WRONG_TYPE")]


def test_a_segment_has_at_most_a_hundred_parts() -> None:
    assert len(parse_rules(rule(*[condition("IS_SET")] * 99)).conditions) == 99

    assert problems(rule(*[condition("IS_SET")] * 100)) == [((), "TOO_LARGE")]
    assert problems(rule(rules=(rule(*[condition("IS_SET")] * 99),))) == [((), "TOO_LARGE")]
    assert problems(rule(*[5] * 100_000))[-1] == ((), "TOO_LARGE")


def test_the_canonical_document_has_at_most_64_kib() -> None:
    def document(size: int) -> dict[str, object]:
        return rule(condition("IN", ["x" * 1000] * 64 + ["é" * 200] + ["y" * size]))

    def size_of(document: object) -> int:
        return len(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode())

    fitting = 64 * 1024 - size_of(document(0))
    assert size_of(rule_document(parse_rules(document(fitting)))) == 65_536

    assert problems(document(fitting + 1)) == [((), "TOO_LARGE")]


def test_the_number_of_unknown_fields_named_is_bounded() -> None:
    found = problems({**rule(condition("IS_SET")), **{f"x{i}": 1 for i in range(1000)}})

    assert found == [((f"x{i}",), "UNKNOWN_FIELD") for i in range(10)]


traits = st.text(min_size=1, max_size=20).filter(lambda t: bool(t.strip()) and is_sound_text(t))
texts = st.text(max_size=20).filter(is_sound_text)
numbers = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
scalars = texts | numbers | st.booleans()
versions = st.sampled_from(["0.0.1", "1.2.3-rc.1+b", "10.0.0"])
moduli = st.integers(1, 1000).flatmap(lambda d: st.builds(Modulo, st.just(d), st.integers(0, d - 1)))
VALUES: dict[Operator, st.SearchStrategy[Any]] = {
    **dict.fromkeys((Operator.EQUAL, Operator.NOT_EQUAL), scalars),
    **{Operator(o): texts | numbers for o in COMPARED},
    **{o: texts.filter(bool) for o in (Operator.CONTAINS, Operator.NOT_CONTAINS)},
    **{o: st.lists(scalars, min_size=1, max_size=5).map(tuple) for o in (Operator.IN, Operator.NOT_IN)},
    **{o: st.none() for o in (Operator.IS_SET, Operator.IS_NOT_SET)},
    **{Operator(o): versions for o in VERSIONS},
    Operator.MATCHES: st.sampled_from(["^a+$", "(?i)beta"]),
    Operator.MODULO: moduli,
}
plain = st.sampled_from(list(VALUES)).flatmap(lambda o: st.builds(Condition, traits, st.just(o), VALUES[o]))
splits = st.builds(
    Condition,
    st.none() | traits,
    st.just(Operator.PERCENTAGE_SPLIT),
    st.integers(0, 10_000),
    st.none() | traits,
)
conditions = st.lists(plain | splits, min_size=1, max_size=3).map(tuple)
leaves = st.builds(Rule, st.sampled_from(RuleType), st.just(()), conditions)
rules = st.recursive(
    leaves,
    lambda inner: st.builds(
        Rule, st.sampled_from(RuleType), st.lists(inner, min_size=1, max_size=2).map(tuple), conditions
    ),
    max_leaves=4,
)


@settings(deadline=None)
@given(rules)
def test_reading_the_canonical_document_gives_the_same_rule(rule: Rule) -> None:
    through_json = json.loads(json.dumps(rule_document(rule)))

    assert repr(parse_rules(through_json)) == repr(rule)


names = st.sampled_from(["type", "rules", "conditions", "trait", "operator", "value", "percentage", "salt", "divisor"])
wild_text = st.text(st.characters(codec=None, exclude_categories=()), max_size=5)
wild = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.just(10**4000)
    | st.floats()
    | wild_text
    | st.sampled_from([*Operator, *RuleType]).map(str),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names | wild_text, inner, max_size=5),
    max_leaves=25,
)
wild_conditions = st.fixed_dictionaries(
    {"operator": st.sampled_from(Operator).map(str), "value": wild},
    optional={"trait": wild, "salt": wild, "percentage": wild},
)


@settings(deadline=None, max_examples=300)
@given(wild | st.lists(wild_conditions | wild, max_size=3).map(lambda c: {"type": "ALL", "conditions": c}))
def test_any_json_value_is_read_or_refused_and_never_crashes(document: object) -> None:
    try:
        read = parse_rules(document)
    except InvalidInput as refusal:
        for problem in refusal.problems:
            json.dumps([problem.path, problem.code, problem.message], ensure_ascii=False).encode()
    else:
        assert parse_rules(rule_document(read)) == read
