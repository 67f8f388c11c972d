"""Creating users: a sound address that nobody has, and a password that is not easily guessed."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from server.accounts.models import Grant, User
from server.accounts.refusals import EmailTaken
from server.accounts.services.create_user import create_user
from server.errors import InvalidInput
from tests.accounts.people import NOW, PASSWORD, a_user
from tests.accounts.rows import nothing_written


@pytest.mark.django_db
def test_a_user_is_stored_with_a_hashed_password_and_no_role() -> None:
    user = create_user(email="Ada@Shop.test", name="Ada", password=PASSWORD, now=NOW)

    assert (user.email, user.name, user.created_at, user.is_active) == ("ada@shop.test", "Ada", NOW, True)
    assert PASSWORD not in user.password
    assert user.check_password(PASSWORD)
    assert Grant.objects.count() == 0


@pytest.mark.django_db
def test_a_taken_address_is_refused_whatever_its_case() -> None:
    a_user("ada@shop.test")

    with pytest.raises(EmailTaken, match=r"There is a user with the address ADA@shop\.test already"):
        create_user(email="ADA@shop.test", name="Ada", password=PASSWORD, now=NOW)

    assert User.objects.count() == 1


@pytest.mark.django_db
def test_all_that_is_wrong_with_address_and_name_is_told_at_once() -> None:
    with nothing_written(), pytest.raises(InvalidInput) as refused:
        create_user(email="ada", name="", password=PASSWORD, now=NOW)

    assert [(problem.path, problem.code) for problem in refused.value.problems] == [
        (("email",), "NOT_AN_EMAIL"),
        (("name",), "BLANK"),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("", "BLANK"),
        ("qwertyuiop12", "WEAK_PASSWORD"),
        ("ada.lovelace@shop.test", "WEAK_PASSWORD"),
        ("short", "WEAK_PASSWORD"),
        ("a long one \0 with a NUL", "BAD_TEXT"),
        ("x" * 4097, "TOO_LONG"),
    ],
)
def test_a_bad_password_is_refused(password: str, code: str) -> None:
    with nothing_written(), pytest.raises(InvalidInput) as refused:
        create_user(email="ada.lovelace@shop.test", name="Ada", password=password, now=NOW)

    assert {(problem.path, problem.code) for problem in refused.value.problems} == {(("password",), code)}


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_with_one_address_the_second_is_refused() -> None:
    def attempt(email: str) -> str:
        try:
            create_user(email=email, name="Ada", password=PASSWORD, now=NOW)
        except EmailTaken as refusal:
            return refusal.code
        finally:
            connections.close_all()
        return "DONE"

    with ThreadPoolExecutor(2) as pool:
        told = sorted(pool.map(attempt, ["ada@shop.test", "ADA@shop.test"]))

    assert told == ["DONE", "EMAIL_TAKEN"]
    assert User.objects.count() == 1
