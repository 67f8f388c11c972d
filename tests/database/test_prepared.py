"""Prepared queries: the rows of the plain queryset, for these values and this author, and for no others."""

import gc
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from weakref import ref

import pytest
from django.db import OperationalError, connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q, QuerySet
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from server.accounts.authors import Author
from server.database.prepared import PreparedQuery
from server.features.models import Feature, Option
from server.versioning.models import Flag, Placement
from server.versioning.selectors import visible_flags
from tests.factories import SYSTEM, World, new_world
from tests.races import race

TIMES = 200


def features_like(project_id: int, key: str) -> QuerySet[Feature]:
    """Features of the project with this key or this description, with their project."""
    found = Feature.objects.select_related("project").filter(Q(key=key) | Q(description=key), project_id=project_id)
    return found.order_by("key")


def seen_flags(environment_id: int, author: Author) -> QuerySet[Flag]:
    """The environment's flags that the author sees."""
    return Flag.objects.filter(visible_flags(author)).filter(environment_id=environment_id).order_by("id")


def locked_features(feature_id: int) -> QuerySet[Feature]:
    """The feature, locked."""
    return Feature.objects.select_for_update(no_key=True).filter(pk=feature_id)


@pytest.fixture
def world(db: None) -> World:
    """A world with three features, two of them with two options."""
    world = new_world()
    world.feature(key="colour", description="size")
    world.feature(key="size", description='it\'s 100 %s of "it"; --')
    world.feature(key="bare", options=())
    return world


