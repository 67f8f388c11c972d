"""Granting roles: to users and keys, by who owns the place, once per place."""

from threading import Event
from time import monotonic, sleep

import pytest
from django.db import connection, transaction

from server.accounts.authors import Author, Scope
from server.accounts.models import Grant, Organisation, User
from server.accounts.permissions import MissingRole
from server.accounts.refusals import AlreadyGranted
from server.accounts.roles import Role
from server.accounts.services.grant_role import MAX_GRANTS, grant_role
from server.errors import InvalidInput, NotFound
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
from tests.accounts.rows import last_audit, nothing_written
from tests.races import race


def test_a_user_gets_a_role_by_address_whatever_its_case(organisation: Organisation, owner: Author) -> None:
    user = a_user("ada@shop.test")
    project = a_project(organisation)

    grant = grant_role(email="Ada@Shop.test", role=Role.EDITOR, scope=project, author=owner, now=NOW)

    stored = Grant.objects.get(user=user)
    assert stored == grant
    assert (stored.role, stored.scope, stored.api_key, stored.created_at) == ("EDITOR", project, None, NOW)
    assert last_audit() == {
        "action": "grant.create",
        "author_name": "Owner",
        "object_type": "Grant",
        "object_name": "ada@shop.test",
        "project_id": project.project_id,
        "before": None,
        "after": {
            "holder": "ada@shop.test",
            "role": "EDITOR",
            "projectId": project.project_id,
            "environmentId": None,
        },
    }


def test_a_key_gets_a_role_in_another_place_too(organisation: Organisation, owner: Author) -> None:
    key, _ = an_api_key(organisation)
    environment = an_environment(a_project(organisation))

    grant = grant_role(api_key_id=key.pk, role=Role.ADMIN, scope=environment, author=owner, now=NOW)

    assert (grant.api_key, grant.user, grant.scope) == (key, None, environment)
    assert Grant.objects.filter(api_key=key).count() == 2


def test_nobody_grants_more_than_what_they_have(organisation: Organisation, shop: Scope) -> None:
    a_user("ada@shop.test")
    project = a_project(organisation)
    admin = a_member(organisation, Role.ADMIN, "admin@shop.test")
    below = a_member(organisation, Role.OWNER, "below@shop.test", project)

    assert grant_role(email="ada@shop.test", role=Role.OWNER, scope=project, author=below, now=NOW)
    for author, scope in ((admin, shop), (admin, project), (below, shop)):
        with nothing_written(), pytest.raises(MissingRole):
            grant_role(email="ada@shop.test", role=Role.VIEWER, scope=scope, author=author, now=NOW)


@pytest.mark.parametrize("place", ["organisation", "project", "environment"])
def test_a_holder_has_one_role_in_a_place(place: str, organisation: Organisation, owner: Author) -> None:
    project = a_project(organisation)
    places = {
        "organisation": Scope(organisation.pk),
        "project": project,
        "environment": an_environment(project),
    }
    there = a_grant(a_user("ada@shop.test"), Role.VIEWER, places[place])

    with nothing_written(), pytest.raises(AlreadyGranted) as refused:
        grant_role(email="ada@shop.test", role=Role.EDITOR, scope=places[place], author=owner, now=NOW)

    assert refused.value.collides_with is not None
    assert (refused.value.collides_with.id, refused.value.code) == (there.pk, "ALREADY_GRANTED")


def test_a_holder_has_two_hundred_roles_in_an_organisation_at_most(organisation: Organisation, owner: Author) -> None:
    user, elsewhere = a_user("ada@shop.test"), an_organisation("Another")
    for number in range(MAX_GRANTS - 1):
        a_grant(user, Role.VIEWER, a_project(organisation, f"Project {number}"))
    a_grant(user, Role.VIEWER, Scope(elsewhere.pk))
    last, too_many = a_project(organisation, "Last"), a_project(organisation, "Too many")

    grant_role(email="ada@shop.test", role=Role.VIEWER, scope=last, author=owner, now=NOW)
    with nothing_written(), pytest.raises(InvalidInput) as refused:
        grant_role(email="ada@shop.test", role=Role.VIEWER, scope=too_many, author=owner, now=NOW)

    assert [(problem.path, problem.code) for problem in refused.value.problems] == [(("input",), "TOO_MANY")]


