"""Changes and revokes grants that there are. Never leaves an organisation without an owner."""

from datetime import datetime

from django.db import transaction

from server.accounts.authors import Author
from server.accounts.history import grant_snapshot, record_grant
from server.accounts.locks import lock_access
from server.accounts.models import Grant, Organisation
from server.accounts.permissions import authorise
from server.accounts.refusals import LastOwner
from server.accounts.roles import Permission, Role
from server.accounts.selectors.access import grants
from server.errors import NotFound


@transaction.atomic(durable=True)
def change_grant(*, grant_id: int, role: Role, author: Author, now: datetime) -> Grant:
    """Make it another role, in the same place and for the same holder.

    Raises:
        NotFound: no grant with this id that the author may see.
        MissingRole: the author does not own the place.
        LastOwner: the organisation would have no owner.
    """
    organisation, author, grant = _lock_grant(grant_id, author=author)
    authorise(author, Permission.MANAGE_ACCESS, grant.scope)
    if grant.role == role:
        return grant
    _keep_an_owner(organisation, without=grant)
    before = grant_snapshot(grant)
    grant.role = role
    grant.save(update_fields=["role"])
    record_grant("grant.update", grant, author=author, before=before, after=grant_snapshot(grant), now=now)
    return grant


@transaction.atomic(durable=True)
def revoke_grant(*, grant_id: int, author: Author, now: datetime) -> Grant:
    """Take a role away; what is given back is the grant that was.

    Raises:
        NotFound: no grant with this id that the author may see.
        MissingRole: the author does not own the place.
        LastOwner: the organisation would have no owner.
    """
    organisation, author, grant = _lock_grant(grant_id, author=author)
    authorise(author, Permission.MANAGE_ACCESS, grant.scope)
    _keep_an_owner(organisation, without=grant)
    record_grant("grant.delete", grant, author=author, before=grant_snapshot(grant), after=None, now=now)
    Grant.objects.filter(pk=grant.pk).delete()
    return grant


def _lock_grant(grant_id: int, *, author: Author) -> tuple[Organisation, Author, Grant]:
    """A grant as it is under the lock of its organisation."""
    organisation_id = grants(author).filter(pk=grant_id).values_list("organisation_id", flat=True).first()
    if organisation_id is None:
        raise NotFound("grant")
    organisation, author = lock_access(organisation_id, author=author)
    grant = grants(author).filter(pk=grant_id).first()
    if grant is None:
        raise NotFound("grant")
    return organisation, author, grant


def _keep_an_owner(organisation: Organisation, *, without: Grant) -> None:
    owners = Grant.objects.filter(organisation=organisation, role=Role.OWNER, project_id=None, user__is_active=True)
    if owners.filter(pk=without.pk).exists() and not owners.exclude(pk=without.pk).exists():
        raise LastOwner(organisation)
