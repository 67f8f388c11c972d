"""Founds an organisation from outside of the API, where there is nobody yet who could."""

from datetime import datetime

from django.db import transaction

from server.accounts.authors import system_author
from server.accounts.inputs import name_problems, refuse_any
from server.accounts.models import Organisation, User
from server.accounts.services.create_organisation import found_organisation
from server.accounts.services.create_user import add_user


@transaction.atomic(durable=True)
def create_owner(
    *, email: str, name: str, password: str | None, organisation_name: str, now: datetime
) -> tuple[User, Organisation]:
    """Create an organisation with an owner: who signs in with ``email``, or a new user.

    ``password`` and ``name`` are for the new user; somebody who is there keeps theirs.

    Raises:
        InvalidInput: the organisation's name, or the new user's address, name or password.
        EmailTaken: somebody else took the address at the same moment.
    """
    refuse_any(name_problems(organisation_name, "organisation"))
    owner = User.objects.filter(email=email.lower(), is_active=True).first()
    if owner is None:
        owner = add_user(email=email, name=name, password=password or "", now=now)
    organisation = found_organisation(
        name=organisation_name, owner=owner, author=system_author("create_owner"), now=now
    )
    return owner, organisation
