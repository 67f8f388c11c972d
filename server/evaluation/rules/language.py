"""The words of the rule language: rules, conditions, operators, bounds; checks nothing by itself.

``docs/segments.md`` says what each operator means.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

MAX_DEPTH = 5
"""Rules inside rules; the root is the first level."""

MAX_PARTS = 100
"""Rules and conditions of a segment together, the root included."""

MAX_TRAIT = 200
MAX_SALT = 200
MAX_TEXT = 1_000
"""Characters of a text that a trait is compared with."""

MAX_LIST = 1_000
"""Values of an ``IN`` or ``NOT_IN``."""

MAX_DOCUMENT = 64 * 1024
"""Bytes of the canonical document, as UTF-8."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How large rules may be: levels, rules and conditions together, bytes of the canonical document."""

    depth: int
    parts: int
    document: int


AS_WRITTEN = Bounds(MAX_DEPTH, MAX_PARTS, MAX_DOCUMENT)
"""What users may write."""

AS_KEPT = Bounds(2 * MAX_DEPTH, 2 * MAX_PARTS, 2 * MAX_DOCUMENT)
"""What there may be: a gate's rules hold those of its audience, which may have been a gate's before."""

MAX_WHOLE = 2**53 - 1
"""Beyond it, a whole number is not the same in every language that evaluates the rules."""

WHOLE = 10_000
"""A hundred percent, in basis points."""


class RuleType(StrEnum):
    """How many parts of a rule have to match."""

    ALL = "ALL"
    ANY = "ANY"
    NONE = "NONE"


class Operator(StrEnum):
    """How a condition looks at its trait."""

    EQUAL = "EQUAL"
    NOT_EQUAL = "NOT_EQUAL"
    GREATER = "GREATER"
    GREATER_OR_EQUAL = "GREATER_OR_EQUAL"
    LESS = "LESS"
    LESS_OR_EQUAL = "LESS_OR_EQUAL"
    CONTAINS = "CONTAINS"
    NOT_CONTAINS = "NOT_CONTAINS"
    IN = "IN"
    NOT_IN = "NOT_IN"
    MATCHES = "MATCHES"
    IS_SET = "IS_SET"
    IS_NOT_SET = "IS_NOT_SET"
    MODULO = "MODULO"
    SEMVER_EQUAL = "SEMVER_EQUAL"
    SEMVER_GREATER = "SEMVER_GREATER"
    SEMVER_GREATER_OR_EQUAL = "SEMVER_GREATER_OR_EQUAL"
    SEMVER_LESS = "SEMVER_LESS"
    SEMVER_LESS_OR_EQUAL = "SEMVER_LESS_OR_EQUAL"
    PERCENTAGE_SPLIT = "PERCENTAGE_SPLIT"


Number = int | float
Scalar = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Modulo:
    """The numbers that leave ``remainder`` when divided by ``divisor``."""

    divisor: Number
    remainder: Number


Value = Scalar | tuple[Scalar, ...] | Modulo | None


@dataclass(frozen=True, slots=True)
class Condition:
    """One look at one trait. Without a trait, a percentage split is by the targeting key.

    The value of a percentage split is its share, in basis points.
    """

    trait: str | None
    operator: Operator
    value: Value = None
    salt: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """Rules and conditions, and how many of them have to match."""

    type: RuleType
    rules: tuple["Rule", ...] = ()
    conditions: tuple[Condition, ...] = ()


def rule_document(rule: Rule) -> dict[str, object]:
    """The canonical JSON form of a rule; parsing it gives the same rule."""
    return {
        "type": rule.type.value,
        "rules": [rule_document(r) for r in rule.rules],
        "conditions": [_condition_document(c) for c in rule.conditions],
    }


def with_salts(rule: Rule, new_salt: Callable[[], str]) -> Rule:
    """The same rule, with a new salt for each percentage split that has none."""
    return replace(
        rule,
        rules=tuple(with_salts(r, new_salt) for r in rule.rules),
        conditions=tuple(
            replace(c, salt=new_salt()) if c.operator is Operator.PERCENTAGE_SPLIT and c.salt is None else c
            for c in rule.conditions
        ),
    )


def value_field(operator: Operator) -> str:
    """The field of a condition's document that holds its value: a share is never taken for a value."""
    return "percentage" if operator is Operator.PERCENTAGE_SPLIT else "value"


def _condition_document(condition: Condition) -> dict[str, object]:
    document: dict[str, object] = {"trait": condition.trait, "operator": condition.operator.value}
    field = value_field(condition.operator)
    match condition.value:
        case None:
            pass
        case Modulo(divisor, remainder):
            document[field] = {"divisor": divisor, "remainder": remainder}
        case tuple(values):
            document[field] = list(values)
        case value:
            document[field] = value
    if condition.salt is not None:
        document["salt"] = condition.salt
    return document