@pytest.fixture
def threads_that_alternate() -> Iterator[None]:
    """Threads take turns after every few instructions, so that what they share is seen half-done."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


def columns(rows: list[Any]) -> list[dict[str, Any]]:
    """What each row holds, whatever was loaded with it."""
    return [{field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields} for row in rows]


def test_it_finds_the_rows_of_the_plain_queryset_in_its_order(world: World) -> None:
    prepared = PreparedQuery(features_like, int, str)

    found = prepared(world.project.pk, "size")

    assert [feature.key for feature in found] == ["colour", "size"]
    assert columns(found) == columns(list(features_like(world.project.pk, "size")))
    assert (found[0]._state.adding, found[0]._state.db) == (False, "default")


def test_what_is_selected_along_is_there_without_another_statement(world: World) -> None:
    found = PreparedQuery(features_like, int, str)(world.project.pk, "size")

    with CaptureQueriesContext(connection) as captured:
        assert [feature.project.name for feature in found] == ["Shop", "Shop"]
    assert len(captured) == 0


def test_it_finds_tuples_where_the_queryset_does(world: World) -> None:
    prepared = PreparedQuery(
        lambda key: Option.objects.filter(feature__key=key).order_by("key").values_list("key", "feature__key"), str
    )

    assert prepared("size") == [("blue", "size"), ("red", "size")]
    assert prepared("bare") == []


def test_each_call_reads_anew_and_makes_objects_of_its_own(world: World) -> None:
    prepared = PreparedQuery(features_like, int, str)
    first = prepared(world.project.pk, "bare")
    Feature.objects.filter(key="bare").update(description="changed since")

    second = prepared(world.project.pk, "bare")

    assert [first[0].description, second[0].description] == ["", "changed since"]


def test_each_call_has_its_own_values(world: World) -> None:
    prepared = PreparedQuery(features_like, int, str)

    keys = [[feature.key for feature in prepared(world.project.pk, key)] for key in ("bare", "size", "gone", "bare")]

    assert keys == [["bare"], ["colour", "size"], [], ["bare"]]
    assert prepared(new_world().project.pk, "bare") == []


def test_the_queryset_is_built_once_and_sent_each_time(world: World) -> None:
    built: list[tuple[int, str]] = []

    def build(project_id: int, key: str) -> QuerySet[Feature]:
        built.append((project_id, key))
        return features_like(project_id, key)

    prepared = PreparedQuery(build, int, str)
    with CaptureQueriesContext(connection) as captured:
        for key in ("bare", "size", "colour"):
            prepared(world.project.pk, key)

    assert (len(built), len(captured)) == (1, 3)


@pytest.mark.parametrize(
    "text", ['it\'s 100 %s of "it"; --', "%", "%s", "%(key)s", "'", "' OR 1=1 --", "\\", "stands for value 1", "“ü”"]
)
def test_text_is_taken_as_it_is(world: World, text: str) -> None:
    prepared = PreparedQuery(features_like, int, str)
    prepared(world.project.pk, "something else before")
    Feature.objects.filter(key="bare").update(description=text)

    found = prepared(world.project.pk, text)

    assert columns(found) == columns(list(features_like(world.project.pk, text)))
    assert "bare" in [feature.key for feature in found]


def test_authors_see_what_is_theirs_also_one_after_the_other(world: World) -> None:
    other = new_world()
    other.feature()
    prepared = PreparedQuery(seen_flags, int)

    def seen(author: Author, environment: int) -> list[int]:
        found = prepared(environment, variant=author)
        assert found == list(seen_flags(environment, author))
        return [flag.pk for flag in found]

    mine, theirs = world.environment.pk, other.environment.pk
    for _ in range(2):
        assert [len(seen(world.author, at)) for at in (mine, theirs)] == [3, 0]
        assert [len(seen(other.author, at)) for at in (mine, theirs)] == [0, 1]
        assert [len(seen(SYSTEM, at)) for at in (mine, theirs)] == [3, 1]


def test_an_author_whose_grants_changed_sees_by_the_new_ones(world: World) -> None:
    other = new_world()
    other.feature()
    prepared = PreparedQuery(seen_flags, int)
    assert len(prepared(world.environment.pk, variant=world.author)) == 3

    moved = replace(world.author, grants=other.author.grants)

    assert prepared(world.environment.pk, variant=moved) == []
    assert len(prepared(other.environment.pk, variant=moved)) == 1


def test_an_author_without_grants_sees_nothing_and_the_database_is_not_asked(world: World) -> None:
    stranger = replace(world.author, grants=())
    prepared = PreparedQuery(seen_flags, int)

    with CaptureQueriesContext(connection) as captured:
        assert prepared(world.environment.pk, variant=stranger) == []
        assert prepared(world.environment.pk, variant=stranger) == []

    assert len(captured) == 0


@pytest.mark.parametrize(
    ("build", "kinds"),
    [
        (lambda key: Feature.objects.filter(key__icontains=key), (str,)),
        (lambda key: Feature.objects.filter(default_value=key), (str,)),
        (lambda key: Feature.objects.filter(key=key.upper()), (str,)),
        (lambda number: Feature.objects.filter(key=number), (int,)),
        (lambda number: Feature.objects.order_by("pk")[:number], (int,)),
        (lambda feature_id, key: Feature.objects.filter(pk=feature_id), (int, str)),
    ],
    ids=["in a pattern", "as JSON", "made into another", "of another kind", "as a limit", "not used"],
)
def test_a_value_that_does_not_become_a_parameter_is_refused(
    world: World, build: Callable[..., QuerySet[Feature]], kinds: tuple[type, ...]
) -> None:
    values = [1 if kind is int else "size" for kind in kinds]

    with pytest.raises(ValueError, match="every value has to be a parameter of the query, as it is"):
        PreparedQuery(build, *kinds)(*values)


def test_a_column_too_small_for_what_is_compiled_with_is_refused_instead_of_finding_nothing(world: World) -> None:
    prepared = PreparedQuery(lambda priority: Placement.objects.filter(priority=priority), int)

    with pytest.raises(ValueError, match="the query finds nothing, whatever the values"):
        prepared(1)


def test_a_query_with_prefetches_is_refused_instead_of_going_without_them(world: World) -> None:
    prepared = PreparedQuery(lambda feature_id: Feature.objects.filter(pk=feature_id).prefetch_related("options"), int)

    with pytest.raises(ValueError, match="a prepared query takes no prefetches"):
        prepared(1)


@pytest.mark.parametrize("values", [(None, "size"), (1, None), ("1", "size"), (1, 2), (1,), (1, "size", "more"), ()])
def test_null_and_other_values_than_it_takes_are_refused_before_any_statement(
    world: World, values: tuple[Any, ...]
) -> None:
    with CaptureQueriesContext(connection) as captured, pytest.raises(TypeError, match="the query takes"):
        PreparedQuery(features_like, int, str)(*values)

    assert len(captured) == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("threads_that_alternate")
def test_threads_share_a_query_and_mix_up_neither_values_nor_connections(world: World) -> None:
    prepared = PreparedQuery(features_like, int, str)

    def ask(key: str, expected: list[str]) -> Callable[[], set[int]]:
        def often() -> set[int]:
            return set(backends(key, expected))

        return often

    def backends(key: str, expected: list[str]) -> Iterator[int]:
        for _ in range(TIMES):
            with transaction.atomic():
                assert [feature.key for feature in prepared(world.project.pk, key)] == expected
            yield connection.connection.get_backend_pid()

    answers = race(ask("bare", ["bare"]), ask("size", ["colour", "size"]))

    assert [len(answer) for answer in answers] == [1, 1]
    assert answers[0] != answers[1]


@pytest.mark.django_db(transaction=True)
def test_the_connection_that_it_was_compiled_on_is_let_go_of(world: World) -> None:
    prepared = PreparedQuery(features_like, int, str)

    def ask() -> tuple[list[str], "ref[BaseDatabaseWrapper]"]:
        return [feature.key for feature in prepared(world.project.pk, "bare")], ref(connections["default"])

    asked = [race(ask)[0] for _ in range(2)]
    gc.collect()

    assert [(keys, was_connection()) for keys, was_connection in asked] == [(["bare"], None)] * 2


@pytest.mark.django_db(transaction=True)
def test_rows_that_it_locks_are_locked_until_the_transaction_ends(world: World) -> None:
    prepared = PreparedQuery(locked_features, int)
    mine, other = Feature.objects.get(key="size"), Feature.objects.get(key="bare")

    def lock(feature: Feature) -> Callable[[], int]:
        def at_once() -> int:
            with transaction.atomic():
                return Feature.objects.select_for_update(nowait=True).get(pk=feature.pk).pk

        return at_once

    for _ in range(2):  # compiled, and compiled already
        with transaction.atomic():
            assert prepared.first(mine.pk) == mine
            refused, free = race(lock(mine), lock(other))
        assert isinstance(refused, OperationalError)
        assert "could not obtain lock" in str(refused)
        assert free == other.pk
        assert race(lock(mine)) == [mine.pk]


@pytest.mark.django_db(transaction=True)
def test_locks_are_refused_where_no_transaction_would_hold_them(world: World) -> None:
    prepared = PreparedQuery(locked_features, int)

    with pytest.raises(TransactionManagementError):
        prepared(1)
    with transaction.atomic():
        prepared(1)
    with pytest.raises(TransactionManagementError):
        prepared(1)
