"""Who may read who has access: in the places of their own roles, and never what a key reads."""

import pytest

from server.accounts.authors import Author, Scope, system_author
from server.accounts.models import ApiKey, Organisation
from server.accounts.roles import Role
from server.accounts.selectors.access import api_keys, audit_records, grants, organisations, viewer_user
from server.accounts.selectors.authors import author_of_api_key, author_of_user, refreshed
from server.audit.models import AuditRecord
from server.audit.record import record
from server.errors import Reference
from tests.accounts.people import (
    NOW,
    a_grant,
    a_member,
    a_project,
    a_user,
    an_api_key,
    an_environment,
    an_organisation,
)


@pytest.fixture
def web(organisation: Organisation) -> Scope:
    return a_project(organisation, "Web")


def names(author: Author) -> list[str]:
    return [str(grant.user) for grant in grants(author)]


def test_grants_are_read_where_one_holds_a_role(organisation: Organisation, owner: Author, web: Scope) -> None:
    production = an_environment(web)
    editor = a_member(organisation, Role.EDITOR, "editor@shop.test", web)
    viewer = a_member(organisation, Role.VIEWER, "viewer@shop.test", production)
    banker = a_member(an_organisation("Bank"), Role.OWNER, "banker@bank.test")

    assert names(owner) == ["Owner", "Editor", "Viewer"]
    assert names(editor) == ["Editor", "Viewer"]
    assert names(viewer) == ["Viewer"]
    assert names(banker) == ["Banker"]
    assert names(system_author("worker")) == ["Owner", "Editor", "Viewer", "Banker"]


def test_keys_are_read_by_who_may_revoke_them(organisation: Organisation, owner: Author, web: Scope) -> None:
    of_shop, _ = an_api_key(organisation)
    of_web, _ = an_api_key(organisation, scope=web)
    of_nothing, _ = an_api_key(organisation, role=None)
    elsewhere, _ = an_api_key(an_organisation("Bank"))
    admin = a_member(organisation, Role.ADMIN, "admin@shop.test")
    below = a_member(organisation, Role.OWNER, "below@shop.test", web)

    assert set(api_keys(owner)) == {of_shop, of_web, of_nothing}
    assert set(api_keys(below)) == {of_web}
    assert set(api_keys(admin)) == set()
    assert set(api_keys(system_author("worker"))) == {of_shop, of_web, of_nothing, elsewhere}


def test_a_key_with_two_roles_is_listed_once_and_without_its_digest(
    organisation: Organisation, owner: Author, web: Scope
) -> None:
    key, _ = an_api_key(organisation)
    a_grant(key, Role.VIEWER, web)

    assert list(api_keys(owner)) == [key]
    assert api_keys(owner)[0].get_deferred_fields() == {"digest"}


def test_organisations_are_those_where_one_holds_any_role(
    organisation: Organisation, owner: Author, web: Scope
) -> None:
    an_organisation("Bank")
    narrow = a_member(organisation, Role.VIEWER, "narrow@shop.test", an_environment(web))

    assert list(organisations(owner)) == list(organisations(narrow)) == [organisation]
    assert list(organisations(author_of_user(a_user("stranger@shop.test")))) == []


def test_the_log_is_read_where_one_holds_a_role(
    organisation: Organisation, owner: Author, shop: Scope, web: Scope
) -> None:
    production, staging = an_environment(web), an_environment(web, "Staging")
    for scope in (shop, web, production, staging, Scope(an_organisation("Bank").pk)):
        reference = Reference("Thing", 1, scope.kind)
        record(author=owner, action="x", scope=scope, object=reference, before=None, after=None, now=NOW)
    in_production = a_member(organisation, Role.VIEWER, "production@shop.test", production)
    in_web = a_member(organisation, Role.VIEWER, "web@shop.test", web)

    def read(author: Author) -> list[int | None]:
        return [row.environment_id or row.project_id for row in audit_records(author)]

    assert read(owner) == [staging.environment_id, production.environment_id, web.project_id, None]
    assert read(in_web) == [staging.environment_id, production.environment_id, web.project_id]
    assert read(in_production) == [production.environment_id]
    assert audit_records(system_author("worker")).count() == AuditRecord.objects.count() == 5


def test_the_viewer_is_the_user_behind_the_author(organisation: Organisation, owner: Author) -> None:
    key, _ = an_api_key(organisation)

    viewer = viewer_user(owner)
    assert viewer is not None
    assert viewer.email == "owner@shop.test"
    assert viewer_user(author_of_api_key(key)) is None
    assert viewer_user(system_author("worker")) is None


def test_a_refreshed_author_holds_the_roles_of_now(organisation: Organisation, owner: Author) -> None:
    key, _ = an_api_key(organisation, role=Role.OWNER)
    machine = author_of_api_key(key)
    assert refreshed(owner) == owner
    assert refreshed(machine) == machine

    ApiKey.objects.update(revoked_at=NOW)
    viewer = viewer_user(owner)
    assert viewer is not None
    viewer.is_active = False
    viewer.save()

    assert refreshed(owner).grants == refreshed(machine).grants == ()
    assert refreshed(system_author("worker")) == system_author("worker")
