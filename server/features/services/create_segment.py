"""Creating a segment."""

from datetime import datetime
from typing import Any

from django.db import transaction

from server.accounts.authors import Author
from server.accounts.permissions import Permission, authorise
from server.audit.record import record
from server.database.integrity import refused_by
from server.errors import InvalidInput, Reference
from server.features.models import Segment
from server.features.segments import (
    SegmentNameTaken,
    add_version,
    checked_rules,
    refuse_taken_segment_name,
    segment_facts,
    segment_text_problems,
)
from server.projects.locks import lock_project, scope_of_project


@transaction.atomic(durable=True)
def create_segment(
    *, project_id: int, name: str, description: str, rules: Any, author: Author, now: datetime
) -> Segment:
    """Create a segment with its first version. Nothing is served differently until a flag uses it.

    Raises:
        NotFound: no project with this id that the author may see.
        NotAllowed: the author may not edit the project.
        InvalidInput: name, description, rules.
        SegmentNameTaken: the project has a segment of this name.
    """
    project = lock_project(project_id, author=author)
    scope = scope_of_project(project)
    authorise(author, Permission.EDIT, scope)
    stored, problems = checked_rules(rules)
    if problems := [*segment_text_problems(name=name, description=description), *problems]:
        raise InvalidInput(problems)
    refuse_taken_segment_name(project.pk, name=name)
    with refused_by({"segment_name_unique": lambda: SegmentNameTaken(name)}):
        segment = Segment.objects.create(
            project=project, name=name, description=description, created_at=now, updated_at=now
        )
    add_version(segment, rules=stored, number=1, author=author, now=now)
    record(
        author=author,
        action="segment.create",
        scope=scope,
        object=Reference("Segment", segment.pk, name),
        before=None,
        after=segment_facts(segment),
        now=now,
    )
    return segment