def test_exactly_one_holder_is_named(organisation: Organisation, shop: Scope, owner: Author) -> None:
    key, _ = an_api_key(organisation)

    for email, key_id in ((None, None), ("owner@shop.test", key.pk)):
        with nothing_written(), pytest.raises(InvalidInput) as refused:
            grant_role(email=email, api_key_id=key_id, role=Role.VIEWER, scope=shop, author=owner, now=NOW)

        assert [problem.code for problem in refused.value.problems] == ["EXACTLY_ONE"]


@pytest.mark.parametrize(
    ("email", "code"),
    [
        ("", "BLANK"),
        ("nobody", "NOT_AN_EMAIL"),
        ("a\0@shop.test", "BAD_TEXT"),
        ("a" * 250 + "@shop.test", "TOO_LONG"),
        ("nobody@shop.test", "UNKNOWN_USER"),
        ("gone@shop.test", "UNKNOWN_USER"),
    ],
)
def test_an_address_that_is_no_active_users_is_refused(email: str, code: str, shop: Scope, owner: Author) -> None:
    User.objects.filter(pk=a_user("gone@shop.test").pk).update(is_active=False)

    with nothing_written(), pytest.raises(InvalidInput) as refused:
        grant_role(email=email, role=Role.VIEWER, scope=shop, author=owner, now=NOW)

    assert [(p.path, p.code) for p in refused.value.problems] == [(("input", "email"), code)]


def test_a_key_that_is_revoked_or_elsewhere_does_not_exist(
    organisation: Organisation, shop: Scope, owner: Author
) -> None:
    bank = an_organisation("Bank")
    a_grant(User.objects.get(pk=owner.holder_id), Role.OWNER, Scope(bank.pk))
    revoked, _ = an_api_key(organisation, revoked_at=NOW)
    elsewhere, _ = an_api_key(bank)

    for key in (revoked, elsewhere):
        with nothing_written(), pytest.raises(NotFound, match="There is no API key"):
            grant_role(api_key_id=key.pk, role=Role.VIEWER, scope=shop, author=owner, now=NOW)


def test_a_place_of_another_organisation_does_not_exist(shop: Scope, owner: Author) -> None:
    a_user("ada@shop.test")
    project = a_project(an_organisation("Bank"))
    mixed = Scope(shop.organisation_id, project.project_id)

    for scope in (project, mixed):
        with nothing_written(), pytest.raises(NotFound):
            grant_role(email="ada@shop.test", role=Role.VIEWER, scope=scope, author=owner, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_a_role_that_is_granted_meanwhile_past_the_lock_is_a_conflict_too() -> None:
    organisation = an_organisation()
    owner = a_member(organisation, Role.OWNER, "owner@shop.test")
    user = a_user("ada@shop.test")

    def waiting() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            return bool(cursor.fetchone()[0])

    def first() -> None:
        with transaction.atomic():
            a_grant(user, Role.VIEWER, Scope(organisation.pk))
            written.set()
            until = monotonic() + 20
            while not waiting() and monotonic() < until:
                sleep(0.01)

    def second() -> Grant:
        assert written.wait(20)
        return grant_role(email="ada@shop.test", role=Role.EDITOR, scope=Scope(organisation.pk), author=owner, now=NOW)

    written = Event()
    _, refused = race(first, second)

    assert isinstance(refused, AlreadyGranted), refused
    assert (refused.collides_with, refused.message) == (None, "ada@shop.test has a role here already.")
    assert Grant.objects.get(user=user).role == "VIEWER"
