"""Changing a segment's name, description and rules."""

from datetime import datetime
from typing import Any

from django.db import transaction

from server.accounts.authors import Author
from server.accounts.permissions import Permission, authorise
from server.audit.record import record
from server.database.integrity import refused_by
from server.errors import InvalidInput, Reference
from server.features.holds import refuse_if_rules_held
from server.features.locks import current_version, lock_segment
from server.features.models import Segment
from server.features.segments import (
    SegmentNameTaken,
    add_version,
    checked_rules,
    refuse_taken_segment_name,
    segment_facts,
    segment_text_problems,
)
from server.features.values import same_value
from server.projects.locks import scope_of_project
from server.projects.revisions import bump_revisions_of_project
from server.unset import UNSET, Unset


@transaction.atomic(durable=True)
def update_segment(
    *,
    segment_id: int,
    name: str | Unset = UNSET,
    description: str | Unset = UNSET,
    rules: Any = UNSET,
    author: Author,
    now: datetime,
) -> Segment:
    """Change a segment; other rules are a new segment version, and take effect wherever it is used.

    Raises:
        NotFound: no ordinary segment with this id that the author may see.
        NotAllowed: the author may not edit the project.
        InvalidInput: name, description, rules.
        LockedByExperiment: a running experiment counts on the rules.
        SegmentNameTaken: the project has another segment of this name.
    """
    segment = lock_segment(segment_id, author=author)
    scope = scope_of_project(segment.project)
    authorise(author, Permission.EDIT, scope)
    current = current_version(segment)
    segment.current = current
    before = segment_facts(segment)
    new_name = segment.name if name is UNSET else name
    new_description = segment.description if description is UNSET else description
    stored, problems = (current.rules, []) if rules is UNSET else checked_rules(rules, current=current.rules)
    if problems := [*segment_text_problems(name=new_name, description=new_description), *problems]:
        raise InvalidInput(problems)
    other_rules = not same_value(stored, current.rules)
    if (new_name, new_description) == (segment.name, segment.description) and not other_rules:
        return segment
    if other_rules:
        refuse_if_rules_held(segment.pk)
    refuse_taken_segment_name(segment.project_id, name=new_name, own=segment.pk)
    segment.name, segment.description, segment.updated_at = new_name, new_description, now
    with refused_by({"segment_name_unique": lambda: SegmentNameTaken(new_name)}):
        segment.save(update_fields=["name", "description", "updated_at"])
    if other_rules:
        add_version(segment, rules=stored, number=current.number + 1, author=author, now=now)
    record(
        author=author,
        action="segment.update",
        scope=scope,
        object=Reference("Segment", segment.pk, segment.name),
        before=before,
        after=segment_facts(segment),
        now=now,
    )
    bump_revisions_of_project(segment.project_id)
    return segment
