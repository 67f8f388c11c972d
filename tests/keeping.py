"""Rows that all tests of a module find, made once: each test's own writes are rolled back to them. Knows no model."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker


@contextmanager
def kept_rows(blocker: DjangoDbBlocker) -> Iterator[None]:
    """What is written while this is entered stays for all tests until it is left, and then goes.

    For a fixture of a module whose tests each run in a transaction, which is a savepoint within this one.
    """
    atomic = transaction.atomic()
    atomic._from_testcase = True  # type: ignore[attr-defined]  # as Django's own, within which one may be durable
    with blocker.unblock(), atomic:
        yield
        transaction.set_rollback(True)
