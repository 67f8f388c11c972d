"""Says why a unit has what it has: every rule that was looked at, in order; it decides nothing by itself.

It asks the same compiled segments and states as the engine, part by part, and does not
stop at the first part that settles a rule: who reads it wants to see all of them. What
was not reached is named too: that is where an experiment stands that a unit is not in.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from server.evaluation.engine import CompiledEnvironment, evaluate
from server.evaluation.flags import CompiledFlag, CompiledSegment, State
from server.evaluation.hashing import Domain, bucket_of
from server.evaluation.outcomes import Evaluation
from server.evaluation.rules import Condition, Modulo, Operator, Rule, RuleType
from server.evaluation.rules.matching import MAX_SUBJECT, compile_condition, compile_rule
from server.evaluation.rules.semver import precedence_of
from server.evaluation.rules.traits import Traits, key_of, number_of


class Source(StrEnum):
    """What may decide, in the order of precedence."""

    IDENTITY = "IDENTITY"
    OVERRIDE = "OVERRIDE"
    DEFAULT = "DEFAULT"


class Outcome(StrEnum):
    """What came of a look at an identity, an override, a rule or a condition."""

    MATCHED = "MATCHED"
    NOT_MATCHED = "NOT_MATCHED"
    NOT_SET = "NOT_SET"
    """Undecided: the unit has no such trait, or no targeting key."""

    OTHER_TYPE = "OTHER_TYPE"
    """Undecided: the trait is not of the type that the condition compares."""

    CLOSED = "CLOSED"
    """The segment matches nobody: its experiment does not run."""

    NOT_REACHED = "NOT_REACHED"
    """Not looked at: what came before it decided."""


@dataclass(frozen=True, slots=True)
class ConditionLook:
    """One condition, the trait or targeting key that it met, and what came of it."""

    condition: Condition
    trait_value: object
    bucket: int | None
    """Of a percentage split: it matches below the share."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class RuleLook:
    """One rule with all of its parts."""

    type: RuleType
    outcome: Outcome
    rules: tuple["RuleLook", ...]
    conditions: tuple[ConditionLook, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that could have decided; the one that matched did. ``bucket`` is the one that a split dealt by."""

    source: Source
    outcome: Outcome
    segment: CompiledSegment | None = None
    rule: RuleLook | None = None
    bucket: int | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """What could decide, in order: exactly one step has matched. An unknown flag has no steps."""

    steps: tuple[Step, ...]
    evaluation: Evaluation


def explain(environment: CompiledEnvironment, flag_key: str, targeting_key: str | None, traits: Traits) -> Explanation:
    """Why a unit has what a flag answers, with the answer itself."""
    flag = environment.flags.get(flag_key)
    steps = () if flag is None else tuple(_steps(flag, targeting_key or None, traits))
    return Explanation(steps, evaluate(environment, flag_key, targeting_key, traits))


def _steps(flag: CompiledFlag, targeting_key: str | None, traits: Traits) -> list[Step]:
    steps: list[Step] = []
    if flag.identities:
        forced = targeting_key is not None and targeting_key in flag.identities
        steps.append(Step(Source.IDENTITY, _outcome(forced)))
        if forced:
            return [*steps, *_not_reached(flag, after=0)]
    for place, (segment, state) in enumerate(flag.overrides, start=1):
        rule = None if segment.rule is None else _look_at_rule(segment.rule, targeting_key, traits)
        outcome = Outcome.CLOSED if rule is None else rule.outcome
        if outcome is Outcome.MATCHED:
            decided = Step(Source.OVERRIDE, outcome, segment, rule, _dealt_by(state, targeting_key))
            return [*steps, decided, *_not_reached(flag, after=place)]
        steps.append(Step(Source.OVERRIDE, outcome, segment, rule))
    return [*steps, Step(Source.DEFAULT, Outcome.MATCHED, bucket=_dealt_by(flag.state, targeting_key))]


def _not_reached(flag: CompiledFlag, *, after: int) -> Iterator[Step]:
    """The overrides after that many, and the default."""
    yield from (Step(Source.OVERRIDE, Outcome.NOT_REACHED, segment) for segment, _ in flag.overrides[after:])
    yield Step(Source.DEFAULT, Outcome.NOT_REACHED)


def _dealt_by(state: State, targeting_key: str | None) -> int | None:
    return None if state.split is None or targeting_key is None else state.split.bucket(targeting_key)


def _look_at_rule(rule: Rule, targeting_key: str | None, traits: Traits) -> RuleLook:
    return RuleLook(
        type=rule.type,
        outcome=_outcome(compile_rule(rule)(targeting_key, traits)),
        rules=tuple(_look_at_rule(part, targeting_key, traits) for part in rule.rules),
        conditions=tuple(_look_at_condition(part, targeting_key, traits) for part in rule.conditions),
    )


def _look_at_condition(condition: Condition, targeting_key: str | None, traits: Traits) -> ConditionLook:
    trait = targeting_key if condition.trait is None else traits.get(condition.trait)
    outcome = _outcome(compile_condition(condition)(targeting_key, traits))
    if outcome is Outcome.NOT_MATCHED and trait is None and condition.operator is not Operator.IS_SET:
        outcome = Outcome.NOT_SET
    elif outcome is Outcome.NOT_MATCHED and not _is_comparable(condition, trait):
        outcome = Outcome.OTHER_TYPE
    return ConditionLook(condition, trait, _bucket(condition, trait), outcome)


def _bucket(condition: Condition, trait: object) -> int | None:
    key = key_of(trait) if condition.operator is Operator.PERCENTAGE_SPLIT else None
    return None if key is None or condition.salt is None else bucket_of(Domain.GATE, condition.salt, key)


def _is_comparable(condition: Condition, trait: object) -> bool:
    """Whether a trait is of a type that the condition can decide on."""
    match condition.operator, condition.value:
        case ((Operator.IS_SET | Operator.IS_NOT_SET), _):
            return True
        case Operator.PERCENTAGE_SPLIT, _:
            return key_of(trait) is not None
        case Operator.MATCHES, _:
            return isinstance(trait, str) and len(trait) <= MAX_SUBJECT
        case operator, _ if operator.startswith("SEMVER"):
            return precedence_of(trait) is not None
        case _, tuple(values):
            return _type_of(trait) in {_type_of(value) for value in values}
        case _, Modulo():
            return number_of(trait) is not None
        case _, value:
            return _type_of(trait) == _type_of(value)


def _type_of(value: object) -> type | None:
    """Text, boolean or number; None for what is none of them, and so equals no type of a value."""
    if isinstance(value, str | bool):
        return str if isinstance(value, str) else bool
    return float if number_of(value) is not None else None


def _outcome(matched: bool) -> Outcome:
    return Outcome.MATCHED if matched else Outcome.NOT_MATCHED
