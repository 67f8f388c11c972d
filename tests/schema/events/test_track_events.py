"""Events by GraphQL: the same that applications send over HTTP, with the same answers."""

import json
from typing import Any

import pytest
from django.test import override_settings

from server.accounts.roles import Role
from server.events.models import OutboxBatch
from server.events.services.track_events import MOST_EVENTS
from tests.factories import World, new_author
from tests.rows import unchanged
from tests.schema.api import Api, gid
from tests.schema.documents import REFUSAL

pytestmark = pytest.mark.django_db

TRACK = f"""mutation($id: ID!, $events: [EventInput!]!, $sentAt: DateTime) {{
  trackEvents(environmentId: $id, events: $events, sentAt: $sentAt) {{
    __typename ... on TrackedEvents {{ accepted rejected {{ index id code path message }} }} {REFUSAL}
  }}
}}"""
MET = {"id": "met", "targetingKey": "u", "flag": "checkout", "variant": "blue", "experiment": "wording", "phase": 2}
EXPOSURE = {"exposure": {**MET, "inExperiment": True, "properties": {"page": "cart", "cold": False, "depth": 2.0}}}
PURCHASE = {"event": {"id": "did", "targetingKey": "u", "name": "purchase", "value": 12.5}}


def track(api: Api, world: World, *events: Any, **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = api(TRACK, id=gid(world.environment), events=list(events), **more)["trackEvents"]
    return answer


def stored(world: World) -> list[dict[str, Any]]:
    batch = OutboxBatch.objects.get(environment=world.environment)
    return [json.loads(line) for line in bytes(batch.lines).split(b"\n")]


def test_events_are_in_the_outbox_as_an_application_would_have_sent_them(world: World, api: Api) -> None:
    assert track(api, world, EXPOSURE, PURCHASE) == {"__typename": "TrackedEvents", "accepted": 2, "rejected": []}

    exposure, purchase = stored(world)
    assert [exposure[column] for column in ("event_id", "flag", "variant", "experiment", "phase")] == [
        *("met", "checkout", "blue", "wording", 2)
    ]
    assert exposure["properties"] == {"page": "cart", "cold": "false", "depth": "2"}
    assert (purchase["name"], purchase["value"], purchase["targeting_key"]) == ("purchase", 12.5, "u")


def test_what_is_wrong_with_one_event_does_not_keep_the_others(world: World, api: Api) -> None:
    wrong = {"event": {"id": "bad", "targetingKey": " ", "name": "purchase"}}
    answer = track(api, world, wrong, PURCHASE)

    (rejected,) = answer["rejected"]
    assert answer["accepted"] == 1
    assert (rejected["index"], rejected["id"], rejected["path"]) == (0, "bad", ["targetingKey"])
    assert [event["event_id"] for event in stored(world)] == ["did"]


def test_a_clock_that_is_wrong_is_put_right_by_when_it_says_that_it_sent(world: World, api: Api) -> None:
    late = {"event": {**PURCHASE["event"], "time": "2020-01-01T00:00:00Z"}}

    assert track(api, world, late)["rejected"][0]["code"] == "TOO_OLD"
    assert track(api, world, late, sentAt="2020-01-01T00:00:01Z")["accepted"] == 1


def test_an_event_is_exactly_one_thing(world: World, api: Api) -> None:
    for event in ({}, {**EXPOSURE, **PURCHASE}):
        assert api.codes(TRACK, id=gid(world.environment), events=[event])


def test_too_many_events_are_refused_as_a_whole(world: World, api: Api) -> None:
    events = [{"event": {"id": f"e-{n}", "targetingKey": "u", "name": "view"}} for n in range(MOST_EVENTS + 1)]
    with unchanged():
        answer = track(api, world, *events)

    (problem,) = answer["problems"]
    assert (answer["__typename"], problem["path"], problem["code"]) == ("InvalidInput", ["events"], "TOO_MANY")


def test_who_may_not_edit_here_tracks_nothing(world: World) -> None:
    viewer = Api(new_author(world.organisation, Role.VIEWER))
    with unchanged():
        answer = track(viewer, world, PURCHASE)

    assert (answer["__typename"], answer["code"]) == ("NotAllowed", "NOT_ALLOWED")


@pytest.mark.parametrize(
    ("setting", "value", "code"),
    [("OUTBOX_MAX_BYTES", 0, "OUTBOX_FULL"), ("WAREHOUSE_URL", "snowflake://account", "WAREHOUSE_READ_ONLY")],
)
def test_where_no_events_are_taken_these_are_refused(
    world: World, api: Api, setting: str, value: object, code: str
) -> None:
    with override_settings(**{setting: value}), unchanged():
        answer = track(api, world, PURCHASE)

    assert (answer["__typename"], answer["code"]) == ("Conflict", code)
