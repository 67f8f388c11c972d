"""Segments as services write them: their checks, their versions, what the audit log says of them."""

import secrets
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from server.accounts.authored import author_columns
from server.accounts.authors import Author
from server.checks import text_problems
from server.database.rows import insert, update
from server.errors import Conflict, InvalidInput, Problem, Reference
from server.evaluation.rules import AS_KEPT, Rule, parse_rules, rule_document, with_salts
from server.features.models import MAX_DESCRIPTION, MAX_NAME, Segment, SegmentVersion
from server.features.salts import new_salt


class SegmentNameTaken(Conflict):
    """The project has another segment of this name."""

    code = "NAME_TAKEN"

    def __init__(self, name: str, existing: Reference | None = None) -> None:
        self.name, self.collides_with = name, existing
        super().__init__(f"There is a segment called “{name}” in this project already: choose another name.")


def refuse_taken_segment_name(project_id: int, *, name: str, own: int | None = None) -> None:
    """Refuse a name that another ordinary segment of the project has.

    Raises:
        SegmentNameTaken: one has it.
    """
    others = ordinary_segments(project_id).filter(name=name)
    existing = (others if own is None else others.exclude(pk=own)).first()
    if existing is not None:
        raise SegmentNameTaken(name, Reference("Segment", existing.pk, name))


def ordinary_segments(project_id: int) -> QuerySet[Segment]:
    """The project's segments that are there and belong to no experiment."""
    return Segment.objects.filter(project_id=project_id, is_system=False, removed_at=None)


def segment_text_problems(*, name: object, description: object) -> list[Problem]:
    """Everything that is wrong with a segment's name and description."""
    return [
        *text_problems(name, path=("input", "name"), max_length=MAX_NAME, allow_blank=False),
        *text_problems(description, path=("input", "description"), max_length=MAX_DESCRIPTION, allow_blank=True),
    ]


def checked_rules(document: Any, *, current: dict[str, Any] | None = None) -> tuple[dict[str, Any], list[Problem]]:
    """The rules in their stored form, or what is wrong with them.

    Percentage splits that come without a salt get those that ``current`` has and the new
    rules do not name, in their order, so that an edit elsewhere re-deals nobody; any more
    get new ones.
    """
    try:
        rule = parse_rules(document)
    except InvalidInput as refusal:
        return {}, [problem.below("input", "rules") for problem in refusal.problems]
    given = set(_salts(rule))
    free = [salt for salt in _salts(parse_rules(current, AS_KEPT)) if salt not in given] if current else []
    return rule_document(with_salts(rule, lambda: free.pop(0) if free else new_salt())), []


def add_version(
    segment: Segment, *, rules: dict[str, Any], number: int, author: Author, now: datetime
) -> SegmentVersion:
    """Write the segment's next version and make it the current one."""
    version = SegmentVersion(segment=segment, number=number, rules=rules, created_at=now, **author_columns(author))
    insert(version)
    segment.current, segment.updated_at = version, now
    update(segment, "current", "updated_at")
    return version


def segment_facts(segment: Segment) -> dict[str, Any]:
    """What the audit log says of a segment."""
    return {
        "name": segment.name,
        "description": segment.description,
        "rules": segment.current.rules if segment.current else None,
    }


def _salts(rule: Rule) -> Iterator[str]:
    """The salts of all percentage splits, in the order in which ``with_salts`` visits them."""
    for inner in rule.rules:
        yield from _salts(inner)
    yield from (condition.salt for condition in rule.conditions if condition.salt)


def free_segment_name(project_id: int, wanted: str) -> str:
    """The name that is wanted, or one that shows where it came from where that is taken."""
    if not ordinary_segments(project_id).filter(name=wanted).exists():
        return wanted
    suffix = f" ({secrets.token_hex(3)})"
    return wanted[: MAX_NAME - len(suffix)] + suffix
