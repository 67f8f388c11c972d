"""Filters and orders of lists: each alone, together, and with texts that mean something to a database."""

from datetime import timedelta
from typing import Any

import pytest

from server.accounts.authors import Scope, system_author
from server.accounts.models import User
from server.audit.models import AuditRecord
from server.audit.record import record
from server.errors import Reference
from server.experimentation.models import Experiment, Status
from server.features.models import Feature
from server.projects.models import Versioning
from server.schema.ids import encode_id
from tests.experimentation.acting import archive, bring_to
from tests.factories import NOW, World, new_author
from tests.schema.api import Api, gid
from tests.schema.tenants import a_user

EXPERIMENTS = """query($project: ID, $environment: ID, $feature: ID, $status: [ExperimentStatus!], $text: String,
  $order: ExperimentOrder! = NEWEST) {
  experiments(
    projectId: $project, environmentId: $environment, featureId: $feature, status: $status, text: $text, order: $order
  ) { totalCount edges { node { name } } }
}"""
FEATURES = """query($id: ID!, $text: String, $archived: Boolean, $order: FeatureOrder! = KEY) {
  features(projectId: $id, text: $text, archived: $archived, order: $order) { totalCount edges { node { key } } }
}"""
SEGMENTS = """query($id: ID!, $text: String, $order: SegmentOrder! = NAME) {
  segments(projectId: $id, text: $text, order: $order) { totalCount edges { node { name } } }
}"""
AUDIT_LOG = """query($project: ID, $environment: ID, $object: ID, $author: ID, $action: String,
  $since: DateTime, $until: DateTime, $order: AuditOrder! = NEWEST) {
  auditLog(
    projectId: $project, environmentId: $environment, objectId: $object, authorId: $author, action: $action
    since: $since, until: $until, order: $order
  ) { totalCount edges { node { action objectName author { id } } } }
}"""
COUNTS = """query($project: ID, $environment: ID, $feature: ID, $text: String) {
  statusCounts(projectId: $project, environmentId: $environment, featureId: $feature, text: $text) { status count }
}"""
BAD_TEXTS = ["\x00", "\ud800", "x" * 201]


def names(answer: dict[str, Any], name: str = "name") -> list[str]:
    """The names in a list, in their order; its total is theirs."""
    found = [edge["node"][name] for edge in answer["edges"]]
    assert answer["totalCount"] == len(found)
    return found


@pytest.fixture
def experiments(world: World) -> dict[str, Experiment]:
    """One in each status, a day apart, the statuses from the last created to the first."""
    made = {}
    for day, (name, status) in enumerate(
        [("delta", "COMPLETED"), ("alpha", "PAUSED"), ("charlie", "RUNNING"), ("bravo", "DRAFT")]
    ):
        experiment = bring_to(world, world.experiment(name=name, hypothesis=f"{name} 100%_sure"), status)
        moments = {"created_at": NOW + timedelta(days=day), "updated_at": NOW - timedelta(days=(day * 3) % 4)}
        Experiment.objects.filter(pk=experiment.pk).update(**moments)
        made[name] = experiment
    return made


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("NEWEST", ["bravo", "charlie", "alpha", "delta"]),
        ("OLDEST", ["delta", "alpha", "charlie", "bravo"]),
        ("RECENTLY_UPDATED", ["delta", "bravo", "charlie", "alpha"]),
        ("NAME", ["alpha", "bravo", "charlie", "delta"]),
        ("STATUS", ["delta", "bravo", "alpha", "charlie"]),
    ],
)
def test_experiments_come_in_every_order(
    order: str, expected: list[str], api: Api, experiments: dict[str, Experiment]
) -> None:
    assert names(api(EXPERIMENTS, order=order)["experiments"]) == expected


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (None, ["bravo", "charlie", "alpha", "delta"]),
        ([], []),
        (["DRAFT"], ["bravo"]),
        (["RUNNING", "COMPLETED"], ["charlie", "delta"]),
    ],
)
def test_experiments_are_narrowed_to_several_statuses(
    statuses: list[str] | None, expected: list[str], api: Api, experiments: dict[str, Experiment]
) -> None:
    assert names(api(EXPERIMENTS, status=statuses)["experiments"]) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RAV", ["bravo"]),
        ("100%_s", ["bravo", "charlie", "alpha", "delta"]),
        ("%", ["bravo", "charlie", "alpha", "delta"]),
        ("a_p", []),
        ("al%a", []),
        ("\\", []),
        ("", ["bravo", "charlie", "alpha", "delta"]),
        (None, ["bravo", "charlie", "alpha", "delta"]),
    ],
)
def test_experiments_are_searched_for_a_text_as_it_stands(
    text: str | None, expected: list[str], api: Api, experiments: dict[str, Experiment]
) -> None:
    assert names(api(EXPERIMENTS, text=text)["experiments"]) == expected


