"""Environment keys and allowed origins as a client sees them: the key is readable once."""

from typing import Any

import pytest

from server.accounts.keys import looks_like_key
from server.accounts.roles import Role
from server.projects.models import EnvironmentKey
from tests.factories import World, new_author
from tests.rows import unchanged
from tests.schema.api import Api, gid
from tests.schema.documents import REFUSAL

KEY = """id name kind prefix createdAt expiresAt revokedAt
  environment { id revision } author { id kind name }"""
CREATE = f"""mutation($input: CreateEnvironmentKeyInput!) {{
  createEnvironmentKey(input: $input) {{
    __typename ... on CreatedEnvironmentKey {{ key environmentKey {{ {KEY} }} }} {REFUSAL}
  }}
}}"""
REVOKE = f"""mutation($id: ID!) {{
  revokeEnvironmentKey(environmentKeyId: $id) {{ __typename ... on EnvironmentKey {{ {KEY} }} {REFUSAL} }}
}}"""
KEYS = """query($id: ID!, $order: EnvironmentKeyOrder, $kind: EnvironmentKeyKind, $revoked: Boolean, $text: String) {
  node(id: $id) { ... on Environment {
    keys(order: $order, kind: $kind, revoked: $revoked, text: $text) { totalCount edges { node { name } } }
  } }
}"""
ORIGINS = f"""mutation($id: ID!, $origins: [String!]) {{
  updateEnvironment(environmentId: $id, input: {{allowedOrigins: $origins}}) {{
    __typename ... on Environment {{ allowedOrigins revision }} {REFUSAL}
  }}
}}"""


def create(api: Api, world: World, name: str = "Web shop", kind: str = "CLIENT", **fields: Any) -> dict[str, Any]:
    request = {"environmentId": gid(world.environment), "name": name, "kind": kind, **fields}
    answer: dict[str, Any] = api(CREATE, input=request)["createEnvironmentKey"]
    return answer


def names(api: Api, world: World, **asked: Any) -> list[str]:
    found = api(KEYS, id=gid(world.environment), **asked)["node"]["keys"]
    assert found["totalCount"] == len(found["edges"])
    return [edge["node"]["name"] for edge in found["edges"]]


def test_the_answer_to_its_creation_is_the_one_place_that_tells_a_key(world: World, api: Api) -> None:
    created = create(api, world, expiresAt="2100-01-01T00:00:00+00:00")

    key = created["environmentKey"]
    stored = EnvironmentKey.objects.get()
    assert created["__typename"] == "CreatedEnvironmentKey"
    assert looks_like_key(created["key"], "fsc_")
    assert created["key"].startswith(f"fsc_{key['prefix']}")
    assert key == {
        "id": gid(stored),
        "name": "Web shop",
        "kind": "CLIENT",
        "prefix": stored.prefix,
        "createdAt": stored.created_at.isoformat(),
        "expiresAt": "2100-01-01T00:00:00+00:00",
        "revokedAt": None,
        "environment": {"id": gid(world.environment), "revision": 2},
        "author": {"id": key["author"]["id"], "kind": "USER", "name": world.author.name},
    }
    read = api(f"query($id: ID!) {{ node(id: $id) {{ ... on EnvironmentKey {{ {KEY} }} }} }}", id=key["id"])
    assert read["node"] == key


def test_a_revoked_key_is_still_there(world: World, api: Api) -> None:
    id = create(api, world)["environmentKey"]["id"]

    revoked = api(REVOKE, id=id)["revokeEnvironmentKey"]
    again = api(REVOKE, id=id)["revokeEnvironmentKey"]

    stored = EnvironmentKey.objects.get()
    assert stored.revoked_at is not None
    assert (revoked["revokedAt"], revoked["environment"]["revision"]) == (stored.revoked_at.isoformat(), 3)
    assert (again["code"], again["collidesWith"]) == (
        "ALREADY_REVOKED",
        {"type": "EnvironmentKey", "id": id, "name": "Web shop"},
    )
    assert names(api, world) == ["Web shop"]


def test_the_list_is_ordered_and_narrowed(world: World, api: Api) -> None:
    create(api, world, "booking")
    create(api, world, "catalogue", "SERVER")
    api(REVOKE, id=create(api, world, "accounts")["environmentKey"]["id"])

    assert names(api, world) == ["accounts", "catalogue", "booking"]
    assert names(api, world, order="OLDEST") == ["booking", "catalogue", "accounts"]
    assert names(api, world, order="NAME") == ["accounts", "booking", "catalogue"]
    assert names(api, world, kind="SERVER") == ["catalogue"]
    assert names(api, world, revoked=False) == ["catalogue", "booking"]
    assert names(api, world, text="BOOKING") == ["booking"]


def test_who_does_not_administer_the_environment_meets_no_keys(world: World, api: Api) -> None:
    id = create(api, world)["environmentKey"]["id"]
    editor = Api(new_author(world.organisation, Role.EDITOR))

    with unchanged():
        assert create(editor, world)["code"] == "NOT_ALLOWED"
        assert editor(REVOKE, id=id)["revokeEnvironmentKey"]["field"] == "environmentKeyId"
    assert names(editor, world) == []
    assert editor("query($id: ID!) { node(id: $id) { id } }", id=id) == {"node": None}


def test_what_is_wrong_with_a_new_key_is_told_with_its_place(world: World, api: Api) -> None:
    with unchanged():
        told = create(api, world, name="", expiresAt="2020-01-01T00:00:00Z")
        elsewhere = create(api, world, environmentId=gid(world.project))

    assert [(problem["path"], problem["code"]) for problem in told["problems"]] == [
        (["input", "name"], "BLANK"),
        (["input", "expiresAt"], "IN_THE_PAST"),
    ]
    assert (elsewhere["__typename"], elsewhere["field"]) == ("NotFound", "environmentId")


@pytest.mark.parametrize(
    ("asked", "kept"),
    [({"origins": ["*"]}, ["*"]), ({"origins": []}, []), ({"origins": None}, ["https://a.example"])],
)
def test_allowed_origins_are_replaced_and_null_keeps_them(
    asked: dict[str, Any], kept: list[str], world: World, api: Api
) -> None:
    api(ORIGINS, id=gid(world.environment), origins=["https://a.example"])

    answer = api(ORIGINS, id=gid(world.environment), **asked)["updateEnvironment"]

    assert answer["allowedOrigins"] == kept
    assert answer["revision"] == (2 if asked["origins"] is None else 3)


def test_an_origin_that_is_none_is_told_with_its_position(world: World, api: Api) -> None:
    with unchanged():
        told = api(ORIGINS, id=gid(world.environment), origins=["*", "https://a.example", "https://b.example/"])

    (problem,) = told["updateEnvironment"]["problems"]
    assert (problem["path"], problem["code"]) == (["input", "allowedOrigins", "2"], "NOT_AN_ORIGIN")
