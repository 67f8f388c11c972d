"""Creating an organisation: its author becomes its owner; machines may not."""

import pytest

from server.accounts.authors import Scope, system_author
from server.accounts.models import Grant, Organisation, User
from server.accounts.permissions import may
from server.accounts.roles import Permission
from server.accounts.selectors.authors import author_of_api_key, author_of_user, refreshed
from server.accounts.services.create_organisation import OnlyUsers, create_organisation
from server.audit.models import AuditRecord
from server.errors import InvalidInput
from tests.accounts.people import NOW, a_user, an_api_key
from tests.accounts.rows import nothing_written


@pytest.mark.django_db
def test_a_user_becomes_the_owner_of_what_they_create() -> None:
    author = author_of_user(a_user())

    organisation = create_organisation(name="Shop", author=author, now=NOW)

    assert (organisation.name, organisation.created_at) == ("Shop", NOW)
    assert may(refreshed(author), Permission.MANAGE_ACCESS, Scope(organisation.pk))
    assert Grant.objects.count() == 1
    assert list(AuditRecord.objects.order_by("id").values_list("action", "object_name", "after")) == [
        ("organisation.create", "Shop", {"name": "Shop"}),
        (
            "grant.create",
            "ada@shop.test",
            {"holder": "ada@shop.test", "role": "OWNER", "projectId": None, "environmentId": None},
        ),
    ]


def test_neither_a_key_nor_the_server_itself_may(organisation: Organisation) -> None:
    key, _ = an_api_key(organisation)
    for author in (author_of_api_key(key), system_author("demo")):
        with nothing_written(), pytest.raises(OnlyUsers):
            create_organisation(name="Bank", author=author, now=NOW)


@pytest.mark.django_db
def test_who_was_deactivated_a_moment_ago_may_not() -> None:
    author = author_of_user(a_user())
    User.objects.update(is_active=False)

    with nothing_written(), pytest.raises(OnlyUsers):
        create_organisation(name="Bank", author=author, now=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "code"), [(" ", "BLANK"), ("a" * 201, "TOO_LONG"), ("a\0", "BAD_TEXT")])
def test_a_bad_name_is_refused(name: str, code: str) -> None:
    author = author_of_user(a_user())

    with nothing_written(), pytest.raises(InvalidInput) as refused:
        create_organisation(name=name, author=author, now=NOW)

    assert [(problem.path, problem.code) for problem in refused.value.problems] == [(("input", "name"), code)]