def test_experiments_are_narrowed_by_environment_feature_and_all_together(
    world: World, api: Api, experiments: dict[str, Experiment]
) -> None:
    alpha = experiments["alpha"]
    staging = world.with_environment(Versioning.V2)
    staging.experiment(alpha.feature, name="elsewhere")
    here, there = gid(world.environment), gid(staging.environment)
    feature = gid(alpha.feature)

    assert names(api(EXPERIMENTS, environment=there)["experiments"]) == ["elsewhere"]
    assert sorted(names(api(EXPERIMENTS, feature=feature)["experiments"])) == ["alpha", "elsewhere"]
    blog = world.with_project()
    blog.experiment(name="in another project")
    assert names(api(EXPERIMENTS, project=gid(blog.project))["experiments"]) == ["in another project"]
    assert names(api(EXPERIMENTS, project=gid(world.project), text="elsewhere")["experiments"]) == ["elsewhere"]
    assert names(api(EXPERIMENTS, project=gid(blog.project), feature=feature)["experiments"]) == []
    assert names(api(EXPERIMENTS, environment=here, feature=feature)["experiments"]) == ["alpha"]
    narrow = {"environment": here, "feature": feature, "text": "sure"}
    assert names(api(EXPERIMENTS, **narrow, status=["PAUSED"])["experiments"]) == ["alpha"]
    assert names(api(EXPERIMENTS, **narrow, status=["RUNNING"])["experiments"]) == []
    for nothing in ("nonsense", here[:-1], feature):
        assert names(api(EXPERIMENTS, environment=nothing)["experiments"]) == []


def test_statuses_are_counted_those_that_none_has_included(
    world: World, api: Api, experiments: dict[str, Experiment]
) -> None:
    empty = world.with_environment(Versioning.V2)

    everywhere = api(COUNTS)["statusCounts"]
    nowhere = api(COUNTS, environment=gid(empty.environment))["statusCounts"]

    assert everywhere == [{"status": status.value, "count": 1} for status in Status]
    assert nowhere == [{"status": status.value, "count": 0} for status in Status]


def test_statuses_are_counted_of_the_same_experiments_that_are_listed(
    world: World, api: Api, experiments: dict[str, Experiment]
) -> None:
    blog = world.with_project()
    blog.experiment(name="posts")
    alpha = gid(experiments["alpha"].feature)

    def counted(**narrowed: Any) -> dict[str, int]:
        return {count["status"]: count["count"] for count in api(COUNTS, **narrowed)["statusCounts"] if count["count"]}

    assert counted(project=gid(blog.project)) == {"DRAFT": 1}
    assert counted(project=gid(world.project)) == dict.fromkeys(Status, 1)
    assert counted(feature=alpha) == {"PAUSED": 1}
    assert counted(text="RAV") == {"DRAFT": 1}
    assert counted(project=gid(blog.project), feature=alpha) == {}


def test_features_are_narrowed_by_text_and_archival(world: World, api: Api) -> None:
    world.feature(key="colour", description="of the 5% button")
    world.feature(key="size_of_it", description="")
    archive(world, world.feature(key="old", options=()))
    project = gid(world.project)

    found = {
        str(narrowed): names(api(FEATURES, id=project, **narrowed)["features"], "key")
        for narrowed in (
            {},
            {"archived": True},
            {"archived": False},
            {"text": "%"},
            {"text": "_of_"},
            {"text": "COL", "archived": True},
        )
    }

    assert list(found.values()) == [
        ["colour", "old", "size_of_it"],
        ["old"],
        ["colour", "size_of_it"],
        ["colour"],
        ["size_of_it"],
        [],
    ]


def test_segments_are_narrowed_by_text_and_hide_those_of_experiments(world: World, api: Api) -> None:
    world.segment(name="Pro users")
    world.segment(name="50% of all")
    draft = world.experiment(name="Pro experiment")
    project = gid(world.project)

    assert names(api(SEGMENTS, id=project)["segments"]) == ["50% of all", "Pro users"]
    assert names(api(SEGMENTS, id=project, text="pro")["segments"]) == ["Pro users"]
    assert names(api(SEGMENTS, id=project, text="%")["segments"]) == ["50% of all"]
    nested = api(
        "query($id: ID!) { node(id: $id) { ... on Project { segments { totalCount edges { node { name } } } } } }",
        id=project,
    )
    assert names(nested["node"]["segments"]) == ["50% of all", "Pro users"]
    read = "query($id: ID!) { node(id: $id) { id } }"
    gate = draft.rollout.segment
    assert gate.current is not None
    assert [api(read, id=gid(row))["node"] for row in (gate, gate.current)] == [None, None]
    through = "query($id: ID!) { node(id: $id) { ... on Experiment { rollout { segment { id system } } } } }"
    assert api(through, id=gid(draft))["node"]["rollout"]["segment"] == {"id": gid(gate), "system": True}


