"""Reads the rules of a segment as a user wrote them; refuses with every problem, and never repairs.

An explicit null is the same as a field that is left out.
"""

import json

from server.checks import json_text_problems, text_problems
from server.errors import InvalidInput, Problem
from server.evaluation.rules.language import (
    AS_WRITTEN,
    MAX_SALT,
    MAX_TRAIT,
    Bounds,
    Condition,
    Operator,
    Rule,
    RuleType,
    rule_document,
    value_field,
)
from server.evaluation.rules.values import Path, read_value, unknown_fields

_RULE_FIELDS = {"type", "rules", "conditions"}
_VALUE_FIELDS = {"value", "percentage"}
_CONDITION_FIELDS = {"trait", "operator", "salt"} | _VALUE_FIELDS
_TRAITLESS = {Operator.PERCENTAGE_SPLIT}


def parse_rules(document: object, bounds: Bounds = AS_WRITTEN) -> Rule:
    """The root rule that a JSON value describes.

    Parts beyond the bounds are refused unread: their own problems
    are not named, so that no answer is larger than its question.

    Raises:
        InvalidInput: with a problem for everything that is wrong, its path from the root.
    """
    reading = _Reading(bounds)
    reading.problems.extend(json_text_problems(document, ()))
    rule = reading.rule(document, (), depth=1)
    if rule is not None and not reading.problems and _size(rule) > bounds.document:
        reading.problems.append(
            Problem((), "TOO_LARGE", f"The rules take more than {bounds.document // 1024} KiB as JSON.")
        )
    if rule is None or reading.problems:
        raise InvalidInput(tuple(dict.fromkeys(reading.problems)))
    return rule


def _size(rule: Rule) -> int:
    return len(json.dumps(rule_document(rule), ensure_ascii=False, separators=(",", ":")).encode())


class _Reading:
    """One pass over a document: what it has found wrong, and how many parts it has met."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.problems: list[Problem] = []
        self.parts = 0

    def rule(self, document: object, path: Path, *, depth: int) -> Rule | None:
        if not self._admit():
            return None
        if not isinstance(document, dict):
            self._refuse(path, "WRONG_TYPE", "A rule must be an object.")
            return None
        if depth > self.bounds.depth:
            self._refuse(path, "TOO_DEEP", f"Rules nest at most {self.bounds.depth} deep.")
            return None
        self.problems.extend(unknown_fields(document, _RULE_FIELDS, path))
        name = self._name(document.get("type"), (*path, "type"))
        rule_type = RuleType.__members__.get(name) if name is not None else None
        if name is not None and rule_type is None:
            self._refuse((*path, "type"), "UNKNOWN_RULE_TYPE", f"Give one of {', '.join(RuleType)}.")
        rules = self._list(document.get("rules"), (*path, "rules"))
        conditions = self._list(document.get("conditions"), (*path, "conditions"))
        if rules == [] and conditions == []:
            self._refuse(path, "EMPTY", "A rule needs at least one condition, or one rule.")
        read_rules = [
            self.rule(item, (*path, "rules", index), depth=depth + 1)
            for index, item in enumerate(rules or ())
            if self.parts <= self.bounds.parts
        ]
        read_conditions = [
            self.condition(item, (*path, "conditions", index))
            for index, item in enumerate(conditions or ())
            if self.parts <= self.bounds.parts
        ]
        if rule_type is None:
            return None
        return Rule(
            rule_type,
            tuple(rule for rule in read_rules if rule is not None),
            tuple(condition for condition in read_conditions if condition is not None),
        )

    def condition(self, document: object, path: Path) -> Condition | None:
        if not self._admit():
            return None
        if not isinstance(document, dict):
            self._refuse(path, "WRONG_TYPE", "A condition must be an object.")
            return None
        self.problems.extend(unknown_fields(document, _CONDITION_FIELDS, path))
        name = self._name(document.get("operator"), (*path, "operator"))
        operator = Operator.__members__.get(name) if name is not None else None
        if name is not None and operator is None:
            self._refuse((*path, "operator"), "UNKNOWN_OPERATOR", f"Give one of {', '.join(Operator)}.")
        trait = self._trait(document.get("trait"), operator, (*path, "trait"))
        salt = self._salt(document.get("salt"), operator, (*path, "salt"))
        if operator is None:
            return None
        field = value_field(operator)
        value = read_value(operator, document.get(field), (*path, field), self.problems)
        for other in sorted(_VALUE_FIELDS - {field}):
            if document.get(other) is not None:
                self._refuse((*path, other), "UNEXPECTED_VALUE", f"{operator} takes no {other}.")
        return Condition(trait, operator, value, salt)

    def _trait(self, trait: object, operator: Operator | None, path: Path) -> str | None:
        if trait is None:
            if operator is not None and operator not in _TRAITLESS:
                self._refuse(path, "MISSING_VALUE", f"{operator} needs a trait.")
            return None
        self.problems.extend(text_problems(trait, path=path, max_length=MAX_TRAIT, allow_blank=False))
        return trait if isinstance(trait, str) else None

    def _salt(self, salt: object, operator: Operator | None, path: Path) -> str | None:
        if salt is None:
            return None
        if operator is not None and operator is not Operator.PERCENTAGE_SPLIT:
            self._refuse(path, "UNEXPECTED_VALUE", f"{operator} takes no salt.")
            return None
        self.problems.extend(text_problems(salt, path=path, max_length=MAX_SALT, allow_blank=False))
        return salt if isinstance(salt, str) else None

    def _name(self, value: object, path: Path) -> str | None:
        if value is None:
            self._refuse(path, "MISSING_VALUE", "This is needed.")
            return None
        if not isinstance(value, str):
            self._refuse(path, "WRONG_TYPE", "This must be a text.")
            return None
        return str(value)

    def _list(self, value: object, path: Path) -> list[object] | None:
        """None if it is no list: then it is not empty either."""
        if value is None:
            return []
        if not isinstance(value, list | tuple):
            self._refuse(path, "WRONG_TYPE", "This must be a list.")
            return None
        return list(value)

    def _admit(self) -> bool:
        self.parts += 1
        if self.parts == self.bounds.parts + 1:
            message = f"A segment takes at most {self.bounds.parts} rules and conditions together."
            self._refuse((), "TOO_LARGE", message)
        return self.parts <= self.bounds.parts

    def _refuse(self, path: Path, code: str, message: str) -> None:
        self.problems.append(Problem(path, code, message))
