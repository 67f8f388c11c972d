"""Work for one process at a time: others are told at once, and get in afterwards, whatever happened."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from django.db import OperationalError, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from server.database.alone import alone

pytestmark = pytest.mark.django_db(transaction=True)
WORK = "paint the fence"
TRY = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"


@pytest.fixture
def another() -> Iterator[BaseDatabaseWrapper]:
    """Another process, as PostgreSQL sees it."""
    made = connections.create_connection("default")
    with closing(made):
        yield made


def gets_in(another: BaseDatabaseWrapper, work: str = WORK) -> bool:
    with another.cursor() as cursor:
        cursor.execute(TRY, [work])
        return bool(cursor.fetchone()[0])


def test_whoever_is_at_the_work_is_alone_with_it(another: BaseDatabaseWrapper) -> None:
    with alone(WORK) as first:
        assert (first, gets_in(another)) == (True, False)
        assert gets_in(another, "paint the door")
    assert gets_in(another)


def test_whoever_comes_second_is_told_and_takes_nothing_away(another: BaseDatabaseWrapper) -> None:
    assert gets_in(another)
    with alone(WORK) as second:
        assert second is False
    with alone(WORK) as third:
        assert third is False


def test_others_get_in_after_a_failure(another: BaseDatabaseWrapper) -> None:
    with pytest.raises(ZeroDivisionError), alone(WORK):
        _ = 1 / 0
    assert gets_in(another)


def test_others_get_in_where_the_session_was_lost_in_the_middle(another: BaseDatabaseWrapper) -> None:
    with pytest.raises(OperationalError), alone(WORK), another.cursor() as cursor, connection.cursor() as ours:
        ours.execute("SELECT pg_backend_pid()")
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", ours.fetchone())
    assert gets_in(another)
