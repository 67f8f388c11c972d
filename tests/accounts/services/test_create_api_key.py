"""Creating API keys: shown once, with one role in one place that its author owns."""

from datetime import timedelta

import pytest

from server.accounts.authors import Author, Scope, system_author
from server.accounts.keys import digest_of
from server.accounts.models import ApiKey, Grant, Organisation
from server.accounts.permissions import MissingRole
from server.accounts.roles import Role
from server.accounts.services.create_api_key import create_api_key
from server.audit.models import AuditRecord
from server.errors import InvalidInput, NotFound
from tests.accounts.people import NOW, a_member, a_project, an_environment, an_organisation
from tests.accounts.rows import last_audit, nothing_written


def test_a_key_holds_its_role_in_its_place(organisation: Organisation, owner: Author) -> None:
    environment = an_environment(a_project(organisation))
    tomorrow = NOW + timedelta(days=1)

    created = create_api_key(
        name="Deploys", role=Role.EDITOR, scope=environment, expires_at=tomorrow, author=owner, now=NOW
    )

    key = ApiKey.objects.get()
    assert created.api_key == key
    assert (key.name, key.created_by, key.expires_at) == ("Deploys", "Owner", tomorrow)
    assert (key.prefix, key.digest) == (created.key[4:12], digest_of(created.key))
    grant = Grant.objects.get(api_key=key)
    assert (grant.role, grant.scope) == ("EDITOR", environment)
    assert last_audit() == {
        "action": "api_key.create",
        "author_name": "Owner",
        "object_type": "ApiKey",
        "object_name": "Deploys",
        "project_id": environment.project_id,
        "before": None,
        "after": {
            "name": "Deploys",
            "prefix": key.prefix,
            "role": "EDITOR",
            "expiresAt": "2026-03-02T12:00:00+00:00",
            "revokedAt": None,
        },
    }


def test_neither_the_log_nor_what_is_printed_holds_the_key(shop: Scope, owner: Author) -> None:
    created = create_api_key(name="Deploys", role=Role.OWNER, scope=shop, author=owner, now=NOW)

    logged = str(list(AuditRecord.objects.values()))
    assert created.key not in logged + repr(created)
    assert created.api_key.digest not in logged


def test_the_server_itself_may(shop: Scope) -> None:
    created = create_api_key(name="Demo", role=Role.OWNER, scope=shop, author=system_author("demo"), now=NOW)

    assert created.api_key.created_by == "demo"


def test_only_owners_of_the_place_may(organisation: Organisation, shop: Scope) -> None:
    project = a_project(organisation)
    admin = a_member(organisation, Role.ADMIN, "admin@shop.test")
    below = a_member(organisation, Role.OWNER, "below@shop.test", project)

    assert create_api_key(name="Web", role=Role.OWNER, scope=project, author=below, now=NOW)
    for author, scope in ((admin, shop), (admin, project), (below, shop)):
        with nothing_written(), pytest.raises(MissingRole):
            create_api_key(name="Deploys", role=Role.VIEWER, scope=scope, author=author, now=NOW)


def test_a_role_that_was_taken_away_a_moment_ago_does_not_count(shop: Scope, owner: Author) -> None:
    Grant.objects.update(role=Role.VIEWER)

    with nothing_written(), pytest.raises(MissingRole):
        create_api_key(name="Deploys", role=Role.VIEWER, scope=shop, author=owner, now=NOW)


def test_all_that_is_wrong_with_the_input_is_told_at_once(shop: Scope, owner: Author) -> None:
    with nothing_written(), pytest.raises(InvalidInput) as refused:
        create_api_key(name="", role=Role.VIEWER, scope=shop, expires_at=NOW, author=owner, now=NOW)

    assert [(problem.path, problem.code) for problem in refused.value.problems] == [
        (("input", "name"), "BLANK"),
        (("input", "expiresAt"), "IN_THE_PAST"),
    ]


def test_anothers_organisation_does_not_exist(owner: Author) -> None:
    bank = Scope(an_organisation("Bank").pk)

    with nothing_written(), pytest.raises(NotFound):
        create_api_key(name="Deploys", role=Role.VIEWER, scope=bank, author=owner, now=NOW)


def test_a_place_that_is_not_of_this_organisation_does_not_exist(shop: Scope, owner: Author) -> None:
    elsewhere = a_project(an_organisation("Bank"))
    app = a_project(Organisation.objects.get(pk=shop.organisation_id), "App")
    web = an_environment(a_project(Organisation.objects.get(pk=shop.organisation_id), "Web"))
    mixed = Scope(shop.organisation_id, app.project_id, web.environment_id)

    for scope in (Scope(shop.organisation_id, elsewhere.project_id), mixed):
        with nothing_written(), pytest.raises(NotFound, match=f"There is no {scope.kind}"):
            create_api_key(name="Deploys", role=Role.VIEWER, scope=scope, author=owner, now=NOW)
