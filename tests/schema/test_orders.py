"""Every order of every list that stands below an object, both of one object and of many at once; and their filters."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import Model

from server.accounts.authors import Scope
from server.accounts.models import ApiKey, Grant, Organisation, User
from server.accounts.roles import Role
from server.accounts.selectors.authors import author_of_user
from server.accounts.services.create_api_key import create_api_key
from server.accounts.services.create_organisation import create_organisation
from server.accounts.services.grant_role import grant_role
from server.experimentation.models import Metric
from server.features.models import Feature, Segment
from server.features.services.update_segment import update_segment
from server.projects.models import Versioning
from server.schema.nodes import NAMES
from server.versioning.change_sets import FlagChangeSet, StateChange
from server.versioning.services.update_flag import update_flag
from tests.experimentation.acting import archive, bring_to
from tests.experimentation.measuring import (
    BOUGHT,
    REVENUE,
    new_metric,
    plan_of,
    put_metric_away,
    redefine,
    set_plan,
)
from tests.experimentation.results.replaying import failed_replay, pending, replayed
from tests.factories import NOW, World, new_author, new_world
from tests.schema.api import Api, gid


def moment(row: Model, day: int, **columns: Any) -> None:
    """Give the row a time of its own."""
    type(row)._default_manager.filter(pk=row.pk).update(created_at=NOW + timedelta(days=day), **columns)


def serve_x(world: World, feature: Feature, now: datetime) -> None:
    """Make the flag serve another value."""
    update_flag(
        feature_id=feature.pk,
        environment_id=world.environment.pk,
        change_set=FlagChangeSet(default=StateChange(value="x")),
        author=world.author,
        now=now,
    )


def below(api: Api, row: Model, field: str, name: str, **asked: Any) -> list[Any]:
    """What a list below the row tells of each object, by a dotted name: read alone, and together with other rows'."""
    kind = NAMES[type(row)]
    said = ", ".join(f"{key}: {as_graphql(key, value)}" for key, value in asked.items())
    path = name.split(".")
    selected = " { ".join(path) + " }" * (len(path) - 1)
    listed = f"{field}{f'({said})' if said else ''} {{ totalCount edges {{ node {{ {selected} }} }} }}"
    alone = api(f"query($id: ID!) {{ node(id: $id) {{ ... on {kind} {{ {listed} }} }} }}", id=gid(row))["node"][field]
    project = f"(projectId: {json.dumps(gid(row.project))})" if isinstance(row, Feature | Segment | Metric) else ""
    parents = f"{kind[0].lower()}{kind[1:]}s"
    together = api(f"{{ {parents}{project} {{ edges {{ node {{ id {listed} }} }} }} }}")[parents]["edges"]
    assert [edge["node"] for edge in together if edge["node"]["id"] == gid(row)] == [{"id": gid(row), field: alone}]
    assert alone["totalCount"] == len(alone["edges"])
    return [at(edge["node"], path) for edge in alone["edges"]]


def at(node: Any, path: list[str]) -> Any:
    """What stands at the path in the object."""
    for step in path:
        node = node[step]
    return node


def as_graphql(argument: str, value: Any) -> str:
    """The value as it stands in a document; enum values stand without quotes."""
    literal = json.dumps(value)
    return (
        literal.replace('"', "") if argument in ("order", "status", "cause", "role", "versioning", "kind") else literal
    )


@pytest.fixture
def owner(world: World) -> World:
    """The world, its owner's role stored: who manages access does so with the roles of now."""
    holder = world.author.holder_id
    Grant.objects.create(user_id=holder, role=Role.OWNER, organisation=world.organisation, created_at=NOW)
    return world


def orders(api: Api, row: Model, field: str, name: str, *names: str) -> dict[str, list[Any]]:
    """What the list tells by default, and in each of these orders."""
    found = {order: below(api, row, field, name, order=order) for order in names}
    return {"": below(api, row, field, name), **found}


def test_projects_and_environments_below_their_owners(world: World, api: Api) -> None:
    other = world.with_project("Blog")
    staging = world.with_environment(Versioning.V1, "a staging")
    for day, row in enumerate([world.project, other.project, staging.environment, world.environment]):
        moment(row, day)
    organisation, project = world.organisation, world.project

    assert orders(api, organisation, "projects", "name", "NAME", "NEWEST", "OLDEST") == {
        "": ["Blog", "Shop"],
        "NAME": ["Blog", "Shop"],
        "NEWEST": ["Blog", "Shop"],
        "OLDEST": ["Shop", "Blog"],
    }
    assert below(api, organisation, "projects", "name", text="hO") == ["Shop"]
    assert orders(api, project, "environments", "name", "NAME", "NEWEST", "OLDEST") == {
        "": ["a staging", "production"],
        "NAME": ["a staging", "production"],
        "NEWEST": ["production", "a staging"],
        "OLDEST": ["a staging", "production"],
    }
    assert below(api, project, "environments", "name", text="PROD") == ["production"]
    assert below(api, project, "environments", "name", versioning="V1") == ["a staging"]


