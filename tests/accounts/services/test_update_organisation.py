"""Renaming an organisation: its owners may, and nothing is recorded when nothing changes."""

import pytest

from server.accounts.authors import Author, Scope
from server.accounts.models import Organisation
from server.accounts.permissions import MissingRole
from server.accounts.roles import Role
from server.accounts.services.update_organisation import update_organisation
from server.errors import InvalidInput, NotFound
from tests.accounts.people import NOW, a_member, a_project, an_organisation
from tests.accounts.rows import last_audit, nothing_written


def test_an_owner_renames_it(organisation: Organisation, owner: Author) -> None:
    update_organisation(organisation_id=organisation.pk, name="Store", author=owner, now=NOW)

    organisation.refresh_from_db()
    assert organisation.name == "Store"
    assert last_audit() == {
        "action": "organisation.update",
        "author_name": "Owner",
        "object_type": "Organisation",
        "object_name": "Store",
        "project_id": None,
        "before": {"name": "Shop"},
        "after": {"name": "Store"},
    }


def test_the_name_that_it_has_is_accepted_and_not_recorded(organisation: Organisation, owner: Author) -> None:
    with nothing_written():
        renamed = update_organisation(organisation_id=organisation.pk, name="Shop", author=owner, now=NOW)

    assert renamed == organisation


def test_an_admin_or_the_owner_of_one_project_may_not(organisation: Organisation, shop: Scope) -> None:
    admin = a_member(organisation, Role.ADMIN, "admin@shop.test")
    below = a_member(organisation, Role.OWNER, "below@shop.test", a_project(organisation))
    for author in (admin, below):
        with nothing_written(), pytest.raises(MissingRole):
            update_organisation(organisation_id=organisation.pk, name="", author=author, now=NOW)


def test_anothers_organisation_does_not_exist(owner: Author) -> None:
    bank = an_organisation("Bank")

    with nothing_written(), pytest.raises(NotFound):
        update_organisation(organisation_id=bank.pk, name="", author=owner, now=NOW)


def test_a_bad_name_is_refused(organisation: Organisation, owner: Author) -> None:
    with nothing_written(), pytest.raises(InvalidInput):
        update_organisation(organisation_id=organisation.pk, name="", author=owner, now=NOW)
