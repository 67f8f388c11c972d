"""Renames organisations; nothing else of them ever changes."""

from datetime import datetime

from django.db import transaction

from server.accounts.authors import Author, Scope
from server.accounts.history import Snapshot, record_organisation
from server.accounts.inputs import name_problems, refuse_any
from server.accounts.locks import lock_access
from server.accounts.models import Organisation
from server.accounts.permissions import authorise
from server.accounts.roles import Permission


@transaction.atomic(durable=True)
def update_organisation(*, organisation_id: int, name: str, author: Author, now: datetime) -> Organisation:
    """Give an organisation another name.

    Raises:
        NotFound: no organisation with this id that the author may see.
        MissingRole: the author does not own it.
        InvalidInput: the name.
    """
    organisation, author = lock_access(organisation_id, author=author)
    authorise(author, Permission.MANAGE_ACCESS, Scope(organisation_id))
    refuse_any(name_problems(name), "input")
    if name != organisation.name:
        before: Snapshot = {"name": organisation.name}
        organisation.name = name
        organisation.save(update_fields=["name"])
        record_organisation("organisation.update", organisation, author=author, before=before, now=now)
    return organisation
