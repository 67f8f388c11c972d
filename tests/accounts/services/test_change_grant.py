"""Changing and revoking grants: by owners, and never so that an organisation has none."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from server.accounts.authors import Author, Scope
from server.accounts.models import Grant, Organisation, User
from server.accounts.permissions import MissingRole
from server.accounts.refusals import LastOwner
from server.accounts.roles import Role
from server.accounts.selectors.authors import author_of_api_key
from server.accounts.services.change_grant import change_grant, revoke_grant
from server.errors import NotFound, Reference, Refusal
from tests.accounts.people import NOW, a_grant, a_member, a_project, a_user, an_api_key, an_organisation
from tests.accounts.rows import last_audit, nothing_written


def grant_of(author: Author) -> Grant:
    return Grant.objects.get(user_id=author.holder_id)


def demote(grant: Grant, author: Author) -> object:
    return change_grant(grant_id=grant.pk, role=Role.ADMIN, author=author, now=NOW)


def revoke(grant: Grant, author: Author) -> object:
    return revoke_grant(grant_id=grant.pk, author=author, now=NOW)


Ending = Callable[[Grant, Author], object]
both_endings = pytest.mark.parametrize("end", [demote, revoke])


def facts(role: str) -> dict[str, object]:
    return {"holder": "ada@shop.test", "role": role, "projectId": None, "environmentId": None}


def test_a_grant_becomes_one_of_another_role(organisation: Organisation, owner: Author) -> None:
    grant = grant_of(a_member(organisation, Role.VIEWER, "ada@shop.test"))

    change_grant(grant_id=grant.pk, role=Role.EDITOR, author=owner, now=NOW)

    grant.refresh_from_db()
    assert grant.role == "EDITOR"
    assert last_audit() == {
        "action": "grant.update",
        "author_name": "Owner",
        "object_type": "Grant",
        "object_name": "ada@shop.test",
        "project_id": None,
        "before": facts("VIEWER"),
        "after": facts("EDITOR"),
    }


def test_the_role_that_it_has_is_accepted_and_not_recorded(owner: Author) -> None:
    with nothing_written():
        grant = change_grant(grant_id=grant_of(owner).pk, role=Role.OWNER, author=owner, now=NOW)

    assert grant.role == "OWNER"


def test_a_revoked_grant_is_gone_and_given_back_once_more(organisation: Organisation, owner: Author) -> None:
    grant = grant_of(a_member(organisation, Role.VIEWER, "ada@shop.test"))

    revoked = revoke_grant(grant_id=grant.pk, author=owner, now=NOW)

    assert (revoked.pk, revoked.role) == (grant.pk, "VIEWER")
    assert not Grant.objects.filter(pk=grant.pk).exists()
    assert last_audit() | {"object_name": ""} == {
        "action": "grant.delete",
        "author_name": "Owner",
        "object_type": "Grant",
        "object_name": "",
        "project_id": None,
        "before": facts("VIEWER"),
        "after": None,
    }


@both_endings
def test_the_last_owner_stays(end: Ending, organisation: Organisation, shop: Scope, owner: Author) -> None:
    a_grant(an_api_key(organisation, role=None)[0], Role.OWNER, shop)
    a_member(organisation, Role.OWNER, "below@shop.test", a_project(organisation))
    a_grant(a_user("gone@shop.test"), Role.OWNER, shop)
    User.objects.filter(email="gone@shop.test").update(is_active=False)

    with nothing_written(), pytest.raises(LastOwner) as refused:
        end(grant_of(owner), owner)

    assert refused.value.code == "LAST_OWNER"
    assert refused.value.collides_with == Reference("Organisation", organisation.pk, "Shop")
    assert grant_of(owner).role == "OWNER"


@both_endings
def test_not_even_a_key_ends_the_last_owner(
    end: Ending, organisation: Organisation, shop: Scope, owner: Author
) -> None:
    key, _ = an_api_key(organisation, role=Role.OWNER)

    with nothing_written(), pytest.raises(LastOwner):
        end(grant_of(owner), author_of_api_key(key))


@both_endings
def test_one_of_two_owners_may_go(end: Ending, organisation: Organisation, owner: Author) -> None:
    second = a_member(organisation, Role.OWNER, "second@shop.test")

    end(grant_of(second), second)

    assert Grant.objects.filter(role=Role.OWNER).count() == 1


@both_endings
def test_only_owners_of_the_place_may(end: Ending, organisation: Organisation, owner: Author) -> None:
    project = a_project(organisation)
    of_project = grant_of(a_member(organisation, Role.VIEWER, "ada@shop.test", project))
    admin = a_member(organisation, Role.ADMIN, "admin@shop.test")
    below = a_member(organisation, Role.OWNER, "below@shop.test", project)

    for author, grant in ((admin, grant_of(owner)), (admin, of_project)):
        with nothing_written(), pytest.raises(MissingRole):
            end(grant, author)
    with nothing_written(), pytest.raises(NotFound, match="There is no grant"):
        end(grant_of(owner), below)
    assert end(of_project, below)


@both_endings
def test_a_grant_of_another_organisation_does_not_exist(end: Ending, owner: Author) -> None:
    elsewhere = grant_of(a_member(an_organisation("Bank"), Role.VIEWER, "ada@bank.test"))

    with nothing_written(), pytest.raises(NotFound, match="There is no grant"):
        end(elsewhere, owner)


@pytest.mark.django_db(transaction=True)
@both_endings
def test_two_owners_who_end_each_other_at_once_leave_one(end: Ending) -> None:
    organisation = an_organisation()
    first = a_member(organisation, Role.OWNER, "first@shop.test")
    second = a_member(organisation, Role.OWNER, "second@shop.test")
    pairs = [(grant_of(first), second), (grant_of(second), first)]

    def attempt(pair: tuple[Grant, Author]) -> str:
        try:
            end(*pair)
        except Refusal as refusal:
            return refusal.code
        finally:
            connections.close_all()
        return "DONE"

    with ThreadPoolExecutor(2) as pool:
        told = sorted(pool.map(attempt, pairs))

    assert told[0] == "DONE"
    assert told[1] in {"NOT_ALLOWED", "NOT_FOUND"}
    assert Grant.objects.filter(role=Role.OWNER).count() == 1


@pytest.mark.django_db(transaction=True)
@both_endings
def test_two_owners_who_both_go_at_once_leave_one(end: Ending) -> None:
    organisation = an_organisation()
    owners = [a_member(organisation, Role.OWNER, f"{name}@shop.test") for name in ("first", "second")]

    def attempt(author: Author) -> str:
        try:
            end(grant_of(author), author)
        except Refusal as refusal:
            return refusal.code
        finally:
            connections.close_all()
        return "DONE"

    with ThreadPoolExecutor(2) as pool:
        told = sorted(pool.map(attempt, owners))

    assert told == ["DONE", "LAST_OWNER"]
    assert Grant.objects.filter(role=Role.OWNER).count() == 1
