"""The shop that most tests of accounts are about: an organisation and its owner."""

import pytest

from server.accounts.authors import Author, Scope
from server.accounts.models import Organisation
from server.accounts.roles import Role
from tests.accounts.people import a_member, an_organisation


@pytest.fixture
def organisation(db: None) -> Organisation:
    return an_organisation()


@pytest.fixture
def shop(organisation: Organisation) -> Scope:
    return Scope(organisation.pk)


@pytest.fixture
def owner(organisation: Organisation) -> Author:
    return a_member(organisation, Role.OWNER, "owner@shop.test")