def test_metrics_below_a_project_and_their_versions(world: World, api: Api) -> None:
    for day, name in enumerate(["bravo", "alpha", "charlie"]):
        kind = REVENUE if name == "charlie" else BOUGHT
        moment(new_metric(world, kind, key=name, description=f"{name}!"), day, updated_at=NOW - timedelta(days=day))
    by_name, newest = ["alpha", "bravo", "charlie"], ["charlie", "alpha", "bravo"]
    bravo = Metric.objects.get(key="bravo")
    put_metric_away(world, redefine(world, bravo))

    assert orders(api, world.project, "metrics", "key", "NAME", "KEY", "NEWEST", "OLDEST", "RECENTLY_UPDATED") == {
        "": by_name,
        "NAME": by_name,
        "KEY": by_name,
        "NEWEST": newest,
        "OLDEST": newest[::-1],
        "RECENTLY_UPDATED": ["bravo", "alpha", "charlie"],
    }
    assert below(api, world.project, "metrics", "key", text="RAV") == ["bravo"]
    assert below(api, world.project, "metrics", "key", text="A!") == ["alpha"]
    assert below(api, world.project, "metrics", "key", kind=["SUM", "MEAN"]) == ["charlie"]
    assert below(api, world.project, "metrics", "key", archived=True) == ["bravo"]
    assert below(api, world.project, "metrics", "key", archived=False) == ["alpha", "charlie"]
    assert orders(api, bravo, "versions", "number", "NEWEST", "OLDEST") == {
        "": [2, 1],
        "NEWEST": [2, 1],
        "OLDEST": [1, 2],
    }
    assert below(api, bravo, "versions", "number", since=NOW.isoformat()) == [2, 1]
    assert below(api, bravo, "versions", "number", until=NOW.isoformat()) == []
    assert below(api, bravo, "versions", "number", authorId=gid(world.project)) == []


def test_plans_below_an_experiment(world: World, api: Api) -> None:
    metric, other = new_metric(world), new_metric(world)
    experiment = set_plan(world, world.experiment(), plan_of(metric))
    set_plan(world, bring_to(world, experiment, "RUNNING"), plan_of(other))

    assert orders(api, experiment, "plans", "number", "NEWEST", "OLDEST") == {
        "": [2, 1],
        "NEWEST": [2, 1],
        "OLDEST": [1, 2],
    }
    assert below(api, experiment, "plans", "number", afterStart=True) == [2]
    assert below(api, experiment, "plans", "number", afterStart=False) == [1]


def test_replays_below_an_experiment(world: World, api: Api) -> None:
    experiment = set_plan(world, world.experiment(), plan_of(new_metric(world)))
    days = [NOW + timedelta(days=day) for day in range(3)]
    replayed(experiment, world.author, at=days[0])
    failed_replay(experiment, world.author, at=days[1])
    pending(experiment, world.author, at=days[2])

    statuses = ["PENDING", "FAILED", "DONE"]
    assert orders(api, experiment, "replays", "status", "NEWEST", "OLDEST") == {
        "": statuses,
        "NEWEST": statuses,
        "OLDEST": statuses[::-1],
    }
    for status in statuses:
        assert below(api, experiment, "replays", "status", status=[status]) == [status]
    assert below(api, experiment, "replays", "status", status=["DONE", "FAILED"]) == ["FAILED", "DONE"]
    assert below(api, experiment, "replays", "status", status=[]) == []


