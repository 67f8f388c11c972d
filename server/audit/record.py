"""Writes the audit log: one row, in the caller's transaction. Never opens a transaction of its own."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from server.audit.authorship import Authorship, Place
from server.audit.models import AuditRecord
from server.audit.request import current_request_id
from server.database.rows import insert
from server.errors import Reference


class OutsideTransaction(RuntimeError):
    """A bug: an audit row without its change's transaction could tell of a change that never was."""


def record(
    *,
    author: Authorship,
    action: str,
    scope: Place,
    object: Reference,
    before: Mapping[str, object] | None,
    after: Mapping[str, object] | None,
    now: datetime,
) -> AuditRecord:
    """Record a change with one INSERT.

    ``before`` is None for what was created, ``after`` for what was deleted; both are plain
    JSON values, named as in the API.

    Raises:
        OutsideTransaction: the caller has no transaction open.
    """
    if not transaction.get_connection().in_atomic_block:
        raise OutsideTransaction(f"{action} was to be recorded outside of a transaction")
    row = AuditRecord(
        organisation_id=scope.organisation_id,
        project_id=scope.project_id,
        environment_id=scope.environment_id,
        author_kind=author.kind,
        author_id=author.id,
        author_name=author.name,
        action=action,
        object_type=object.type,
        object_id=object.id,
        object_name=object.name,
        before=None if before is None else dict(before),
        after=None if after is None else dict(after),
        created_at=now,
        request_id=current_request_id(),
    )
    insert(row)
    return row
