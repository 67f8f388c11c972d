"""An explanation names every rule that was looked at, and never disagrees with the engine."""

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings

from server.evaluation.engine import compile_environment, evaluate
from server.evaluation.explain import ConditionLook, Outcome, RuleLook, Source, explain
from server.evaluation.hashing import Domain, bucket_of
from server.evaluation.rules import Condition, Operator, parse_rules
from server.evaluation.rules.matching import compile_rule
from tests.evaluation import documents
from tests.evaluation.strategies import contexts, garbage, seeds, targeting_keys
from tests.evaluation.test_engine import HALF, PRO, compiled, flag, override, segment, state

GATE = {
    "type": "ALL",
    "rules": [PRO],
    "conditions": [{"operator": "PERCENTAGE_SPLIT", "percentage": 10_000, "salt": "g"}],
}
SEGMENTS = {
    "1": segment(PRO, name="Pro"),
    "2": segment(GATE, system=True),
    "3": segment(open=False, name="Draft"),
}


def test_the_chain_goes_by_what_decided_to_what_was_not_reached() -> None:
    environment = compiled(
        SEGMENTS, f=flag(override("3"), override("1"), override("2"), identities={"forced": {"enabled": False}})
    )

    def chain(key: str | None, **traits: object) -> list[tuple[str, str, str | None]]:
        explanation = explain(environment, "f", key, traits)
        assert explanation.evaluation is evaluate(environment, "f", key, traits)
        return [(s.source, s.outcome, None if s.segment is None else s.segment.id) for s in explanation.steps]

    assert chain("forced", plan="pro") == [
        ("IDENTITY", "MATCHED", None),
        ("OVERRIDE", "NOT_REACHED", "3"),
        ("OVERRIDE", "NOT_REACHED", "1"),
        ("OVERRIDE", "NOT_REACHED", "2"),
        ("DEFAULT", "NOT_REACHED", None),
    ]
    assert chain("user-1", plan="pro") == [
        ("IDENTITY", "NOT_MATCHED", None),
        ("OVERRIDE", "CLOSED", "3"),
        ("OVERRIDE", "MATCHED", "1"),
        ("OVERRIDE", "NOT_REACHED", "2"),
        ("DEFAULT", "NOT_REACHED", None),
    ]
    assert chain("user-1") == [
        ("IDENTITY", "NOT_MATCHED", None),
        ("OVERRIDE", "CLOSED", "3"),
        ("OVERRIDE", "NOT_MATCHED", "1"),
        ("OVERRIDE", "NOT_MATCHED", "2"),
        ("DEFAULT", "MATCHED", None),
    ]


def test_every_part_of_a_rule_is_shown_with_what_it_met() -> None:
    environment = compiled(SEGMENTS, f=flag(override("2")))

    rule = explain(environment, "f", "user-1", {"plan": 5}).steps[0].rule

    plan = Condition("plan", Operator.EQUAL, "pro")
    gate = Condition(None, Operator.PERCENTAGE_SPLIT, 10_000, "g")
    assert rule is not None
    assert rule.outcome is Outcome.NOT_MATCHED
    assert rule.conditions == (ConditionLook(gate, "user-1", bucket_of(Domain.GATE, "g", "user-1"), Outcome.MATCHED),)
    assert [part.outcome for part in rule.rules] == [Outcome.NOT_MATCHED]
    assert rule.rules[0].conditions == (ConditionLook(plan, 5, None, Outcome.OTHER_TYPE),)


def test_a_split_shows_the_bucket_that_it_dealt_by() -> None:
    environment = compiled(f=flag(override("2", split=HALF), state=state(split={**HALF, "salt": "t"})))

    assert explain(environment, "f", "u", {"plan": "pro"}).steps[0].bucket == bucket_of(Domain.SPLIT, "s", "u")
    assert explain(environment, "f", "u", {}).steps[-1].bucket == bucket_of(Domain.SPLIT, "t", "u")
    assert explain(environment, "f", None, {}).steps[-1].bucket is None


def test_an_unknown_flag_has_no_steps() -> None:
    explanation = explain(compiled(), "nope", "u", {})

    assert (explanation.steps, explanation.evaluation.error_code) == ((), "FLAG_NOT_FOUND")


def test_a_flag_without_rules_has_one_step() -> None:
    steps = explain(compiled(f=flag()), "f", None, {}).steps

    assert [(step.source, step.outcome) for step in steps] == [(Source.DEFAULT, Outcome.MATCHED)]


def outcome_of(condition: dict[str, Any], key: str | None, traits: dict[str, Any]) -> Outcome:
    environment = compiled({"1": segment({"type": "ALL", "conditions": [condition]})}, f=flag(override()))
    rule = explain(environment, "f", key, traits).steps[0].rule
    assert rule is not None
    return rule.conditions[0].outcome


