"""Reads who has access to what. Never shows more than the author may see, nor how a key reads."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from django.db.models import Exists, F, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Coalesce, NullIf

from server.accounts.authors import Author
from server.accounts.models import ApiKey, Grant, Organisation, User
from server.accounts.permissions import NOWHERE, permitted, visible_organisations
from server.accounts.roles import Permission, Role
from server.audit.authorship import AuthorKind
from server.audit.models import AuditRecord


class OrganisationOrder(StrEnum):
    """The order of a list of organisations; each value is its columns, from their end with a minus."""

    NAME = "name id"
    NEWEST = "-created_at -id"
    OLDEST = "created_at id"


class ApiKeyOrder(StrEnum):
    """The order of a list of API keys; each value is its columns, from their end with a minus.

    Keys that were never used come last in any case.
    """

    NEWEST = "-id"
    OLDEST = "id"
    NAME = "name -id"
    RECENTLY_USED = "-last_used_at -id"


class GrantOrder(StrEnum):
    """The order of a list of grants; each value is a column, from its end with a minus, or the holder's name."""

    OLDEST = "id"
    NEWEST = "-id"
    HOLDER = "holder"


class AuditOrder(StrEnum):
    """The order of the audit log; each value is a column, from its end with a minus."""

    NEWEST = "-id"
    OLDEST = "id"


def viewer_user(author: Author) -> User | None:
    """The user that the author is; None for keys and for the server itself."""
    return User.objects.filter(pk=author.holder_id).first() if author.kind is AuthorKind.USER else None


def organisations(
    author: Author, *, text: str | None = None, order: OrganisationOrder = OrganisationOrder.NAME
) -> QuerySet[Organisation]:
    """The organisations that exist for the author, in this order; the text narrows."""
    organisations = Organisation.objects.filter(visible_organisations(author))
    if text:
        organisations = organisations.filter(name__icontains=text)
    return organisations.order_by(*order.split())


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


def api_keys_for(
    keys: QuerySet[ApiKey],
    author: Author,
    *,
    text: str | None = None,
    revoked: bool | None = None,
    order: ApiKeyOrder = ApiKeyOrder.NEWEST,
) -> QuerySet[ApiKey]:
    """Those of the keys that the author may manage, in this order; every other argument narrows."""
    keys = keys.filter(pk__in=api_keys(author).values("pk")).defer("digest")
    if text:
        keys = keys.filter(Q(name__icontains=text) | Q(prefix__icontains=text))
    if revoked is not None:
        keys = keys.filter(revoked_at__isnull=not revoked)
    if order is ApiKeyOrder.RECENTLY_USED:
        return keys.order_by(F("last_used_at").desc(nulls_last=True), "-id")
    return keys.order_by(*order.split())


def grants_for(
    grants: QuerySet[Grant],
    author: Author,
    *,
    roles: Collection[Role] | None = None,
    holder: tuple[str, int] | None = None,
    project_id: int | None = None,
    environment_id: int | None = None,
    order: GrantOrder = GrantOrder.OLDEST,
) -> QuerySet[Grant]:
    """Those of the grants that are in places where the author holds a role; every other argument narrows.

    ``holder`` is the kind and the key of a user or an API key.
    """
    grants = grants.filter(permitted(author, Permission.VIEW))
    if roles is not None:
        grants = grants.filter(role__in=roles)
    if holder is not None:
        grants = grants.filter(_held_by(*holder))
    if project_id is not None:
        grants = grants.filter(project_id=project_id)
    if environment_id is not None:
        grants = grants.filter(environment_id=environment_id)
    if order is GrantOrder.HOLDER:
        users_name = NullIf("user__name", Value(""))
        name = Coalesce(users_name, "user__email", "api_key__name", output_field=TextField())
        return grants.order_by(name, "id")
    return grants.order_by(order)


def _held_by(kind: str, key: int) -> Q:
    match kind:
        case AuthorKind.USER:
            return Q(user_id=key)
        case AuthorKind.API_KEY:
            return Q(api_key_id=key)
        case _:
            return NOWHERE


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
