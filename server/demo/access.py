"""Who works in the demo's shop, and with which keys. Never gives anyone access to anything else."""

from datetime import datetime

from django.db import transaction

from server.accounts.authors import Scope, system_author
from server.accounts.history import api_key_snapshot, record_api_key
from server.accounts.keys import digest_of, prefix_of
from server.accounts.models import ApiKey, Grant, Organisation, User
from server.accounts.roles import Role
from server.audit.models import AuditRecord

OWNER_EMAIL = "demo@fairsplit.test"
EDITOR_EMAIL = "editor@fairsplit.test"
KEY_NAME = "Demo"
"""Of the key that is printed when the demo starts."""

DEMO = system_author("demo")
KEY_ADDED = "api_key.create"


def demo_organisation() -> Organisation | None:
    """The organisation that the demo founded, whatever it is called by now and whoever is in it.

    Nobody but the server itself writes audit rows in this name, and nobody removes one:
    so the demo never takes for its own what somebody made to look like it.
    """
    keys = AuditRecord.objects.filter(author_kind=DEMO.kind, author_name=DEMO.name, action=KEY_ADDED).order_by("id")
    return Organisation.objects.filter(pk__in=keys.values("organisation_id")[:1]).first()


@transaction.atomic
def add_key(organisation: Organisation, key: str, *, now: datetime) -> ApiKey:
    """An owner's key that reads ``key``: the one thing that no service makes, for theirs are random."""
    api_key = ApiKey.objects.create(
        organisation=organisation,
        name=KEY_NAME,
        prefix=prefix_of(key),
        digest=digest_of(key),
        created_by=DEMO.name,
        created_at=now,
    )
    Grant.objects.create(api_key=api_key, role=Role.OWNER, organisation=organisation, created_at=now)
    after = {**api_key_snapshot(api_key), "role": Role.OWNER.value}
    scope = Scope(organisation.pk)
    record_api_key(KEY_ADDED, api_key, scope=scope, author=DEMO, before=None, after=after, now=now)
    return api_key


def let_in(organisation: Organisation, *, password: str, key: str, now: datetime) -> None:
    """Make sure that password and key open the demo, also after the data folder with the old ones is gone."""
    if ApiKey.objects.filter(digest=digest_of(key)).exists():
        return  # both were made together, and have been let in together
    add_key(organisation, key, now=now)
    for user in User.objects.filter(email__in=(OWNER_EMAIL, EDITOR_EMAIL)):
        user.set_password(password)
        user.save(update_fields=["password"])
