"""The rule language of segments: its words, how a user's rules are read, and how they match a unit; stores nothing."""

from server.evaluation.rules.language import (
    AS_KEPT,
    AS_WRITTEN,
    Bounds,
    Condition,
    Modulo,
    Operator,
    Rule,
    RuleType,
    rule_document,
    with_salts,
)
from server.evaluation.rules.parsing import parse_rules

__all__ = [
    "AS_KEPT",
    "AS_WRITTEN",
    "Bounds",
    "Condition",
    "Modulo",
    "Operator",
    "Rule",
    "RuleType",
    "parse_rules",
    "rule_document",
    "with_salts",
]
