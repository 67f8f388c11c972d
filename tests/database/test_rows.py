"""Rows written with SQL that is made once: what Django would have written, and nothing else."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from server.audit.models import AuditRecord
from server.database.rows import count_up, insert, update
from server.features.models import Feature, Option, Segment, SegmentVersion
from server.projects.models import Environment
from server.versioning.models import FlagState, Lineage
from tests.factories import NOW, World, new_world

TEXT = 'it\'s 100 %s of "it"; -- “ü” \\'


@pytest.fixture
def world(db: None) -> World:
    """A world with one feature."""
    world = new_world()
    world.feature(key="colour")
    return world


def stored(row: Model) -> dict[str, Any]:
    """What the database has of the row."""
    found = type(row)._default_manager.get(pk=row.pk)
    return {field.attname: getattr(found, field.attname) for field in row._meta.concrete_fields}


def held(row: Model) -> dict[str, Any]:
    """What the row in hand knows."""
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def feature(world: World, key: str, *, value: Any = "grey", archived_at: datetime | None = None) -> Feature:
    """A feature that is not written yet."""
    return Feature(
        project=world.project,
        key=key,
        description=TEXT,
        value_type="JSON",
        default_value=value,
        archived_at=archived_at,
        created_at=NOW,
        updated_at=NOW,
    )


def test_a_row_is_written_as_it_is_and_gets_its_id(world: World) -> None:
    row = feature(world, "size", value={"a": [1, None, TEXT]}, archived_at=datetime(2026, 1, 2, tzinfo=UTC))

    insert(row)

    assert stored(row) == held(row)
    assert (row._state.adding, row._state.db) == (False, "default")


def test_several_rows_are_one_statement_and_each_gets_its_own_id(world: World) -> None:
    rows = [feature(world, f"size-{n}", value=[n], archived_at=NOW if n == 1 else None) for n in range(3)]

    with CaptureQueriesContext(connection) as captured:
        insert(*rows)

    assert len(captured) == 1
    assert [stored(row) for row in rows] == [held(row) for row in rows]
    assert len({row.pk for row in rows}) == 3


def test_a_column_may_be_null_in_every_row(world: World) -> None:
    rows = [
        AuditRecord(
            organisation_id=1,
            author_kind="SYSTEM",
            author_name=TEXT,
            action="test",
            object_type="Test",
            object_id=n,
            object_name="",
            created_at=NOW,
        )
        for n in range(2)
    ]

    insert(*rows)

    assert [stored(row) for row in rows] == [held(row) for row in rows]
    assert (rows[0].before, rows[0].project_id) == (None, None)


def test_what_the_database_adds_is_known_afterwards(world: World) -> None:
    lineage = Lineage.objects.latest("pk")
    rows = [FlagState(lineage=lineage, enabled=True, value=None if n else [n]) for n in range(1)]

    insert(*rows)

    with connection.cursor() as cursor:
        cursor.execute("SELECT txid_current()")
        assert rows[0].written_in == cursor.fetchone()[0]


def test_no_rows_are_no_statement(world: World) -> None:
    with CaptureQueriesContext(connection) as captured:
        insert()

    assert len(captured) == 0


def test_a_constraint_refuses_as_ever(world: World) -> None:
    with pytest.raises(IntegrityError, match="feature_key_unique"), transaction.atomic():
        insert(feature(world, "colour"))


def test_only_the_columns_that_are_named_are_written(world: World) -> None:
    row, other = feature(world, "size"), feature(world, "other")
    insert(row, other)
    row.default_value, row.description, row.server_only = [TEXT], "not written", True

    update(row, "default_value", "server_only")

    row.description = TEXT
    assert stored(row) == held(row)
    assert stored(other) == held(other)


def test_a_reference_is_written_by_its_name(world: World) -> None:
    segment = world.segment()
    version = SegmentVersion(
        segment=segment, number=9, rules={}, created_at=NOW, author_kind="SYSTEM", author_name="test"
    )
    insert(version)
    segment.current = version

    update(segment, "current")

    assert Segment.objects.get(pk=segment.pk).current == version


def test_a_row_that_is_gone_is_not_updated_in_silence(world: World) -> None:
    option = Option.objects.latest("pk")
    option.pk += 1

    with pytest.raises(DatabaseError, match="there is no Option"):
        update(option, "key")
    with pytest.raises(DatabaseError, match="there is no Option"):
        count_up(option, "default_allocation")


def test_a_number_is_counted_up_from_what_it_is_by_now(world: World) -> None:
    environment = Environment.objects.get(pk=world.environment.pk)
    Environment.objects.filter(pk=environment.pk).update(revision=41)

    count_up(environment, "revision")

    assert environment.revision == 42
    assert Environment.objects.get(pk=environment.pk).revision == 42
