"""The audit log is written in one statement, in the caller's transaction, and never changes after."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, InternalError, transaction
from pytest_django import DjangoAssertNumQueries

from server.audit.authorship import AuthorKind
from server.audit.models import AuditRecord
from server.audit.record import OutsideTransaction, record
from server.audit.request import request_id_var
from server.errors import Reference

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Somebody:
    kind: AuthorKind = AuthorKind.USER
    id: int | None = 7
    name: str = "Ada"


@dataclass(frozen=True)
class Somewhere:
    organisation_id: int = 1
    project_id: int | None = 2
    environment_id: int | None = 3


def record_something(scope: Somewhere | None = None) -> AuditRecord:
    return record(
        author=Somebody(),
        action="experiment.create",
        scope=scope or Somewhere(),
        object=Reference("Experiment", 42, "Blue button"),
        before=None,
        after={"name": "Blue button"},
        now=NOW,
    )


@pytest.mark.django_db
def test_a_record_says_who_did_what_to_what_where_and_when_in_one_statement(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(1):
        written = record_something()

    assert AuditRecord.objects.values().get() == {
        "id": written.pk,
        "organisation_id": 1,
        "project_id": 2,
        "environment_id": 3,
        "author_kind": "USER",
        "author_id": 7,
        "author_name": "Ada",
        "action": "experiment.create",
        "object_type": "Experiment",
        "object_id": 42,
        "object_name": "Blue button",
        "before": None,
        "after": {"name": "Blue button"},
        "created_at": NOW,
        "request_id": "",
    }


@pytest.mark.django_db
def test_what_was_not_there_before_is_null_and_not_a_json_null() -> None:
    record_something()

    assert AuditRecord.objects.filter(before__isnull=True, after__isnull=False).count() == 1


@pytest.mark.django_db
def test_a_record_carries_the_id_of_its_request() -> None:
    token = request_id_var.set("req-1")
    try:
        assert record_something().request_id == "req-1"
    finally:
        request_id_var.reset(token)


@pytest.mark.django_db(transaction=True)
def test_nothing_is_recorded_outside_of_a_transaction() -> None:
    with pytest.raises(OutsideTransaction, match=r"experiment\.create was to be recorded outside"):
        record_something()

    assert AuditRecord.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_record_goes_when_its_change_is_rolled_back() -> None:
    with pytest.raises(LookupError), transaction.atomic():
        record_something()
        raise LookupError

    assert AuditRecord.objects.count() == 0


@pytest.mark.django_db
def test_the_database_refuses_to_change_a_record() -> None:
    written = record_something()

    with (
        pytest.raises(InternalError, match=f"audit record {written.pk} is append-only: UPDATE is refused"),
        transaction.atomic(),
    ):
        AuditRecord.objects.filter(pk=written.pk).update(author_name="Nobody")

    assert AuditRecord.objects.get().author_name == "Ada"


@pytest.mark.django_db
def test_the_database_refuses_to_delete_a_record() -> None:
    written = record_something()

    with (
        pytest.raises(InternalError, match=f"audit record {written.pk} is append-only: DELETE is refused"),
        transaction.atomic(),
    ):
        AuditRecord.objects.all().delete()

    assert AuditRecord.objects.count() == 1


@pytest.mark.django_db
def test_a_record_of_an_environment_names_its_project() -> None:
    with pytest.raises(IntegrityError, match="audit_environment_has_project"), transaction.atomic():
        record_something(Somewhere(project_id=None))