@pytest.mark.parametrize("text", BAD_TEXTS, ids=["nul", "lone surrogate", "too long"])
def test_a_text_that_no_name_can_have_is_named_as_a_mistake(text: str, world: World, api: Api) -> None:
    project = gid(world.project)

    assert api.codes(EXPERIMENTS, text=text) == ["BAD_USER_INPUT"]
    assert api.codes(FEATURES, id=project, text=text) == ["BAD_USER_INPUT"]
    assert api.codes(SEGMENTS, id=project, text=text) == ["BAD_USER_INPUT"]
    assert api.codes(COUNTS, text=text) == ["BAD_USER_INPUT"]
    assert api.codes(AUDIT_LOG, action=text) == ["BAD_USER_INPUT"]
    for name in ("projects", "environments", "flags"):
        found = f"query($text: String) {{ {name}(text: $text) {{ totalCount }} }}"
        assert api.codes(found, text=text) == ["BAD_USER_INPUT"]


@pytest.mark.parametrize("id", ["", "\x00", "\ud800", "ä", "A" * 10_000, "RXhwZXJpbWVudDo5OTk5OTk5OTk5OTk5OTk5OTk5"])
def test_an_id_of_nothing_finds_nothing(id: str, world: World, api: Api) -> None:
    world.experiment()

    assert names(api(EXPERIMENTS, environment=id)["experiments"]) == []
    assert names(api(FEATURES, id=id)["features"], "key") == []
    assert names(api(AUDIT_LOG, object=id)["auditLog"], "action") == []
    assert names(api(AUDIT_LOG, author=id)["auditLog"], "action") == []
    assert api("query($id: ID!) { node(id: $id) { id } }", id=id) == {"node": None}


def test_the_audit_log_is_narrowed_by_project_object_author_and_time(world: World, api: Api) -> None:
    feature = world.feature(key="colour")
    other = world.with_project("Blog")
    other.feature(key="posts")
    colleague = new_author(world.organisation)
    World(world.organisation, colleague, world.project, world.environment).segment(name="theirs")
    Feature.objects.filter(pk=feature.pk).update(description="past the log")

    def log(**narrowed: Any) -> list[str]:
        return names(api(AUDIT_LOG, **narrowed)["auditLog"], "objectName")

    author = gid(User.objects.get(pk=colleague.holder_id))
    assert log(object=gid(feature)) == ["colour"]
    assert log(author=author) == ["theirs"]
    assert set(log(project=gid(other.project))) == {"Blog", "production", "posts"}
    assert log(project=gid(world.project), object=gid(feature), author=author) == []
    assert log(environment=gid(other.environment)) == ["production"]
    assert log(environment=gid(other.environment), project=gid(world.project)) == []
    assert log(action="feature.create") == ["posts", "colour"]
    assert log(action="feature") == []
    assert log(author=gid(a_user("nobody"))) == []
    moment = NOW.isoformat()
    later = (NOW + timedelta(microseconds=1)).isoformat()
    assert len(log(since=moment)) == AuditRecord.objects.count() == len(log(until=later))
    assert (log(until=moment), log(since=later)) == ([], [])


def test_the_audit_log_comes_with_the_latest_first(world: World, api: Api) -> None:
    world.feature(key="first")
    world.feature(key="second")

    found = names(api(AUDIT_LOG)["auditLog"], "objectName")

    assert found[:2] == ["second", "first"]
    assert names(api(AUDIT_LOG, order="OLDEST")["auditLog"], "objectName") == found[::-1]


def test_the_id_of_an_author_in_the_log_narrows_it_to_what_that_author_did(world: World, api: Api) -> None:
    colleague = new_author(world.organisation)
    World(world.organisation, colleague, world.project, world.environment).segment(name="theirs")
    record(
        author=system_author("worker"),
        action="feature.create",
        scope=Scope(world.organisation.pk),
        object=Reference("Feature", 1, "swept"),
        before=None,
        after={},
        now=NOW,
    )

    swept, theirs = api(AUDIT_LOG)["auditLog"]["edges"][:2]

    assert swept["node"]["author"] == {"id": None}
    author = theirs["node"]["author"]["id"]
    assert author == encode_id("User", colleague.holder_id)
    assert names(api(AUDIT_LOG, author=author)["auditLog"], "objectName") == ["theirs"]
