"""Founding an organisation from outside of the API, all or nothing."""

import pytest

from server.accounts.models import Grant, Organisation, User
from server.accounts.refusals import EmailTaken
from server.accounts.services.create_owner import create_owner
from server.audit.models import AuditRecord
from server.errors import InvalidInput
from tests.accounts.people import NOW, PASSWORD, a_user
from tests.accounts.rows import nothing_written

pytestmark = pytest.mark.django_db


def test_a_new_user_owns_a_new_organisation() -> None:
    user, organisation = create_owner(
        email="ada@shop.test", name="Ada", password=PASSWORD, organisation_name="Shop", now=NOW
    )

    grant = Grant.objects.get()
    assert (grant.user, grant.organisation, grant.role) == (user, organisation, "OWNER")
    assert user.check_password(PASSWORD)
    assert set(AuditRecord.objects.values_list("author_kind", "author_name")) == {("SYSTEM", "create_owner")}


def test_who_is_there_keeps_name_and_password() -> None:
    there = a_user("ada@shop.test")

    user, organisation = create_owner(
        email="ADA@shop.test", name="Other", password=None, organisation_name="Shop", now=NOW
    )

    there.refresh_from_db()
    assert user == there
    assert (there.name, there.check_password(PASSWORD)) == ("Ada", True)
    assert Organisation.objects.get() == organisation


def test_a_bad_organisation_leaves_no_user_behind() -> None:
    with nothing_written(), pytest.raises(InvalidInput) as refused:
        create_owner(email="ada@shop.test", name="Ada", password=PASSWORD, organisation_name="", now=NOW)

    assert [problem.path for problem in refused.value.problems] == [("organisation",)]


def test_a_new_user_needs_a_password() -> None:
    with nothing_written(), pytest.raises(InvalidInput) as refused:
        create_owner(email="ada@shop.test", name="Ada", password=None, organisation_name="Shop", now=NOW)

    assert [(p.path, p.code) for p in refused.value.problems] == [(("password",), "BLANK")]


def test_who_was_deactivated_gets_no_organisation() -> None:
    User.objects.filter(pk=a_user("ada@shop.test").pk).update(is_active=False)

    with nothing_written(), pytest.raises(EmailTaken):
        create_owner(email="ada@shop.test", name="Ada", password=PASSWORD, organisation_name="Shop", now=NOW)
