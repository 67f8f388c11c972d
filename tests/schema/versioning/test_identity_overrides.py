"""Identity overrides as a client sees them: set, listed, read alone, told in the audit log, and removed."""

from datetime import timedelta
from typing import Any

import pytest

from server.versioning.models import IdentityOverride
from tests.experimentation.acting import pause, start
from tests.factories import NOW, World, options_by_key
from tests.rows import unchanged
from tests.schema.api import Api, gid
from tests.schema.documents import REFUSAL
from tests.versioning.identities import force

OVERRIDE = """id targetingKey enabled option { id key value } value createdAt updatedAt
  flag { id version } author { id kind name }"""
SET = f"""mutation($input: SetIdentityOverrideInput!) {{
  setIdentityOverride(input: $input) {{ __typename ... on IdentityOverride {{ {OVERRIDE} }} {REFUSAL} }}
}}"""
REMOVE = f"""mutation($input: RemoveIdentityOverrideInput!) {{
  removeIdentityOverride(input: $input) {{ __typename ... on IdentityOverride {{ {OVERRIDE} }} {REFUSAL} }}
}}"""
LIST = """query($id: ID!, $order: IdentityOverrideOrder, $text: String, $option: ID, $enabled: Boolean, $by: ID) {
  node(id: $id) { ... on Flag {
    identityOverrides(order: $order, text: $text, optionId: $option, enabled: $enabled, authorId: $by) {
      totalCount edges { node { targetingKey } }
    }
  } }
}"""


def flag_of(world: World, feature: Any, key: str = "user-1", **fields: Any) -> dict[str, Any]:
    return {"environmentId": gid(world.environment), "featureId": gid(feature), "targetingKey": key, **fields}


def test_one_is_set_read_and_removed(world: World, api: Api) -> None:
    feature = world.feature()
    blue = options_by_key(feature)["blue"]

    made = api(SET, input=flag_of(world, feature, optionId=gid(blue)))["setIdentityOverride"]
    read = api(f"query($id: ID!) {{ node(id: $id) {{ ... on IdentityOverride {{ {OVERRIDE} }} }} }}", id=made["id"])
    changed = api(SET, input=flag_of(world, feature, value="white", enabled=False))["setIdentityOverride"]
    removed = api(REMOVE, input=flag_of(world, feature))["removeIdentityOverride"]

    flag = {"id": gid(world.flag(feature)), "version": 2}
    assert made == {
        "__typename": "IdentityOverride",
        "id": made["id"],
        "targetingKey": "user-1",
        "enabled": True,
        "option": {"id": gid(blue), "key": "blue", "value": "blue"},
        "value": None,
        "createdAt": made["createdAt"],
        "updatedAt": made["createdAt"],
        "flag": flag,
        "author": {"id": made["author"]["id"], "kind": "USER", "name": world.author.name},
    }
    assert {"__typename": "IdentityOverride", **read["node"]} == made
    now = {"enabled": False, "option": None, "value": "white", "updatedAt": changed["updatedAt"]}
    assert changed == {**made, **now, "flag": {**flag, "version": 3}}
    assert removed == {**changed, "flag": {**flag, "version": 4}}
    assert api("query($id: ID!) { node(id: $id) { id } }", id=made["id"]) == {"node": None}


@pytest.mark.parametrize(
    ("fields", "problems"),
    [
        ({}, [(["input"], "NOT_EXACTLY_ONE")]),
        ({"optionId": None}, [(["input"], "NOT_EXACTLY_ONE")]),
        ({"value": None}, [(["input", "value"], "NULL")]),
        ({"value": 3}, [(["input", "value"], "WRONG_TYPE")]),
        (
            {"optionId": "", "key": ""},
            [(["input", "targetingKey"], "BLANK"), (["input", "optionId"], "UNKNOWN_OPTION")],
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_path(
    world: World, api: Api, fields: dict[str, Any], problems: list[tuple[list[str], str]]
) -> None:
    feature = world.feature()

    with unchanged():
        told = api(SET, input=flag_of(world, feature, **fields))["setIdentityOverride"]

    assert told["__typename"] == "InvalidInput"
    assert [(problem["path"], problem["code"]) for problem in told["problems"]] == problems


def test_a_running_experiment_keeps_its_units_and_a_paused_one_does_not(world: World, api: Api) -> None:
    feature = world.feature()
    experiment = start(world, world.experiment(feature, name="Checkout"))

    with unchanged():
        told = api(SET, input=flag_of(world, feature, value="white"))["setIdentityOverride"]
    pause(world, experiment)
    done = api(SET, input=flag_of(world, feature, value="white"))["setIdentityOverride"]

    assert told == {
        "__typename": "Locked",
        "code": "LOCKED_BY_EXPERIMENT",
        "message": "The experiment “Checkout” is running: a new forced value would take its unit away from it.",
        "holder": {"type": "Experiment", "id": gid(experiment), "name": "Checkout"},
        "allowed": ["pauseExperiment first"],
    }
    assert done["__typename"] == "IdentityOverride"


def test_the_audit_log_tells_of_it_with_the_ids_of_the_api(world: World, api: Api) -> None:
    feature = world.feature()
    blue = options_by_key(feature)["blue"]
    force(world, feature, option=blue)

    query = "query($id: ID!) { auditLog(objectId: $id) { edges { node { action objectType before after } } } }"
    (edge,) = api(query, id=gid(world.flag(feature)))["auditLog"]["edges"]

    assert edge["node"] == {
        "action": "flag.set_identity_override",
        "objectType": "Flag",
        "before": None,
        "after": {"targetingKey": "user-1", "enabled": True, "option": {"id": gid(blue), "key": "blue"}, "value": None},
    }


def test_they_are_listed_in_every_order_and_narrowed(world: World, api: Api) -> None:
    feature = world.feature()
    blue = options_by_key(feature)["blue"]
    force(world, feature, "white", key="b-1")
    force(world, feature, option=blue, key="a-1")
    force(world, feature, "white", key="c-2", enabled=False)
    for day, (key, change) in enumerate({"b-1": 9, "a-1": 5, "c-2": 7}.items()):
        IdentityOverride.objects.filter(targeting_key=key).update(
            created_at=NOW + timedelta(days=day), updated_at=NOW + timedelta(days=change)
        )
    IdentityOverride.objects.filter(targeting_key="c-2").update(author_kind="SYSTEM", author_id=None)

    def listed(**asked: Any) -> list[str]:
        found = api(LIST, id=gid(world.flag(feature)), **asked)["node"]["identityOverrides"]
        assert found["totalCount"] == len(found["edges"])
        return [edge["node"]["targetingKey"] for edge in found["edges"]]

    by = api("{ auditLog(first: 1) { edges { node { author { id } } } } }")["auditLog"]["edges"][0]["node"]["author"]

    assert listed() == listed(order="TARGETING_KEY") == ["a-1", "b-1", "c-2"]
    assert listed(order="NEWEST") == ["c-2", "a-1", "b-1"]
    assert listed(order="OLDEST") == ["b-1", "a-1", "c-2"]
    assert listed(order="RECENTLY_UPDATED") == ["b-1", "c-2", "a-1"]
    assert listed(text="-1") == ["a-1", "b-1"]
    assert listed(option=gid(blue)) == ["a-1"]
    assert listed(enabled=False) == ["c-2"]
    assert listed(by=by["id"]) == ["a-1", "b-1"]
