"""No organisation reads or writes anything of another, by any operation and any id of the schema."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from pytest_django.plugin import DjangoDbBlocker

from server.accounts.authors import Author
from server.features.models import Segment, SegmentVersion
from server.schema.ids import decode_any
from server.schema.nodes import NAMES
from tests.keeping import kept_rows
from tests.rows import unchanged
from tests.schema.api import Api, gid
from tests.schema.calls import CALLS, MUTATION_CALLS, QUERY_CALLS
from tests.schema.crawling import crawl
from tests.schema.tenants import ORGANISATION_OF, Tenant, new_tenant
from tests.schema.walking import (
    MUTATIONS,
    NODE_TYPES,
    OPERATIONS,
    QUERIES,
    SCHEMA,
    at,
    document,
    everything,
    id_positions_of,
    ids_in,
    with_value,
)

pytestmark = pytest.mark.django_db

MINE, THEIRS = "mineMine", "theirsTheirs"
TAKE_IDS = [name for name in OPERATIONS if id_positions_of(name)]
UNKNOWN = {"UNKNOWN_OPTION", "UNKNOWN_SEGMENT", "NO_OVERRIDE", "UNKNOWN_METRIC"}


@pytest.fixture(scope="module")
def kept(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[str, Tenant]]:
    with kept_rows(django_db_blocker):
        yield {mark: new_tenant(mark) for mark in (MINE, THEIRS)}


@pytest.fixture
def mine(kept: dict[str, Tenant]) -> Tenant:
    return deepcopy(kept[MINE])


@pytest.fixture
def theirs(kept: dict[str, Tenant]) -> Tenant:
    return deepcopy(kept[THEIRS])


def who_asks(tenant: Tenant) -> list[Author]:
    return [tenant.owner, tenant.key]


def traces(answer: Any, tenant: Tenant) -> list[str]:
    """What of the tenant stands anywhere in the answer: its mark, and the ids of its objects."""
    text = json.dumps(answer).casefold()
    ids = [id for of_type in tenant.ids.values() for id in of_type]
    return [trace for trace in (tenant.mark, *ids) if trace.casefold() in text]


def is_empty(answer: Any) -> bool:
    """Whether a query found nothing."""
    if isinstance(answer, list):
        return all(item.get("count") == 0 for item in answer)
    return answer is None or answer.get("edges") == []


def is_unknown(answer: dict[str, Any]) -> bool:
    """Whether a mutation says that there is no such thing."""
    if answer["__typename"] == "InvalidInput":
        return {problem["code"] for problem in answer["problems"]} <= UNKNOWN
    return bool(answer["__typename"] == "NotFound")


def finds_nothing(operation: str, answer: Any) -> bool:
    """Whether the answer is what somebody gets who asks for what is not there."""
    return is_unknown(answer) if operation in MUTATIONS else is_empty(answer)


def read(api: Api, type_name: str, id: str) -> Any:
    """All that the object has, or None."""
    kind = SCHEMA.get_type(type_name)
    assert kind is not None
    query = f"query($id: ID!) {{ node(id: $id) {{ id ... on {type_name} {everything(kind)} }} }}"
    return api(query, id=id)["node"]


def ids_of_gates(tenant: Tenant) -> set[str]:
    """The segments of experiments, and their versions: rollouts show them, and nothing else."""
    segments = Segment.objects.filter(project=tenant.project, is_system=True)
    versions = SegmentVersion.objects.filter(segment__in=segments)
    return {gid(row) for row in (*segments, *versions)}


def test_the_walk_knows_every_operation_and_every_type_of_object() -> None:
    assert sorted(QUERY_CALLS) == sorted(QUERIES)
    assert sorted(MUTATION_CALLS) == sorted(MUTATIONS)
    assert sorted(NAMES.values()) == NODE_TYPES
    assert sorted(NAMES[model] for model in ORGANISATION_OF) == NODE_TYPES


def test_the_walk_gives_every_operation_an_id_wherever_it_takes_one(mine: Tenant) -> None:
    given = {
        operation: {place for call in calls(mine) for place, _ in ids_in(operation, call)}
        for operation, calls in CALLS.items()
    }

    assert given == {operation: id_positions_of(operation) for operation in OPERATIONS}


def test_a_tenant_has_every_type_of_object(theirs: Tenant) -> None:
    assert [type_name for type_name, ids in theirs.ids.items() if not ids] == []


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_calls_of_the_walk_work_for_the_tenant_itself(operation: str, mine: Tenant) -> None:
    api = Api(mine.owner)

    for call in CALLS[operation](mine):
        answer = api(document(operation, call), **call)[operation]

        if operation in MUTATIONS:
            assert answer["__typename"] not in ("NotFound", "InvalidInput", "NotAllowed", "Conflict", "Locked"), answer
        else:
            assert operation == "viewer" or not is_empty(answer)


def test_with_all_ids_of_another_tenant_no_operation_finds_or_writes_anything(mine: Tenant, theirs: Tenant) -> None:
    calls = [(operation, call) for operation in TAKE_IDS for call in CALLS[operation](theirs)]

    with unchanged():
        for operation, call in calls:
            for author in who_asks(mine):
                answer = Api(author)(document(operation, call), **call)[operation]

                assert traces(answer, theirs) == [], operation
                assert finds_nothing(operation, answer), (operation, answer)


def test_one_id_of_another_tenant_among_ones_own_is_found_nowhere(mine: Tenant, theirs: Tenant) -> None:
    api = Api(mine.owner)
    calls = [(operation, call) for operation in TAKE_IDS for call in CALLS[operation](mine)]

    with unchanged():
        for operation, call in calls:
            for place, position in ids_in(operation, call):
                type_name, _ = decode_any(at(call, position))
                for foreign in theirs.ids[type_name][:6]:
                    mixed = with_value(call, position, foreign)
                    answer = api(document(operation, mixed), **mixed)[operation]

                    assert traces(answer, theirs) == [], (place, foreign)
                    assert finds_nothing(operation, answer), (place, answer)


def test_no_object_of_another_tenant_is_a_node(mine: Tenant, theirs: Tenant) -> None:
    for author in who_asks(mine):
        for type_name, ids in theirs.ids.items():
            assert [read(Api(author), type_name, id) for id in ids] == [None] * len(ids), type_name


def test_every_object_of_ones_own_is_a_node_but_the_segments_of_experiments(mine: Tenant) -> None:
    for type_name, ids in mine.ids.items():
        found = [id for id in ids if read(Api(mine.owner), type_name, id) is not None]

        assert found == [id for id in ids if id not in ids_of_gates(mine)], type_name


def test_whoever_reads_all_that_there_is_meets_nothing_of_another_tenant(mine: Tenant, theirs: Tenant) -> None:
    for author in who_asks(mine):
        answers = crawl(Api(author))

        assert traces(answers, theirs) == []
        ids = {type_name: set(ids) - ids_of_gates(mine) for type_name, ids in mine.ids.items()}
        read = {type_name: {id for id in answers if decode_any(id)[0] == type_name} for type_name in ids}
        assert read == ids
