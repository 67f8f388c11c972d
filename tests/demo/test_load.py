"""Loading the demo: once, all of it or nothing."""

import pytest
from django.contrib.auth import authenticate
from django.db import connection
from django.test import RequestFactory
from django.utils import timezone

from server.accounts.authentication import author_of
from server.accounts.authors import Author, HeldGrant, Scope
from server.accounts.keys import new_key
from server.accounts.models import ApiKey, Organisation, User
from server.accounts.refusals import EmailTaken
from server.accounts.roles import Role
from server.accounts.services.create_owner import create_owner
from server.accounts.services.create_user import create_user
from server.audit.authorship import AuthorKind
from server.demo.access import EDITOR_EMAIL, OWNER_EMAIL
from server.demo.load import DemoSecrets, load_demo
from tests.rows import unchanged

pytestmark = pytest.mark.django_db(transaction=True)

FEW = 20
"""Visitors, whose past is told in no time."""


def author_with(key: str) -> Author | None:
    return author_of(RequestFactory().get("/graphql", headers={"Authorization": f"Bearer {key}"}))


def test_loading_it_twice_writes_nothing_more(secrets: DemoSecrets) -> None:
    load_demo(secrets, visitors=FEW)

    with unchanged():
        load_demo(secrets, visitors=FEW)


def test_a_failure_halfway_leaves_nothing_and_the_next_load_all_of_it(secrets: DemoSecrets) -> None:
    in_the_way = create_user(email=EDITOR_EMAIL, name="Ed", password=secrets.password, now=timezone.now())

    with unchanged(), pytest.raises(EmailTaken):
        load_demo(secrets, visitors=FEW)

    assert connection.get_autocommit()
    in_the_way.delete()
    load_demo(secrets, visitors=FEW)
    assert Organisation.objects.count() == 1


def test_the_secrets_let_in_an_owner_of_the_demo_and_nothing_else(secrets: DemoSecrets) -> None:
    create_owner(
        email="eve@other.test", name="Eve", password=secrets.password, organisation_name="Other", now=timezone.now()
    )
    load_demo(secrets, visitors=FEW)

    organisation = Organisation.objects.get(name="Fairsplit Shop")
    key = ApiKey.objects.get(name="Demo")
    assert author_with(secrets.api_key) == Author(
        AuthorKind.API_KEY, key.pk, "Demo", (HeldGrant(Role.OWNER, Scope(organisation.pk)),)
    )
    assert key.prefix == secrets.api_key[4:12]
    for email in (OWNER_EMAIL, EDITOR_EMAIL):
        assert authenticate(username=email, password=secrets.password) == User.objects.get(email=email)


def test_new_secrets_open_the_demo_that_is_there(secrets: DemoSecrets) -> None:
    load_demo(secrets, visitors=FEW)
    Organisation.objects.update(name="Renamed since")
    new = DemoSecrets(password="another horse, another battery", api_key=new_key())

    load_demo(new, visitors=FEW)
    with unchanged():
        load_demo(new, visitors=FEW)

    organisation = Organisation.objects.get()
    author = author_with(new.api_key)
    assert author is not None
    assert author.grants == (HeldGrant(Role.OWNER, Scope(organisation.pk)),)
    assert authenticate(username=OWNER_EMAIL, password=new.password) is not None
    assert authenticate(username=OWNER_EMAIL, password=secrets.password) is None


def test_new_secrets_open_no_other_organisation_that_a_user_of_the_demo_is_in(secrets: DemoSecrets) -> None:
    older = Organisation.objects.create(name="Older", created_at=timezone.now())
    load_demo(secrets, visitors=FEW)
    user = User.objects.get(email=OWNER_EMAIL)
    user.grants.create(organisation=older, role=Role.VIEWER, created_at=timezone.now())

    load_demo(DemoSecrets(password=secrets.password, api_key=new_key()), visitors=FEW)

    assert not older.api_keys.exists()
    assert ApiKey.objects.filter(name="Demo").count() == 2


def test_the_secrets_are_not_shown_by_accident(secrets: DemoSecrets) -> None:
    assert repr(secrets) == "DemoSecrets()"
