"""Reads who has access to what. Never shows more than the author may see, nor how a key reads."""

from datetime import datetime
from enum import StrEnum

from django.db.models import Exists, OuterRef, Q, QuerySet

from server.accounts.authors import Author
from server.accounts.models import ApiKey, Grant, Organisation, User
from server.accounts.permissions import permitted, visible_organisations
from server.accounts.roles import Permission
from server.audit.authorship import AuthorKind
from server.audit.models import AuditRecord


class AuditOrder(StrEnum):
    """The order of the audit log; each value is a column, from its end with a minus."""

    NEWEST = "-id"
    OLDEST = "id"


def viewer_user(author: Author) -> User | None:
    """The user that the author is; None for keys and for the server itself."""
    return User.objects.filter(pk=author.holder_id).first() if author.kind is AuthorKind.USER else None


def organisations(author: Author) -> QuerySet[Organisation]:
    """The organisations that exist for the author."""
    return Organisation.objects.filter(visible_organisations(author))


def grants(author: Author) -> QuerySet[Grant]:
    """Who holds which role, in the places where the author holds one too.

    The way to a place shows nothing of who else is there.
    """
    return Grant.objects.filter(permitted(author, Permission.VIEW)).select_related("user", "api_key")


def api_keys(author: Author) -> QuerySet[ApiKey]:
    """The keys that the author may manage: of whole organisations, or with a role in a place of theirs."""
    of_organisation = permitted(author, Permission.MANAGE_ACCESS, project=None, environment=None)
    in_a_place = Grant.objects.filter(permitted(author, Permission.MANAGE_ACCESS), api_key=OuterRef("pk"))
    return ApiKey.objects.filter(of_organisation | Exists(in_a_place)).defer("digest")


def audit_records(author: Author) -> QuerySet[AuditRecord]:
    """What was done in the places where the author holds a role; the way there has no log."""
    return AuditRecord.objects.filter(permitted(author, Permission.VIEW))


def api_keys_for(keys: QuerySet[ApiKey], author: Author) -> QuerySet[ApiKey]:
    """Those of the keys that the author may manage, the newest first."""
    return keys.filter(pk__in=api_keys(author).values("pk")).defer("digest").order_by("-id")


def grants_for(grants: QuerySet[Grant], author: Author) -> QuerySet[Grant]:
    """Those of the grants that are in places where the author holds a role."""
    return grants.filter(permitted(author, Permission.VIEW)).order_by("id")


def audit_log(
    author: Author,
    *,
    project_id: int | None = None,
    environment_id: int | None = None,
    object: tuple[str, int] | None = None,
    by: tuple[str, int] | None = None,
    action: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    order: AuditOrder = AuditOrder.NEWEST,
) -> QuerySet[AuditRecord]:
    """The audit records that exist for the author, in this order; every other argument narrows."""
    records = audit_records(author)
    if project_id is not None:
        records = records.filter(project_id=project_id)
    if environment_id is not None:
        records = records.filter(environment_id=environment_id)
    if object is not None:
        records = records.filter(object_type=object[0], object_id=object[1])
    if by is not None:
        records = records.filter(author_kind=by[0], author_id=by[1])
    if action is not None:
        records = records.filter(action=action)
    if since is not None:
        records = records.filter(created_at__gte=since)
    if until is not None:
        records = records.filter(created_at__lt=until)
    return records.order_by(order)


def users(author: Author) -> QuerySet[User]:
    """The author's own user, and who holds a role in a place where the author holds one."""
    nearby = Grant.objects.filter(permitted(author, Permission.VIEW), user=OuterRef("pk"))
    own = Q(pk=author.holder_id) if author.kind is AuthorKind.USER else Q(pk__in=[])
    return User.objects.filter(own | Exists(nearby)).defer("password")
