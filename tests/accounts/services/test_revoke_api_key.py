"""Revoking API keys: for good, and only by who owns all places of the key."""

import pytest

from server.accounts.authors import Author, Scope
from server.accounts.models import ApiKey, Organisation
from server.accounts.permissions import MissingRole
from server.accounts.refusals import AlreadyRevoked
from server.accounts.roles import Role
from server.accounts.selectors.authors import author_of_api_key
from server.accounts.services.revoke_api_key import revoke_api_key
from server.errors import NotFound, Reference
from tests.accounts.people import NOW, a_grant, a_member, a_project, an_api_key, an_organisation
from tests.accounts.rows import last_audit, nothing_written


def test_a_revoked_key_is_kept_and_holds_nothing(organisation: Organisation, owner: Author) -> None:
    key, _ = an_api_key(organisation)

    revoked = revoke_api_key(api_key_id=key.pk, author=owner, now=NOW)

    assert revoked == ApiKey.objects.get()
    assert ApiKey.objects.get().revoked_at == NOW
    assert author_of_api_key(key).grants == ()
    facts = {"name": "Deploys", "prefix": key.prefix, "expiresAt": None}
    assert last_audit() == {
        "action": "api_key.revoke",
        "author_name": "Owner",
        "object_type": "ApiKey",
        "object_name": "Deploys",
        "project_id": None,
        "before": {**facts, "revokedAt": None},
        "after": {**facts, "revokedAt": "2026-03-01T12:00:00+00:00"},
    }


def test_what_is_revoked_is_not_revoked_again(organisation: Organisation, owner: Author) -> None:
    key, _ = an_api_key(organisation, revoked_at=NOW)

    with nothing_written(), pytest.raises(AlreadyRevoked) as refused:
        revoke_api_key(api_key_id=key.pk, author=owner, now=NOW)

    assert refused.value.collides_with == Reference("ApiKey", key.pk, "Deploys")


def test_a_key_that_holds_nothing_any_more_can_be_revoked(organisation: Organisation, owner: Author) -> None:
    key, _ = an_api_key(organisation, role=None)

    assert revoke_api_key(api_key_id=key.pk, author=owner, now=NOW).revoked_at == NOW


def test_the_owner_of_a_project_revokes_the_keys_of_that_project_only(organisation: Organisation, shop: Scope) -> None:
    web, app = a_project(organisation, "Web"), a_project(organisation, "App")
    author = a_member(organisation, Role.OWNER, "web@shop.test", web)
    of_web, _ = an_api_key(organisation, scope=web)
    of_both, _ = an_api_key(organisation, scope=web)
    a_grant(of_both, Role.VIEWER, app)
    of_app, _ = an_api_key(organisation, scope=app)

    revoked = revoke_api_key(api_key_id=of_web.pk, author=author, now=NOW)

    assert revoked.revoked_at == NOW
    assert last_audit()["project_id"] == web.project_id
    with nothing_written(), pytest.raises(NotFound):
        revoke_api_key(api_key_id=of_app.pk, author=author, now=NOW)
    with nothing_written(), pytest.raises(NotFound, match="There is no project"):
        revoke_api_key(api_key_id=of_both.pk, author=author, now=NOW)


def test_who_owns_only_a_part_of_where_a_key_holds_may_not(organisation: Organisation, shop: Scope) -> None:
    web = a_project(organisation, "Web")
    author = a_member(organisation, Role.OWNER, "web@shop.test", web)
    key, _ = an_api_key(organisation, scope=web)
    a_grant(key, Role.VIEWER, shop)

    with nothing_written(), pytest.raises(MissingRole):
        revoke_api_key(api_key_id=key.pk, author=author, now=NOW)


def test_a_key_of_another_organisation_or_for_another_role_does_not_exist(
    organisation: Organisation, owner: Author
) -> None:
    elsewhere, _ = an_api_key(an_organisation("Bank"))
    key, _ = an_api_key(organisation)
    admin = a_member(organisation, Role.ADMIN, "admin@shop.test")

    for author, key_id in ((owner, elsewhere.pk), (owner, 0), (admin, key.pk)):
        with nothing_written(), pytest.raises(NotFound, match="There is no API key"):
            revoke_api_key(api_key_id=key_id, author=author, now=NOW)
