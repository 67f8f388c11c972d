"""Recording: one statement for any number of batches, and all of them or none."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from server.events.models import OutboxBatch
from server.events.reading import Batch
from server.events.services.record_events import record_batches, record_events
from tests.events.sending import NOW, event, many, read
from tests.factories import new_world

pytestmark = pytest.mark.django_db


def test_a_batch_is_kept_as_it_was_read() -> None:
    here = new_world().environment.pk
    batch = read(event("a", properties={"t": "it's 100 %s \"\\ü😀"}), event("b"))

    record_events(environment_id=here, batch=batch, now=NOW)

    row = OutboxBatch.objects.get()
    assert (row.environment_id, row.received_at, row.events, row.block_id) == (here, NOW, 2, None)
    assert bytes(row.lines) == batch.lines
    assert row.size == len(batch.lines)
    assert tuple(digest.hex for digest in row.digests) == batch.digests


def test_any_number_of_batches_are_one_statement_in_their_order() -> None:
    here, there = new_world().environment.pk, new_world().environment.pk
    given = [(here, read(*many(3))), (there, read(*many(1, "t"))), (here, read(*many(20, "u"))), (here, read())]

    with CaptureQueriesContext(connection) as captured:
        record_batches(given, now=NOW)

    assert len(captured) == 1
    rows = OutboxBatch.objects.order_by("pk")
    assert [(row.environment_id, row.events, bytes(row.lines)) for row in rows] == [
        (environment_id, batch.events, batch.lines) for environment_id, batch in given[:3]
    ]


def test_nothing_to_record_asks_nothing_of_the_database() -> None:
    with CaptureQueriesContext(connection) as captured:
        record_batches([(1, Batch(b"", (), 0, ()))], now=NOW)
        record_batches([], now=NOW)

    assert len(captured) == 0


@pytest.mark.django_db(transaction=True)
def test_one_environment_that_is_gone_keeps_the_whole_group_from_being_recorded() -> None:
    here = new_world().environment.pk

    with pytest.raises(IntegrityError):
        record_batches([(here, read(event("a"))), (-1, read(event("b")))], now=NOW)

    assert not OutboxBatch.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_batch_is_recorded_with_the_callers_transaction_or_not_at_all() -> None:
    here = new_world().environment.pk
    with transaction.atomic():
        record_events(environment_id=here, batch=read(event("a")), now=NOW)
        transaction.set_rollback(True)

    assert not OutboxBatch.objects.exists()
