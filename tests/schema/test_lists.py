"""Lists from the root in their orders and by their filters, and the links between flags and experiments."""

from datetime import timedelta
from typing import Any

import pytest

from server.features.models import Feature, Segment
from server.projects.models import Environment, Project, Versioning
from tests.experimentation.acting import bring_to
from tests.factories import NOW, World
from tests.schema.api import Api, gid


def listed(answer: dict[str, Any], *path: str) -> list[Any]:
    """What stands at the path in each object of a list; its total is theirs."""
    found = [edge["node"] for edge in answer["edges"]]
    assert answer["totalCount"] == len(found)
    for step in path:
        found = [node[step] for node in found]
    return found


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (None, ["alpha", "bravo", "charlie"]),
        ("KEY", ["alpha", "bravo", "charlie"]),
        ("NAME", ["alpha", "bravo", "charlie"]),
        ("NEWEST", ["charlie", "alpha", "bravo"]),
        ("RECENTLY_UPDATED", ["bravo", "alpha", "charlie"]),
    ],
)
def test_features_and_segments_come_in_every_order(
    order: str | None, expected: list[str], world: World, api: Api
) -> None:
    for day, name in enumerate(["bravo", "alpha", "charlie"]):
        moments = {"created_at": NOW + timedelta(days=day), "updated_at": NOW - timedelta(days=day)}
        Feature.objects.filter(pk=world.feature(key=name).pk).update(**moments)
        Segment.objects.filter(pk=world.segment(name=name).pk).update(**moments)
    asked = f", order: {order}" if order else ""

    for kind, name, other in (("features", "key", "NAME"), ("segments", "name", "KEY")):
        if order == other:
            continue
        query = f"query($id: ID!) {{ {kind}(projectId: $id{asked}) {{ totalCount edges {{ node {{ {name} }} }} }} }}"
        assert listed(api(query, id=gid(world.project))[kind], name) == expected


@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        ("", ["Blog", "Shop", "Zoo 100%"]),
        ("(order: NAME)", ["Blog", "Shop", "Zoo 100%"]),
        ("(order: NEWEST)", ["Zoo 100%", "Blog", "Shop"]),
        ('(text: "o", order: NEWEST)', ["Zoo 100%", "Blog", "Shop"]),
        ('(text: "HO")', ["Shop"]),
        ('(text: "%")', ["Zoo 100%"]),
    ],
)
def test_projects_are_narrowed_and_ordered(narrowed: str, expected: list[str], world: World, api: Api) -> None:
    for day, name in enumerate(["Blog", "Zoo 100%"], start=1):
        made = world.with_project(name).project
        Project.objects.filter(pk=made.pk).update(created_at=NOW + timedelta(days=day))

    query = f"{{ projects{narrowed} {{ totalCount edges {{ node {{ name }} }} }} }}"

    assert listed(api(query)["projects"], "name") == expected


def test_environments_are_narrowed_and_ordered(world: World, api: Api) -> None:
    blog = world.with_project()
    newest = world.with_environment(Versioning.V1, "acceptance").environment
    Environment.objects.filter(pk=newest.pk).update(created_at=NOW + timedelta(days=1))
    query = """query($project: ID, $text: String, $order: EnvironmentOrder! = NAME) {
      environments(projectId: $project, text: $text, order: $order) {
        totalCount edges { node { name project { name } } }
      }
    }"""
    shop = gid(world.project)

    def found(**narrowed: Any) -> list[str]:
        return listed(api(query, **narrowed)["environments"], "name")

    assert found() == ["acceptance", "production", "production"]
    assert found(project=shop) == ["acceptance", "production"]
    assert found(project=shop, text="PROD") == ["production"]
    assert found(order="NEWEST")[0] == "acceptance"
    assert listed(api(query, project=gid(blog.project))["environments"], "project", "name") == ["Blog"]
    assert found(project=gid(newest)) == []


def test_a_flag_is_found_by_its_feature_and_its_environment(world: World, api: Api) -> None:
    colour, size = world.feature(key="colour"), world.feature(key="the_size")
    staging = world.with_environment(Versioning.V1, "a staging")
    query = """query($environment: ID, $feature: ID, $text: String, $order: FlagOrder! = KEY) {
      flags(environmentId: $environment, featureId: $feature, text: $text, order: $order) {
        totalCount edges { node { id } }
      }
    }"""
    here = [gid(world.flag(colour)), gid(world.flag(size))]
    there = [gid(staging.flag(colour)), gid(staging.flag(size))]

    def found(**narrowed: Any) -> list[str]:
        return listed(api(query, **narrowed)["flags"], "id")

    assert found(environment=gid(world.environment), feature=gid(size)) == [here[1]]
    assert found(environment=gid(staging.environment)) == there
    assert found(feature=gid(colour)) == [here[0], there[0]]
    assert found(text="_SI") == [here[1], there[1]]
    assert found() == [here[0], there[0], here[1], there[1]]
    assert found(order="ENVIRONMENT") == [*there, *here]
    assert found(order="NEWEST")[-1] == here[0]
    for nothing in ("nonsense", gid(colour)):
        assert found(environment=nothing) == []


def test_flags_and_environments_list_their_experiments_the_newest_first(world: World, api: Api) -> None:
    colour, size = world.feature(key="colour"), world.feature(key="size")
    bring_to(world, world.experiment(colour, name="first"), "COMPLETED")
    world.experiment(colour, name="second")
    world.experiment(size, name="third")
    world.with_environment(Versioning.V2).experiment(colour, name="elsewhere")
    experiments = "experiments { totalCount edges { node { name flag { id } } } }"
    query = f"""query($flag: ID!, $environment: ID!) {{
      flag: node(id: $flag) {{ ... on Flag {{ {experiments} }} }}
      environment: node(id: $environment) {{ ... on Environment {{ {experiments} }} }}
    }}"""
    flag = gid(world.flag(colour))

    answer = api(query, flag=flag, environment=gid(world.environment))

    assert listed(answer["flag"]["experiments"], "name") == ["second", "first"]
    assert listed(answer["flag"]["experiments"], "flag", "id") == [flag, flag]
    assert listed(answer["environment"]["experiments"], "name") == ["third", "second", "first"]


@pytest.mark.parametrize("world", ["V1", "V2"], indirect=True)
def test_the_answer_of_a_write_shows_the_flag_as_it_is_since(world: World, api: Api) -> None:
    draft = world.experiment()
    read = "flag { version liveVersion { number } }"
    deleting = f"mutation($id: ID!) {{ deleteExperiment(experimentId: $id) {{ ... on Experiment {{ {read} }} }} }}"
    rollout = "rollout: {percentage: 70, multivariateValues: []}"
    updating = f"""mutation($id: ID!) {{
      updateExperimentRollout(experimentId: $id, {rollout}) {{ ... on Experiment {{ {read} }} }}
    }}"""

    for document, name in ((updating, "updateExperimentRollout"), (deleting, "deleteExperiment")):
        answer = api(document, id=gid(draft))[name]["flag"]

        flag = world.flag(draft.feature)
        assert flag.live_version is not None
        assert answer == {"version": flag.version, "liveVersion": {"number": flag.live_version.number}}
