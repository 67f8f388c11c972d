"""The audit log in the API."""

from datetime import datetime
from typing import Annotated, Any

import strawberry
import strawberry_django
from django.db.models import QuerySet
from strawberry import ID, Info
from strawberry.scalars import JSON

from server.accounts.selectors import access
from server.audit import models
from server.schema.audit.facts import with_global_ids
from server.schema.authors import AUTHOR_COLUMNS, ChangeAuthor, author_of, change_author
from server.schema.connections import Connection, connection
from server.schema.fields import computed, field
from server.schema.ids import decode_any, encode_id
from server.schema.narrowing import holder_of, key_of
from server.schema.nodes import Node
from server.schema.texts import sound


@strawberry_django.type(
    models.AuditRecord,
    description="Who did what, to which object, where and when. Nobody changes or deletes one.",
)
class AuditRecord(Node):
    action: str = field(description="What was done, as `experiment.create`.")
    created_at: datetime = field(description="When it was done.")
    object_type: str = field(description="The name of the object's type in this API.")
    object_name: str = field(description="The object's name or key at the time.")
    request_id: str = field(description="The id of the request, as it stands in the logs.")

    @computed(
        JSON | None,
        description="The object before; null for what was created. Shares are in basis points.",
        only=["before"],
    )
    @staticmethod
    def before(root: models.AuditRecord) -> Any:
        return with_global_ids(root.before)

    @computed(
        JSON | None,
        description="The object after; null for what was deleted. Shares are in basis points.",
        only=["after"],
    )
    @staticmethod
    def after(root: models.AuditRecord) -> Any:
        return with_global_ids(root.after)

    @computed(description="Who did it.", only=AUTHOR_COLUMNS)
    @staticmethod
    def author(root: models.AuditRecord) -> ChangeAuthor:
        return change_author(root)

    @computed(description="The object's id.", only=["object_type", "object_id"])
    @staticmethod
    def object_id(root: models.AuditRecord) -> ID:
        return encode_id(root.object_type, root.object_id)

    @computed(description="The project; null where it was done above projects.", only=["project_id"])
    @staticmethod
    def project_id(root: models.AuditRecord) -> ID | None:
        return encode_id("Project", root.project_id) if root.project_id else None

    @computed(description="The environment; null where it was done above environments.", only=["environment_id"])
    @staticmethod
    def environment_id(root: models.AuditRecord) -> ID | None:
        return encode_id("Environment", root.environment_id) if root.environment_id else None


def _audit_log(
    info: Info,
    project_id: Annotated[ID | None, strawberry.argument(description="Only what was done in this project.")] = None,
    environment_id: Annotated[
        ID | None, strawberry.argument(description="Only what was done in this environment.")
    ] = None,
    object_id: Annotated[ID | None, strawberry.argument(description="Only what was done to this object.")] = None,
    author_id: Annotated[ID | None, strawberry.argument(description="Only what this user or API key did.")] = None,
    action: Annotated[str | None, strawberry.argument(description="Only this action, as `experiment.create`.")] = None,
    since: Annotated[datetime | None, strawberry.argument(description="Only from this moment on.")] = None,
    until: Annotated[datetime | None, strawberry.argument(description="Only before this moment.")] = None,
    order: Annotated[access.AuditOrder, strawberry.argument(description="The order.")] = access.AuditOrder.NEWEST,
) -> QuerySet[models.AuditRecord]:
    return access.audit_log(
        author_of(info),
        project_id=key_of(project_id, "Project"),
        environment_id=key_of(environment_id, "Environment"),
        object=None if object_id is None else decode_any(object_id),
        by=holder_of(author_id),
        action=sound(action),
        since=since,
        until=until,
        order=order,
    )


@strawberry.type
class AuditQueries:
    audit_log: Connection[AuditRecord] = connection(
        resolver=_audit_log, description="What was done where you hold a role."
    )