@pytest.mark.parametrize(
    ("operator", "value", "trait", "outcome"),
    [
        *(("EQUAL", "a", "b", "NOT_MATCHED"), ("EQUAL", "a", 5, "OTHER_TYPE"), ("EQUAL", 5, True, "OTHER_TYPE")),
        *(("NOT_EQUAL", "a", "a", "NOT_MATCHED"), ("NOT_EQUAL", "a", None, "NOT_SET")),
        *(("NOT_IN", ["a", 5], 5.0, "NOT_MATCHED"), ("NOT_IN", ["a", 5], True, "OTHER_TYPE")),
        *(("LESS", 5, "4", "OTHER_TYPE"), ("LESS", 5, 6, "NOT_MATCHED"), ("LESS", 5, [4], "OTHER_TYPE")),
        *(("MATCHES", "a", "b", "NOT_MATCHED"), ("MATCHES", "a", "a" * 1001, "OTHER_TYPE")),
        *(("SEMVER_LESS", "1.0.0", "v1", "OTHER_TYPE"), ("SEMVER_LESS", "1.0.0", "1.0.0", "NOT_MATCHED")),
        ("MODULO", {"divisor": 2, "remainder": 1}, "1", "OTHER_TYPE"),
        ("MODULO", {"divisor": 2, "remainder": 1}, 2, "NOT_MATCHED"),
        *(("IS_SET", None, None, "NOT_MATCHED"), ("IS_SET", None, [], "MATCHED")),
        *(("IS_NOT_SET", None, [], "NOT_MATCHED"), ("IS_NOT_SET", None, None, "MATCHED")),
    ],
)
def test_what_could_not_be_decided_says_why(operator: str, value: object, trait: object, outcome: str) -> None:
    assert outcome_of({"trait": "t", "operator": operator, "value": value}, "u", {"t": trait}) == outcome


def test_a_split_that_has_nothing_to_hash_says_why() -> None:
    none = {"operator": "PERCENTAGE_SPLIT", "percentage": 0, "salt": "s"}

    assert outcome_of(none, None, {}) == "NOT_SET"
    assert outcome_of(none, "", {}) == "NOT_SET"
    assert outcome_of(none, "u", {}) == "NOT_MATCHED"
    assert outcome_of({**none, "trait": "t"}, "u", {"t": True}) == "OTHER_TYPE"


OPPOSITES = [
    *((Operator.EQUAL, Operator.NOT_EQUAL), (Operator.IN, Operator.NOT_IN)),
    *((Operator.CONTAINS, Operator.NOT_CONTAINS), (Operator.GREATER, Operator.LESS_OR_EQUAL)),
    (Operator.SEMVER_GREATER, Operator.SEMVER_LESS_OR_EQUAL),
]


@settings(deadline=None, max_examples=300)
@given(seeds, garbage)
def test_a_condition_is_undecided_exactly_if_its_opposite_does_not_match_either(rng: Random, trait: Any) -> None:
    pair = rng.choice(OPPOSITES)
    condition = documents.condition(rng, pair[0]) | {"trait": "t"}
    matched = [
        compile_rule(parse_rules({"type": "ALL", "conditions": [condition | {"operator": operator}]}))(
            "u", {"t": trait}
        )
        for operator in pair
    ]

    outcome = outcome_of(condition, "u", {"t": trait})

    assert (outcome in (Outcome.NOT_SET, Outcome.OTHER_TYPE)) is not any(matched)


def settled(rule: RuleLook) -> bool:
    """What the parts of a rule say of it."""
    parts = [part.outcome is Outcome.MATCHED for part in rule.rules]
    parts += [part.outcome is Outcome.MATCHED for part in rule.conditions]
    assert all(settled(part) is (part.outcome is Outcome.MATCHED) for part in rule.rules)
    return {"ALL": all(parts), "ANY": any(parts), "NONE": not any(parts)}[rule.type]


@settings(deadline=None)
@given(seeds, targeting_keys, contexts)
def test_an_explanation_never_disagrees_with_the_evaluation(
    rng: Random, key: str | None, traits: dict[str, Any]
) -> None:
    environment = compile_environment(documents.environment(rng))  # type: ignore[arg-type]
    for name, asked in environment.flags.items():
        explanation = explain(environment, name, key, traits)

        (place,) = [n for n, step in enumerate(explanation.steps) if step.outcome is Outcome.MATCHED]
        passed, decided, rest = explanation.steps[:place], explanation.steps[place], explanation.steps[place + 1 :]
        evaluation = explanation.evaluation
        assert evaluation is evaluate(environment, name, key, traits)
        assert all(step.outcome in (Outcome.NOT_MATCHED, Outcome.CLOSED) for step in passed)
        assert all(step.outcome is Outcome.NOT_REACHED and step.rule is None for step in rest)
        overrides = [step.segment for step in explanation.steps if step.source is Source.OVERRIDE]
        assert overrides == [segment for segment, _ in asked.overrides]
        assert explanation.steps[-1].source is Source.DEFAULT
        for step in explanation.steps:
            assert step.rule is None or settled(step.rule) is (step.outcome is Outcome.MATCHED)
        match decided.source:
            case Source.IDENTITY:
                assert evaluation is asked.identities[key or ""]
            case Source.OVERRIDE:
                state = next(state for segment, state in asked.overrides if segment is decided.segment)
                assert evaluation is state.serve(key or None)
            case Source.DEFAULT:
                assert evaluation is asked.state.serve(key or None)