def test_features_and_segments_below_a_project(world: World, api: Api) -> None:
    for day, name in enumerate(["bravo", "alpha", "charlie"]):
        moments = {"updated_at": NOW - timedelta(days=day)}
        moment(world.feature(key=name, options=(), description=f"{name}!"), day, **moments)
        moment(world.segment(name=name), day, **moments)
    by_name, newest = ["alpha", "bravo", "charlie"], ["charlie", "alpha", "bravo"]

    for field, name in (("features", "key"), ("segments", "name")):
        assert orders(api, world.project, field, name, name.upper(), "NEWEST", "OLDEST", "RECENTLY_UPDATED") == {
            "": by_name,
            name.upper(): by_name,
            "NEWEST": newest,
            "OLDEST": newest[::-1],
            "RECENTLY_UPDATED": ["bravo", "alpha", "charlie"],
        }
        assert below(api, world.project, field, name, text="RAV") == ["bravo"]
    assert below(api, world.project, "features", "key", text="A!") == ["alpha"]
    archive(world, Feature.objects.get(key="bravo"))
    assert below(api, world.project, "features", "key", archived=True) == ["bravo"]
    assert below(api, world.project, "features", "key", archived=False) == ["alpha", "charlie"]


@pytest.mark.parametrize("world", ["V1", "V2"], indirect=True)
def test_flags_below_an_environment_and_a_feature(world: World, api: Api) -> None:
    colour, size = world.feature(key="colour"), world.feature(key="size")
    staging = world.with_environment(Versioning.V1, "a staging")
    for day, (where, feature) in enumerate([(world, colour), (staging, size), (staging, colour)], start=1):
        serve_x(where, feature, NOW + timedelta(days=day))
    every = ("KEY", "ENVIRONMENT", "NEWEST", "OLDEST", "RECENTLY_CHANGED")

    assert orders(api, world.environment, "flags", "feature.key", *every) == {
        "": ["colour", "size"],
        "KEY": ["colour", "size"],
        "ENVIRONMENT": ["colour", "size"],
        "NEWEST": ["size", "colour"],
        "OLDEST": ["colour", "size"],
        "RECENTLY_CHANGED": ["colour", "size"],
    }
    assert orders(api, colour, "flags", "environment.name", *every) == {
        "": ["production", "a staging"],
        "KEY": ["production", "a staging"],
        "ENVIRONMENT": ["a staging", "production"],
        "NEWEST": ["a staging", "production"],
        "OLDEST": ["production", "a staging"],
        "RECENTLY_CHANGED": ["a staging", "production"],
    }
    changed = [(NOW + timedelta(days=day)).isoformat() for day in (3, 2)]
    assert below(api, staging.environment, "flags", "updatedAt", order="RECENTLY_CHANGED") == changed
    assert below(api, world.environment, "flags", "feature.key", featureId=gid(size)) == ["size"]
    assert below(api, world.environment, "flags", "feature.key", text="OLO") == ["colour"]
    assert below(api, colour, "flags", "environment.name", environmentId=gid(staging.environment)) == ["a staging"]
    archive(world, size)
    assert below(api, world.environment, "flags", "feature.key", archived=True) == ["size"]
    assert below(api, world.environment, "flags", "feature.key", archived=False) == ["colour"]
    in_use = api("{ flags(archived: false, order: RECENTLY_CHANGED) { edges { node { id } } } }")["flags"]["edges"]
    assert [edge["node"]["id"] for edge in in_use] == [gid(staging.flag(colour)), gid(world.flag(colour))]


@pytest.mark.parametrize("world", ["V1", "V2"], indirect=True)
def test_a_flag_tells_when_it_last_changed(world: World, api: Api) -> None:
    feature = world.feature()
    later = NOW + timedelta(hours=1)
    read = "query($id: ID!) { node(id: $id) { ... on Flag { updatedAt } } }"
    flag = gid(world.flag(feature))

    before = api(read, id=flag)["node"]["updatedAt"]
    serve_x(world, feature, later)
    serve_x(world, feature, later + timedelta(hours=1))  # changes nothing

    assert (before, api(read, id=flag)["node"]["updatedAt"]) == (NOW.isoformat(), later.isoformat())


