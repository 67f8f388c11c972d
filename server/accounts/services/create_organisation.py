"""Creates organisations. Never by a machine: an organisation needs a person for its owner."""

from datetime import datetime

from django.db import transaction

from server.accounts.authors import Author
from server.accounts.history import grant_snapshot, record_grant, record_organisation
from server.accounts.inputs import name_problems, refuse_any
from server.accounts.models import Grant, Organisation, User
from server.accounts.roles import Role
from server.accounts.selectors.access import viewer_user
from server.errors import NotAllowed


class OnlyUsers(NotAllowed):
    """An organisation belongs to people; a key belongs to an organisation."""

    code = "ONLY_USERS"

    def __init__(self) -> None:
        super().__init__("Only a signed-in user may create an organisation, and becomes its owner.")


@transaction.atomic(durable=True)
def create_organisation(*, name: str, author: Author, now: datetime) -> Organisation:
    """Create an organisation and make the author its owner.

    Raises:
        OnlyUsers: the author is no user.
        InvalidInput: the name.
    """
    owner = viewer_user(author)
    if owner is None or not owner.is_active:
        raise OnlyUsers
    refuse_any(name_problems(name), "input")
    return found_organisation(name=name, owner=owner, author=author, now=now)


def found_organisation(*, name: str, owner: User, author: Author, now: datetime) -> Organisation:
    """Write a checked organisation with its first owner, and the audit rows, in the caller's transaction."""
    organisation = Organisation.objects.create(name=name, created_at=now)
    grant = Grant.objects.create(user=owner, role=Role.OWNER, organisation=organisation, created_at=now)
    record_organisation("organisation.create", organisation, author=author, before=None, now=now)
    record_grant("grant.create", grant, author=author, before=None, after=grant_snapshot(grant), now=now)
    return organisation
