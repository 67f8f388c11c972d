"""What the database itself keeps true of accounts, whoever writes."""

import pytest
from django.db import IntegrityError, transaction

from server.accounts.authors import Scope
from server.accounts.models import Grant, Organisation, User
from server.accounts.roles import Role
from tests.accounts.people import NOW, a_grant, a_project, a_user, an_api_key, an_environment, an_organisation


def test_an_address_is_one_users_whatever_its_case(organisation: Organisation) -> None:
    a_user("ada@shop.test")

    with pytest.raises(IntegrityError, match="user_email_unique"), transaction.atomic():
        a_user("Ada@Shop.TEST")
    with pytest.raises(IntegrityError, match="user_email_is_lower_case"), transaction.atomic():
        User.objects.create(email="Bob@shop.test")

    assert User.objects.get_by_natural_key("ADA@shop.test").email == "ada@shop.test"


def test_a_grant_has_exactly_one_holder(organisation: Organisation) -> None:
    user, (key, _) = a_user(), an_api_key(organisation, role=None)

    for holders in ({}, {"user": user, "api_key": key}):
        with pytest.raises(IntegrityError, match="grant_has_one_holder"), transaction.atomic():
            Grant.objects.create(role=Role.VIEWER, organisation=organisation, created_at=NOW, **holders)


def test_a_holder_has_one_role_in_a_place(organisation: Organisation) -> None:
    user = a_user()
    project = a_project(organisation)
    for place in (Scope(organisation.pk), project, an_environment(project)):
        a_grant(user, Role.VIEWER, place)

        with pytest.raises(IntegrityError, match="grant_once_per_holder_and_place"), transaction.atomic():
            a_grant(user, Role.EDITOR, place)


def test_a_grant_for_an_environment_names_its_project(organisation: Organisation) -> None:
    with pytest.raises(IntegrityError, match="grant_environment_has_project"), transaction.atomic():
        Grant.objects.create(
            user=a_user(), role=Role.VIEWER, organisation=organisation, environment_id=1, created_at=NOW
        )


def test_a_grant_is_of_a_role_that_there_is(organisation: Organisation) -> None:
    with pytest.raises(IntegrityError, match="grant_role_is_known"), transaction.atomic():
        Grant.objects.create(user=a_user(), role="KING", organisation=organisation, created_at=NOW)


def test_a_key_holds_roles_in_its_own_organisation_only(organisation: Organisation) -> None:
    key, _ = an_api_key(organisation, role=None)

    with pytest.raises(IntegrityError, match="grant_key_of_organisation"), transaction.atomic():
        a_grant(key, Role.VIEWER, Scope(an_organisation("Bank").pk))