def test_experiments_below_an_environment_a_feature_and_a_flag(world: World, api: Api) -> None:
    colour, size = world.feature(key="colour"), world.feature(key="size")
    bravo = bring_to(world, world.experiment(colour, name="bravo"), "COMPLETED")
    alpha, charlie = world.experiment(colour, name="alpha"), world.experiment(size, name="charlie")
    for day, experiment in enumerate([bravo, alpha, charlie]):
        moment(experiment, day, updated_at=NOW - timedelta(days=day))
    elsewhere = world.with_environment(Versioning.V2)
    elsewhere.experiment(colour, name="elsewhere")
    every = ("NEWEST", "OLDEST", "RECENTLY_UPDATED", "NAME", "STATUS")

    assert orders(api, world.environment, "experiments", "name", *every) == {
        "": ["charlie", "alpha", "bravo"],
        "NEWEST": ["charlie", "alpha", "bravo"],
        "OLDEST": ["bravo", "alpha", "charlie"],
        "RECENTLY_UPDATED": ["bravo", "alpha", "charlie"],
        "NAME": ["alpha", "bravo", "charlie"],
        "STATUS": ["bravo", "charlie", "alpha"],
    }
    owners: list[tuple[Model, dict[str, str]]] = [
        (colour, {"environmentId": gid(world.environment)}),
        (world.flag(colour), {}),
    ]
    for row, here in owners:
        assert below(api, row, "experiments", "name", order="OLDEST", **here) == ["bravo", "alpha"]
        assert below(api, row, "experiments", "name", order="NAME", **here) == ["alpha", "bravo"]
        assert below(api, row, "experiments", "name", status=["DRAFT", "RUNNING"], **here) == ["alpha"]
        assert below(api, row, "experiments", "name", text="BRA", **here) == ["bravo"]
    environment = gid(elsewhere.environment)
    assert below(api, colour, "experiments", "name", environmentId=environment) == ["elsewhere"]
    assert below(api, world.environment, "experiments", "name", featureId=gid(size)) == ["charlie"]
    assert below(api, world.environment, "experiments", "name", status=["COMPLETED"]) == ["bravo"]
    assert below(api, world.environment, "experiments", "name", text="ALPH") == ["alpha"]


def test_versions_of_a_flag_and_of_a_segment(world: World, api: Api) -> None:
    feature, segment = world.feature(), world.segment()
    colleague = new_author(world.organisation)
    theirs = World(world.organisation, colleague, world.project, world.environment)
    later = NOW + timedelta(days=1)
    serve_x(theirs, feature, later)
    rules = {"type": "ANY", "conditions": [{"trait": "plan", "operator": "IS_SET"}]}
    update_segment(segment_id=segment.pk, rules=rules, author=colleague, now=later)
    world.experiment(feature)
    flag = world.flag(feature)
    author = gid(User.objects.get(pk=colleague.holder_id))
    moment = later.isoformat()

    newest = {"": [3, 2, 1], "NEWEST": [3, 2, 1], "OLDEST": [1, 2, 3]}
    assert orders(api, flag, "versions", "number", "NEWEST", "OLDEST") == newest
    assert orders(api, segment, "versions", "number", "NEWEST", "OLDEST") == {
        order: [number for number in numbers if number < 3] for order, numbers in newest.items()
    }
    causes = ["FLAG_UPDATED", "ROLLOUT_SET"]
    assert below(api, flag, "versions", "number", cause=causes) == [3, 2]
    assert below(api, flag, "versions", "number", cause=causes[:1]) == [2]
    for row, others in ((flag, [3, 1]), (segment, [1])):
        assert below(api, row, "versions", "number", authorId=author) == [2]
        assert below(api, row, "versions", "number", authorId=gid(row)) == []
        assert below(api, row, "versions", "number", since=moment) == [2]
        assert below(api, row, "versions", "number", until=moment) == others


def test_organisations_come_in_every_order(owner: World) -> None:
    world = owner
    for day, name in enumerate(["Zoo", "Aquarium"], start=1):
        moment(create_organisation(name=name, author=world.author, now=NOW), day)
    Organisation.objects.filter(pk=world.organisation.pk).update(name="Museum")
    client = Api(author_of_user(User.objects.get(pk=world.author.holder_id)))
    query = """query($text: String, $order: OrganisationOrder! = NAME) {
      organisations(text: $text, order: $order) { totalCount edges { node { name } } }
    }"""

    def found(**asked: Any) -> list[str]:
        return [edge["node"]["name"] for edge in client(query, **asked)["organisations"]["edges"]]

    assert found() == found(order="NAME") == ["Aquarium", "Museum", "Zoo"]
    assert found(order="NEWEST") == ["Aquarium", "Zoo", "Museum"]
    assert found(order="OLDEST") == ["Museum", "Zoo", "Aquarium"]
    assert found(text="O") == ["Zoo"]
    assert client.codes(query, text="\x00") == ["BAD_USER_INPUT"]


