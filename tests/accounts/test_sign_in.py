"""Signing in with a password, and what happens to those who guess."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connections
from django.http import HttpRequest
from django.test import RequestFactory

from server.accounts.models import SignInAttempts, User
from server.accounts.sign_in import MAX_ATTEMPTS, WINDOW, TooManyAttempts, WrongCredentials, sign_in
from server.errors import Refusal
from tests.accounts.people import NOW, PASSWORD, a_user


def a_request() -> HttpRequest:
    request = RequestFactory().post("/sign-in")
    request.session = SessionStore()
    return request


def guess(email: str = "ada@shop.test", times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(WrongCredentials):
            sign_in(a_request(), email=email, password="wrong", now=NOW)


@pytest.mark.django_db
def test_the_right_password_makes_the_session_the_users() -> None:
    user = a_user()
    request = a_request()

    signed_in = sign_in(request, email=" Ada@Shop.test ", password=PASSWORD, now=NOW)

    assert signed_in == user
    assert request.session[SESSION_KEY] == str(user.pk)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("ada@shop.test", "wrong"),
        ("nobody@shop.test", PASSWORD),
        ("", ""),
        ("ada@shop.test\0", PASSWORD),
        ("ada@shop.test", "\ud800"),
        ("a" * 300, PASSWORD),
        ("ada@shop.test", "a" * 5000),
    ],
)
def test_wrong_credentials_are_told_the_same_way_whatever_is_wrong(email: str, password: str) -> None:
    a_user()
    request = a_request()

    with pytest.raises(WrongCredentials, match=r"^The e-mail address or the password is not right\.$"):
        sign_in(request, email=email, password=password, now=NOW)

    assert SESSION_KEY not in request.session


@pytest.mark.django_db
def test_who_is_deactivated_cannot_sign_in() -> None:
    a_user()
    User.objects.update(is_active=False)

    with pytest.raises(WrongCredentials):
        sign_in(a_request(), email="ada@shop.test", password=PASSWORD, now=NOW)


@pytest.mark.django_db
def test_after_too_many_attempts_not_even_the_right_password_counts_for_a_while() -> None:
    a_user()
    guess(times=MAX_ATTEMPTS)

    with pytest.raises(TooManyAttempts) as refused:
        sign_in(a_request(), email="ADA@shop.test", password=PASSWORD, now=NOW + timedelta(minutes=5, seconds=1))

    assert refused.value.retry_at == NOW + WINDOW
    assert refused.value.message == "Too many attempts to sign in. Try again in 10 minutes."
    assert sign_in(a_request(), email="ada@shop.test", password=PASSWORD, now=NOW + WINDOW)


@pytest.mark.django_db
def test_attempts_with_one_address_do_not_count_for_another() -> None:
    a_user()
    guess("bob@shop.test", times=MAX_ATTEMPTS)

    assert sign_in(a_request(), email="ada@shop.test", password=PASSWORD, now=NOW)


@pytest.mark.django_db
def test_an_address_that_is_nobodys_is_slowed_down_like_any_other() -> None:
    guess("nobody@shop.test", times=MAX_ATTEMPTS)

    with pytest.raises(TooManyAttempts):
        sign_in(a_request(), email="nobody@shop.test", password="wrong", now=NOW)


@pytest.mark.django_db
def test_signing_in_forgets_the_attempts_and_all_that_are_too_old_to_count() -> None:
    a_user()
    SignInAttempts.objects.create(email_digest="old", attempts=3, window_started_at=NOW - WINDOW)
    SignInAttempts.objects.create(email_digest="young", attempts=3, window_started_at=NOW)
    guess(times=MAX_ATTEMPTS - 1)

    sign_in(a_request(), email="ada@shop.test", password=PASSWORD, now=NOW)

    assert [known.email_digest for known in SignInAttempts.objects.all()] == ["young"]


@pytest.mark.django_db
def test_no_address_is_stored_as_it_was_typed() -> None:
    guess("ada@shop.test")

    assert "ada" not in SignInAttempts.objects.get().email_digest


def refusal_of(work: Callable[[], object]) -> str | None:
    try:
        work()
    except Refusal as refusal:
        return refusal.code
    finally:
        connections.close_all()
    return None


@pytest.mark.django_db(transaction=True)
def test_guesses_at_the_same_time_do_not_slip_past_the_limit() -> None:
    def one_guess() -> str | None:
        return refusal_of(lambda: sign_in(a_request(), email="ada@shop.test", password="wrong", now=NOW))

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda _: one_guess(), range(MAX_ATTEMPTS + 5)))

    assert told.count("WRONG_CREDENTIALS") == MAX_ATTEMPTS
    assert told.count("TOO_MANY_ATTEMPTS") == 5
