"""Counts the rows of every table of accounts and audit, to show that a refusal wrote nothing."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps
from django.db.models import Model

from server.audit.models import AuditRecord


def row_counts() -> dict[str, int]:
    models: list[type[Model]] = [*apps.get_app_config("accounts").get_models(), AuditRecord]
    return {model.__name__: model._default_manager.count() for model in models}


@contextmanager
def nothing_written() -> Iterator[None]:
    before = row_counts()
    yield
    assert row_counts() == before


def last_audit() -> dict[str, object]:
    """What the newest audit row tells."""
    row = AuditRecord.objects.values(
        "action", "author_name", "object_type", "object_name", "project_id", "before", "after"
    ).first()
    assert row is not None
    return dict(row)
