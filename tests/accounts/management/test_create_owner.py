"""``manage.py create_owner`` sets up the first owner, and prints no secret."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from server.accounts.models import Grant, User
from tests.accounts.people import PASSWORD, a_user

pytestmark = pytest.mark.django_db


def run(email: str = "ada@shop.test", organisation: str = "Shop", **options: str) -> str:
    out = StringIO()
    call_command("create_owner", email=email, organisation=organisation, stdout=out, **options)
    return out.getvalue()


def test_the_password_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAIRSPLIT_OWNER_PASSWORD", PASSWORD)

    printed = run(name="Ada")

    assert printed == "ada@shop.test owns Shop.\n"
    user = User.objects.get()
    assert (user.name, user.check_password(PASSWORD)) == ("Ada", True)
    assert Grant.objects.get().role == "OWNER"


def test_the_password_may_come_through_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FAIRSPLIT_OWNER_PASSWORD", raising=False)
    monkeypatch.setattr("sys.stdin", StringIO(f"{PASSWORD}\n"))

    run()

    user = User.objects.get()
    assert (user.name, user.check_password(PASSWORD)) == ("ada@shop.test", True)


def test_who_is_there_is_not_asked_for_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    user = a_user("ada@shop.test")

    run(organisation="Second shop")

    assert Grant.objects.get().user == user


def test_what_is_wrong_is_said_without_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAIRSPLIT_OWNER_PASSWORD", "hunter2")

    with pytest.raises(CommandError, match=r"^password: This password is too short") as refused:
        run()

    assert "hunter2" not in str(refused.value)
    assert User.objects.count() == 0