def test_api_keys_of_an_organisation(owner: World, api: Api) -> None:
    world = owner
    scope = Scope(world.organisation.pk)
    made = [
        create_api_key(name=name, role=Role.VIEWER, scope=scope, author=world.author, now=NOW).api_key
        for name in ("bravo", "charlie", "alpha")
    ]
    ApiKey.objects.filter(pk=made[0].pk).update(last_used_at=NOW)
    ApiKey.objects.filter(pk=made[1].pk).update(last_used_at=NOW + timedelta(days=1), revoked_at=NOW)

    assert orders(api, world.organisation, "apiKeys", "name", "NEWEST", "OLDEST", "NAME", "RECENTLY_USED") == {
        "": ["alpha", "charlie", "bravo"],
        "NEWEST": ["alpha", "charlie", "bravo"],
        "OLDEST": ["bravo", "charlie", "alpha"],
        "NAME": ["alpha", "bravo", "charlie"],
        "RECENTLY_USED": ["charlie", "bravo", "alpha"],
    }
    assert below(api, world.organisation, "apiKeys", "name", revoked=True) == ["charlie"]
    assert below(api, world.organisation, "apiKeys", "name", revoked=False) == ["alpha", "bravo"]
    assert below(api, world.organisation, "apiKeys", "name", text="HARL") == ["charlie"]
    prefix = ApiKey.objects.get(pk=made[0].pk).prefix
    assert "bravo" in below(api, world.organisation, "apiKeys", "name", text=prefix)


def test_grants_in_an_organisation(owner: World, api: Api) -> None:
    world = owner
    place = Scope(world.organisation.pk, world.project.pk, world.environment.pk)
    holders: dict[str, User] = {}
    for role, scope, name in (
        (Role.VIEWER, Scope(world.organisation.pk), "mallory"),
        (Role.EDITOR, place, ""),
        (Role.ADMIN, Scope(world.organisation.pk, world.project.pk), "zoe"),
    ):
        user = User.objects.create_user(email=f"bob{len(holders)}@example.test", name=name)
        holders[name] = user
        grant_role(role=role, scope=scope, email=user.email, author=world.author, now=NOW)
    create_api_key(name="ci", role=Role.EDITOR, scope=place, author=world.author, now=NOW)
    key = ApiKey.objects.get()

    def found(**asked: Any) -> list[Any]:
        return below(api, world.organisation, "grants", "holderName", **asked)

    by_age = [world.author.name, "mallory", "bob1@example.test", "zoe", "ci"]
    assert orders(api, world.organisation, "grants", "holderName", "OLDEST", "NEWEST", "HOLDER") == {
        "": by_age,
        "OLDEST": by_age,
        "NEWEST": by_age[::-1],
        "HOLDER": ["bob1@example.test", "ci", "mallory", world.author.name, "zoe"],
    }
    assert found(role=["EDITOR"]) == ["bob1@example.test", "ci"]
    assert found(role=["ADMIN", "VIEWER"]) == ["mallory", "zoe"]
    assert (found(holderId=gid(holders["zoe"])), found(holderId=gid(key))) == (["zoe"], ["ci"])
    assert found(holderId=gid(world.project)) == found(holderId="nonsense") == []
    assert found(projectId=gid(world.project)) == ["bob1@example.test", "zoe", "ci"]
    assert found(environmentId=gid(world.environment)) == ["bob1@example.test", "ci"]
    assert found(environmentId=gid(world.project)) == []


@pytest.mark.parametrize("order", ["NEWEST", "OLDEST"])
def test_what_belongs_to_others_stays_hidden_in_every_order(order: str, world: World, api: Api) -> None:
    stranger = new_world()
    feature = stranger.feature()
    stranger.experiment(feature)
    ours = world.feature()

    assert below(api, ours, "experiments", "name", order=order, environmentId=gid(stranger.environment)) == []
    assert below(api, ours, "flags", "id", order=order, environmentId=gid(stranger.environment)) == []
    assert below(api, world.environment, "flags", "id", order=order, featureId=gid(feature)) == []
    assert below(api, world.environment, "experiments", "name", order=order, featureId=gid(feature)) == []
    theirs = gid(User.objects.get(pk=stranger.author.holder_id))
    assert below(api, world.organisation, "grants", "holderName", order=order, holderId=theirs) == []
    assert below(api, world.flag(ours), "versions", "number", order=order, authorId=theirs) == []


def test_a_text_that_no_name_can_have_is_named_as_a_mistake_below_an_object_too(world: World, api: Api) -> None:
    features = "features(text: $text) { totalCount }"
    node = f"query($id: ID!, $text: String) {{ node(id: $id) {{ ... on Project {{ {features} }} }} }}"
    below_a_list = f"query($text: String) {{ projects {{ edges {{ node {{ {features} }} }} }} }}"

    assert api.codes(node, id=gid(world.project), text="\x00") == ["BAD_USER_INPUT"]
    assert api.codes(below_a_list, text="\x00") == ["BAD_USER_INPUT"]
