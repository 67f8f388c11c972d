"""Repeated SQL: the same results as ever, prepared once a connection, and again where that was lost."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import NotSupportedError, OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from server.database.repeated import MOST_PREPARED, PreparingConnection, Repeated
from server.web.database import database_settings

pytestmark = pytest.mark.django_db(transaction=True)

SQUARE = Repeated("SELECT n * n, '100 %%' FROM squared WHERE n = %s")


@pytest.fixture(autouse=True)
def _table() -> Iterator[None]:
    """A table of a test's own, on a connection of a test's own."""
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE squared (n smallint, name varchar(10))")
        cursor.execute("INSERT INTO squared SELECT n, 'no. ' || n FROM generate_series(1, 200) AS n")
    yield
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE squared")


def ask(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """What the statement finds."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def prepared() -> list[str]:
    """What PostgreSQL has prepared for this connection."""
    return [text for (text,) in ask("SELECT statement FROM pg_prepared_statements ORDER BY prepare_time")]


def test_repeated_sql_is_prepared_once_and_finds_what_it_is_asked_for() -> None:
    found = [ask(SQUARE, n) for n in (3, 4, 3)]

    assert found == [[(9, "100 %")], [(16, "100 %")], [(9, "100 %")]]
    (statement,) = prepared()
    assert statement.endswith("SELECT n * n, '100 %' FROM squared WHERE n = $1")


def test_other_sql_is_sent_as_ever() -> None:
    assert ask(str(SQUARE), 3) == [(9, "100 %")]
    assert prepared() == []


def test_sql_without_values_can_be_repeated() -> None:
    assert [ask(Repeated("SELECT count(*) FROM squared")) for _ in range(2)] == [[(200,)], [(200,)]]
    assert len(prepared()) == 1


def test_it_is_told_in_full_and_counts_as_one_statement() -> None:
    ask(SQUARE, 1)
    with CaptureQueriesContext(connection) as captured:
        ask(SQUARE, 3)

    assert [query["sql"] for query in captured] == ["SELECT n * n, '100 %' FROM squared WHERE n = 3"]


def test_what_was_prepared_in_a_transaction_outlives_its_rollback() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        ask(SQUARE, 3)
        raise ZeroDivisionError

    assert ask(SQUARE, 4) == [(16, "100 %")]
    assert len(prepared()) == 1


def test_a_new_connection_prepares_for_itself() -> None:
    ask(SQUARE, 3)
    connection.close()

    assert prepared() == []
    assert ask(SQUARE, 4) == [(16, "100 %")]


def test_the_statement_that_was_not_used_for_longest_makes_room() -> None:
    texts = [Repeated(f"SELECT n + {n} FROM squared WHERE n = %s") for n in range(MOST_PREPARED)]
    for text in [*texts, texts[0], SQUARE]:
        ask(text, 1)

    kept = prepared()

    assert len(kept) == MOST_PREPARED
    assert [any(f"n + {n} " in text for text in kept) for n in (0, 1, 2)] == [True, False, True]
    assert ask(texts[1], 5) == [(6,)]


def test_after_the_type_of_a_column_has_changed_one_request_fails_and_the_next_does_not() -> None:
    name = Repeated("SELECT name FROM squared WHERE n = %s")
    ask(name, 1)
    ask("ALTER TABLE squared ALTER COLUMN name TYPE varchar(20); SELECT 1")

    with pytest.raises(NotSupportedError, match="cached plan must not change result type"), transaction.atomic():
        ask(name, 1)

    assert [ask(name, n) for n in (1, 2)] == [[("no. 1",)], [("no. 2",)]]


def test_after_somebody_has_thrown_away_what_was_prepared_it_is_prepared_anew() -> None:
    ask(SQUARE, 3)
    ask("DEALLOCATE ALL; SELECT 1")

    with pytest.raises(OperationalError, match="does not exist"):
        ask(SQUARE, 3)

    assert ask(SQUARE, 4) == [(16, "100 %")]


def test_it_can_be_turned_off_for_a_pooler_that_lends_connections_for_a_transaction() -> None:
    url = "postgres://127.0.0.1/shop"
    on, off = database_settings(url)["OPTIONS"], database_settings(url, prepared_statements=False)["OPTIONS"]

    assert on["connection_factory"] is PreparingConnection
    assert set(on) - set(off) == {"connection_factory", "cursor_factory"}
