"""Paging through a list: sizes, cursors, totals; a mistake is named."""

import base64
from typing import Any

import pytest

from server.features.models import Feature
from tests.factories import NOW, World
from tests.schema.api import Api, gid

LENGTH = 120
ROOT = """query($id: ID!, $first: Int!, $after: String) {
  features(projectId: $id, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { key } }
  }
}"""
NESTED = """query($id: ID!, $first: Int!, $after: String) {
  node(id: $id) { ... on Project { features(first: $first, after: $after) {
    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { key } }
  } } }
}"""
BELOW_A_LIST = """query($first: Int!, $after: String) {
  projects(first: 5) { edges { node { features(first: $first, after: $after) {
    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { key } }
  } } } }
}"""


@pytest.fixture
def keys(world: World) -> list[str]:
    """The keys of so many features, in the order of lists."""
    keys = [f"f{n:03}" for n in range(LENGTH)]
    Feature.objects.bulk_create(
        Feature(
            project=world.project, key=key, value_type="BOOLEAN", default_value=True, created_at=NOW, updated_at=NOW
        )
        for key in reversed(keys)
    )
    return keys


def page(api: Api, world: World, query: str, **paging: Any) -> dict[str, Any]:
    """One page of the features, wherever the query has them."""
    if query == BELOW_A_LIST:
        (edge,) = api(query, **paging)["projects"]["edges"]
        return dict(edge["node"]["features"])
    data = api(query, id=gid(world.project), **paging)
    return dict(data["features"] if query == ROOT else data["node"]["features"])


@pytest.mark.parametrize("query", [ROOT, NESTED, BELOW_A_LIST], ids=["root", "nested", "below a list"])
def test_pages_follow_each_other_to_the_end_and_miss_nothing(
    query: str, world: World, api: Api, keys: list[str]
) -> None:
    after: str | None = None
    read: list[str] = []
    sizes: list[int] = []
    more: list[bool] = []
    while not more or more[-1]:
        answer = page(api, world, query, first=50, after=after)
        info, after = answer["pageInfo"], answer["pageInfo"]["endCursor"]
        assert (answer["totalCount"], info["hasPreviousPage"]) == (LENGTH, bool(sizes))
        assert (info["startCursor"], info["endCursor"]) == (
            answer["edges"][0]["cursor"],
            answer["edges"][-1]["cursor"],
        )
        read += [edge["node"]["key"] for edge in answer["edges"]]
        sizes.append(len(answer["edges"]))
        more.append(info["hasNextPage"])

    assert (sizes, more) == ([50, 50, 20], [True, True, False])
    assert read == keys


@pytest.mark.parametrize("query", [ROOT, NESTED, BELOW_A_LIST], ids=["root", "nested", "below a list"])
def test_a_page_behind_the_end_and_a_page_of_none_are_empty(
    query: str, world: World, api: Api, keys: list[str]
) -> None:
    last = page(api, world, query, first=100, after=base64.b64encode(b"arrayconnection:19").decode())

    behind = page(api, world, query, first=50, after=last["pageInfo"]["endCursor"])
    none = page(api, world, query, first=0)

    assert len(last["edges"]) == 100
    assert (behind["edges"], behind["totalCount"], behind["pageInfo"]["hasNextPage"]) == ([], LENGTH, False)
    assert (none["edges"], none["totalCount"]) == ([], LENGTH)


def test_without_a_size_a_page_has_fifty(world: World, api: Api, keys: list[str]) -> None:
    query = "query($id: ID!) { features(projectId: $id) { edges { node { key } } } }"

    assert [edge["node"]["key"] for edge in api(query, id=gid(world.project))["features"]["edges"]] == keys[:50]


@pytest.mark.parametrize("query", [ROOT, NESTED], ids=["root", "nested"])
@pytest.mark.parametrize(
    ("paging", "code"),
    [
        ({"first": 101}, "BAD_PAGE_SIZE"),
        ({"first": -1}, "BAD_PAGE_SIZE"),
        ({"first": None}, "BAD_USER_INPUT"),
        ({"first": 5, "after": "nonsense"}, "BAD_CURSOR"),
        ({"first": 5, "after": "YXJyYXljb25uZWN0aW9uOi0x"}, "BAD_CURSOR"),
    ],
)
def test_a_mistake_is_named(query: str, paging: dict[str, Any], code: str, world: World, api: Api) -> None:
    assert api.codes(query, id=gid(world.project), **paging) == [code]
