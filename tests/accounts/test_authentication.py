"""Who a request comes from, and how few statements it takes to know."""

from datetime import timedelta

import pytest
from django.contrib.auth import login
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from server.accounts.authentication import (
    Authentication,
    authentication_failure_of,
    authentication_of,
    author_of,
)
from server.accounts.authors import Author, HeldGrant, Scope
from server.accounts.models import ApiKey, Organisation, User
from server.accounts.roles import Role
from server.audit.authorship import AuthorKind
from tests.accounts.people import a_grant, a_project, a_user, an_api_key, an_organisation


def a_request(*, key: str | None = None, header: str | None = None, session: str = "") -> HttpRequest:
    """A request as it is after the session's middlewares."""
    request = RequestFactory().get("/graphql")
    request.COOKIES["sessionid"] = session
    if key is not None:
        header = f"Bearer {key}"
    if header is not None:
        request.META["HTTP_AUTHORIZATION"] = header
    SessionMiddleware(lambda r: HttpResponse()).process_request(request)
    AuthenticationMiddleware(lambda r: HttpResponse()).process_request(request)
    return request


def a_session(user: User) -> str:
    """A stored session of a user who is signed in."""
    request = a_request()
    login(request, user)
    request.session.save()
    assert isinstance(request.session, SessionStore)
    return request.session.session_key or ""


def test_a_user_with_a_session_is_known_in_three_statements(
    organisation: Organisation, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    user = a_user()
    project = a_project(organisation)
    a_grant(user, Role.VIEWER, Scope(organisation.pk))
    a_grant(user, Role.EDITOR, project)
    request = a_request(session=a_session(user))

    with django_assert_num_queries(3):
        author = author_of(request)

    assert author == Author(
        AuthorKind.USER,
        user.pk,
        "Ada",
        (HeldGrant(Role.VIEWER, Scope(organisation.pk)), HeldGrant(Role.EDITOR, project)),
    )


@pytest.mark.django_db(transaction=True)
def test_a_key_is_known_in_one_statement_and_its_use_noted_in_one_more(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    organisation = an_organisation()
    key, text = an_api_key(organisation)
    a_grant(key, Role.VIEWER, a_project(organisation))

    with django_assert_num_queries(2):
        author = author_of(a_request(key=text))
    with django_assert_num_queries(1):
        assert author_of(a_request(key=text)) == author

    assert author is not None
    assert (author.kind, author.id, author.name) == (AuthorKind.API_KEY, key.pk, "Deploys")
    assert [held.role for held in author.grants] == [Role.EDITOR, Role.VIEWER]


def test_nothing_is_asked_before_somebody_wants_to_know_nor_twice(
    organisation: Organisation, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    _, text = an_api_key(organisation)

    with django_assert_num_queries(0):
        request = a_request(key=text)
    author = author_of(request)
    with django_assert_num_queries(0):
        assert author_of(request) is author
        assert authentication_failure_of(request) is None


def test_a_stranger_is_neither_an_author_nor_a_failure(
    organisation: Organisation, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert authentication_of(a_request()) == Authentication(None, None)


def test_who_was_deactivated_is_a_stranger(organisation: Organisation) -> None:
    user = a_user()
    session = a_session(user)
    User.objects.update(is_active=False)

    assert authentication_of(a_request(session=session)) == Authentication(None, None)


def test_a_new_password_ends_the_sessions_of_the_old_one(organisation: Organisation) -> None:
    user = a_user()
    session = a_session(user)
    user.set_password("another long password")
    user.save()

    assert author_of(a_request(session=session)) is None


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer ", f"Token fsk_{'a' * 43}", f"fsk_{'a' * 43}", ""],
)
def test_a_header_that_is_none_of_ours_is_told_without_a_look_up(
    header: str, organisation: Organisation, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        told = authentication_of(a_request(header=header))

    assert told == Authentication(None, 'The Authorization header must read "Bearer", then an API key.')


@pytest.mark.parametrize("key", ["fsk_nope", "abc", "\x00", f"fsk_{'a' * 44}"])
def test_what_is_no_key_is_told_without_a_look_up(
    key: str, organisation: Organisation, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        told = authentication_of(a_request(key=key))

    assert told == Authentication(None, "This is not an API key: one is fsk_ and 43 characters.")


def test_a_key_that_is_nobodys_is_told(organisation: Organisation) -> None:
    told = authentication_of(a_request(key=f"fsk_{'a' * 43}"))

    assert told == Authentication(None, "There is no such API key.")


def test_a_key_does_not_count_from_the_moment_of_its_expiry(organisation: Organisation) -> None:
    _, text = an_api_key(organisation)
    ApiKey.objects.update(expires_at=timezone.now() + timedelta(hours=1))
    assert author_of(a_request(key=text)) is not None

    ApiKey.objects.update(expires_at=timezone.now())

    assert authentication_of(a_request(key=text)) == Authentication(None, "This API key has expired.")


def test_a_revoked_key_does_not_count(organisation: Organisation) -> None:
    _, text = an_api_key(organisation, revoked_at=timezone.now())

    assert authentication_of(a_request(key=text)) == Authentication(None, "This API key was revoked.")


def test_a_key_without_a_role_is_an_author_who_sees_nothing(organisation: Organisation) -> None:
    key, text = an_api_key(organisation, role=None)

    assert author_of(a_request(key=text)) == Author(AuthorKind.API_KEY, key.pk, "Deploys", ())


def test_with_a_key_the_session_does_not_count(organisation: Organisation) -> None:
    session = a_session(a_user())
    key, text = an_api_key(organisation)

    with_key = author_of(a_request(key=text, session=session))
    with_bad_key = author_of(a_request(key="nonsense", session=session))

    assert with_key is not None
    assert (with_key.kind, with_key.id) == (AuthorKind.API_KEY, key.pk)
    assert with_bad_key is None


def test_basic_credentials_belong_to_a_proxy_in_front(organisation: Organisation) -> None:
    user = a_user()

    author = author_of(a_request(header="Basic YTpi", session=a_session(user)))

    assert author is not None
    assert author.id == user.pk


@pytest.mark.django_db(transaction=True)
def test_the_last_use_of_a_key_is_written_at_most_every_five_minutes() -> None:
    key, text = an_api_key(an_organisation())
    author_of(a_request(key=text))
    key.refresh_from_db()
    first = key.last_used_at
    assert first is not None
    assert timezone.now() - first < timedelta(minutes=1)

    author_of(a_request(key=text))
    key.refresh_from_db()
    assert key.last_used_at == first

    ApiKey.objects.update(last_used_at=first - timedelta(minutes=6))
    author_of(a_request(key=text))
    key.refresh_from_db()
    assert key.last_used_at is not None
    assert key.last_used_at > first


@pytest.mark.django_db(transaction=True)
def test_the_last_use_is_never_written_in_somebodys_transaction() -> None:
    key, text = an_api_key(an_organisation())

    with transaction.atomic():
        assert author_of(a_request(key=text)) is not None

    key.refresh_from_db()
    assert key.last_used_at is None


@pytest.mark.django_db(transaction=True)
def test_a_database_that_takes_no_writes_does_not_stop_a_key(caplog: pytest.LogCaptureFixture) -> None:
    key, text = an_api_key(an_organisation())
    caplog.set_level("WARNING", logger="server.accounts.authentication")
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
    try:
        author = author_of(a_request(key=text))
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = off")

    assert author is not None
    assert f"The last use of API key {key.pk} could not be written down" in caplog.text
