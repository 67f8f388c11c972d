"""Who works in the demo's shop, and with which keys. Never gives anyone access to anything else."""

from datetime import datetime

from django.db import transaction

from server.accounts.authors import Author, Scope, system_author
from server.accounts.history import api_key_snapshot, record_api_key
from server.accounts.keys import digest_of, prefix_of
from server.accounts.models import ApiKey, Grant, Organisation, User
from server.accounts.roles import Role

OWNER_EMAIL = "demo@fairsplit.test"
EDITOR_EMAIL = "editor@fairsplit.test"
KEY_NAME = "Demo"
"""Of the key that is printed when the demo starts."""

DEMO = system_author("demo")


def demo_organisation() -> Organisation | None:
    """The organisation that the demo made, whatever it is called by now."""
    founded = Organisation.objects.filter(grants__user__email=OWNER_EMAIL).order_by("id")
    return founded.first()


@transaction.atomic
def add_key(organisation: Organisation, key: str, *, author: Author = DEMO, now: datetime) -> ApiKey:
    """An owner's key that reads ``key``: the one thing that no service makes, for theirs are random."""
    api_key = ApiKey.objects.create(
        organisation=organisation,
        name=KEY_NAME,
        prefix=prefix_of(key),
        digest=digest_of(key),
        created_by=author.name,
        created_at=now,
    )
    Grant.objects.create(api_key=api_key, role=Role.OWNER, organisation=organisation, created_at=now)
    after = {**api_key_snapshot(api_key), "role": Role.OWNER.value}
    scope = Scope(organisation.pk)
    record_api_key("api_key.create", api_key, scope=scope, author=author, before=None, after=after, now=now)
    return api_key


def let_in(organisation: Organisation, *, password: str, key: str, now: datetime) -> None:
    """Make sure that password and key open the demo, also after the data folder with the old ones is gone."""
    if ApiKey.objects.filter(digest=digest_of(key)).exists():
        return  # both were made together, and have been let in together
    add_key(organisation, key, now=now)
    for user in User.objects.filter(email__in=(OWNER_EMAIL, EDITOR_EMAIL)):
        user.set_password(password)
        user.save(update_fields=["password"])
