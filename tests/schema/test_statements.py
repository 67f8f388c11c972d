"""SQL statements of every list and of the main writes: as many for twenty rows as for one."""

import json
from datetime import timedelta

import pytest
from graphql import GraphQLEnumType, get_named_type

from server.accounts.models import User
from server.experimentation.models import Phase
from server.schema.ids import decode_any
from tests.experimentation.acting import bring_to, pause, schedule, set_rollout, start
from tests.factories import World, options_by_key, split_of
from tests.schema import documents
from tests.schema.api import Api, gid
from tests.schema.growth import Grown, grown
from tests.schema.walking import RESULTS, SCHEMA, everything

SIZE = 20
AT_MOST_ON_A_LIST = 12
AT_MOST_ON_A_WRITE = 25
IN_A_COLUMN = ("CompletionReceipt", "BucketRun") * 2
"""Left out of lists below several objects, for the node budget: they take no statement of their own."""


def connections() -> list[tuple[str, str]]:
    """Every list of the schema: the type that has it, and the field's name."""
    return [
        (kind.name, name)
        for kind in SCHEMA.type_map.values()
        for name, field in getattr(kind, "fields", {}).items()
        if str(getattr(field, "type", "")).endswith("Connection!")
    ]


CONNECTIONS = connections()


def parents(grown_world: Grown) -> dict[str, str]:
    """How to get to several objects of each type that has a list."""
    project = json.dumps(gid(grown_world.world.project))
    return {
        "Query": "%s",
        "Organisation": "organisations(first: 2) { edges { node { %s } } }",
        "Project": "projects(first: 2) { edges { node { %s } } }",
        "Environment": "projects(first: 1) { edges { node { environments(first: 2) { edges { node { %s } } } } } }",
        "Feature": f"features(projectId: {project}, first: 2) {{ edges {{ node {{ %s }} }} }}",
        "Segment": f"segments(projectId: {project}, first: 2) {{ edges {{ node {{ %s }} }} }}",
        "Metric": f"metrics(projectId: {project}, first: 2) {{ edges {{ node {{ %s }} }} }}",
        "Flag": f"features(projectId: {project}, first: 2) {{ edges {{ node {{ flags(first: 2) "
        "{ edges { node { %s } } } } } }",
        "Experiment": "experiments(first: 2, order: NAME) { edges { node { %s } } }",
        "Phase": "experiments(first: 1, order: NAME) { edges { node { phases(first: 2) { edges { node { %s } } } } } }",
    }


def list_of(kind: str, name: str, grown_world: Grown) -> str:
    """The field with a page of twenty, with all that its objects have."""
    field = SCHEMA.type_map[kind].fields[name]  # type: ignore[attr-defined]
    node = field.type.of_type.fields["edges"].type.of_type.of_type.of_type.fields["node"].type
    of_project = f"projectId: {json.dumps(gid(grown_world.world.project))} "
    project = of_project if name in ("features", "segments", "metrics") else ""
    asked = f"({project if kind == 'Query' else ''}first: {SIZE})"
    selected = everything(node, 0, RESULTS if kind == "Query" else (*IN_A_COLUMN, *RESULTS))
    return f"{name}{asked} {{ totalCount pageInfo {{ hasNextPage }} edges {{ cursor node {selected} }} }}"


def rows_of(answer: object) -> int:
    """The most rows that a list in the answer has."""
    if isinstance(answer, list):
        return max([len(answer), *(rows_of(item) for item in answer)])
    return max((rows_of(value) for value in answer.values()), default=0) if isinstance(answer, dict) else 0


def test_there_is_a_way_to_every_list(world: World) -> None:
    assert {kind for kind, _ in CONNECTIONS} == set(parents(grown(world)))


def test_every_list_takes_as_many_statements_for_twenty_rows_as_for_one(world: World) -> None:
    everywhere = grown(world)
    queries = {
        f"{kind}.{name}": f"{{ {parents(everywhere)[kind] % list_of(kind, name, everywhere)} }}"
        for kind, name in CONNECTIONS
    }

    one = {name: Api(everywhere.author).statements(query) for name, query in queries.items()}
    everywhere.grow(SIZE)
    twenty = {name: Api(everywhere.author).statements(query) for name, query in queries.items()}

    assert twenty == one
    assert {name: count for name, count in twenty.items() if count > AT_MOST_ON_A_LIST} == {}
    rows = {name: rows_of(Api(everywhere.author)(query)) for name, query in queries.items()}
    assert {name: count for name, count in rows.items() if count != SIZE} == {}


def test_lists_of_a_node_take_as_many_statements_for_twenty_rows_as_for_one(world: World) -> None:
    everywhere = grown(world)
    rows = [
        world.organisation,
        world.project,
        world.environment,
        everywhere.feature,
        everywhere.segment,
        everywhere.metric,
        world.flag(everywhere.feature),
        everywhere.experiment,
        Phase.objects.get(experiment=everywhere.experiment, number=1),
    ]
    by_type = {decode_any(gid(row))[0]: gid(row) for row in rows}
    queries = {
        f"{kind}.{name}": f"{{ node(id: {json.dumps(by_type[kind])}) "
        f"{{ ... on {kind} {{ {list_of(kind, name, everywhere)} }} }} }}"
        for kind, name in CONNECTIONS
        if kind != "Query"
    }

    one = {name: Api(everywhere.author).statements(query) for name, query in queries.items()}
    everywhere.grow(SIZE)
    twenty = {name: Api(everywhere.author).statements(query) for name, query in queries.items()}

    assert twenty == one
    assert {name: count for name, count in twenty.items() if count > AT_MOST_ON_A_LIST} == {}


def asked_of(kind: str, name: str, grown_world: Grown) -> list[str]:
    """Every order and every filter of a list, each as the one argument that is given."""
    world, literals = grown_world.world, {"String": '"e"', "Boolean": "false", "DateTime": '"2020-01-01T00:00:00Z"'}
    author = User.objects.get(pk=world.author.holder_id)
    ids = {"project": world.project, "environment": world.environment, "feature": grown_world.feature}
    found = []
    for argument, given in SCHEMA.type_map[kind].fields[name].args.items():  # type: ignore[attr-defined]
        named = get_named_type(given.type)
        if argument == "after":
            continue
        if isinstance(named, GraphQLEnumType):
            found += [f"{argument}: {value}" for value in named.values]
        elif named.name == "ID":
            found.append(f"{argument}: {json.dumps(gid(ids.get(argument.removesuffix('Id'), author)))}")
        elif named.name in literals:
            found.append(f"{argument}: {literals[named.name]}")
    return found


def test_every_order_and_filter_takes_as_many_statements_for_twenty_rows_as_for_one(world: World) -> None:
    everywhere = grown(world)
    queries = {
        f"{kind}.{name}({asked})": parents(everywhere)[kind]
        % f"{name}({asked} first: {SIZE}) {{ totalCount edges {{ cursor node {{ id }} }} }}"
        for kind, name in CONNECTIONS
        if kind != "Query"
        for asked in asked_of(kind, name, everywhere)
    }

    one = {name: Api(everywhere.author).statements(f"{{ {query} }}") for name, query in queries.items()}
    everywhere.grow(SIZE)
    twenty = {name: Api(everywhere.author).statements(f"{{ {query} }}") for name, query in queries.items()}

    assert twenty == one
    assert {name: count for name, count in twenty.items() if count > AT_MOST_ON_A_LIST} == {}
    rows = {name: rows_of(Api(everywhere.author)(f"{{ {query} }}")) for name, query in queries.items()}
    assert {name: count for name, count in rows.items() if "order:" in name and count != SIZE} == {}


def test_experiments_with_their_whole_rollouts_take_at_most_twelve_statements(world: World, api: Api) -> None:
    node = f"{{ id {documents.EXPERIMENT} }}"
    query = f"query($first: Int!) {{ experiments(first: $first) {{ totalCount edges {{ node {node} }} }} }}"
    for n in range(SIZE):
        bring_to(world, world.experiment(), "COMPLETED" if n % 2 else "RUNNING")

    counts = [api.statements(query, first=first) for first in (1, 2, SIZE)]
    edges = api(query, first=SIZE)["experiments"]["edges"]

    assert len(set(counts)) == 1
    assert counts[0] <= AT_MOST_ON_A_LIST
    assert all(edge["node"]["rollout"]["flagVersion"]["states"] for edge in edges)


LIVES = """
  audience { name currentVersion { number } } audienceVersion { rules { type } }
  rollout { percentage bucketMap { salt moved runs { length variant } predecessor { moved } } }
  currentPhase {
    number widestPercentage author { name } multivariateValues { optionKey value percentage } flagVersion { number }
    audience { name } bucketMap { moved runs { variant } } steps(first: 5) { totalCount edges { node { kind } } }
  }
  phases(first: 5) { totalCount edges { node {
    number openingPercentage widestPercentage audience { name } bucketMap { salt runs { variant } }
    steps(first: 5) { edges { node { kind percentage at author { name } } } }
  } } }
  ramps(first: 5) { totalCount edges { node { percentage at status reason author { name } } } }
"""


def test_experiments_with_phases_steps_audiences_and_ramps_take_at_most_twelve_statements(
    world: World, api: Api
) -> None:
    query = f"query($first: Int!) {{ experiments(first: $first) {{ edges {{ node {{ id {LIVES} }} }} }} }}"
    audience = world.segment()
    for _ in range(SIZE):
        experiment = start(world, world.experiment(audience_id=audience.pk))
        schedule(world, experiment, (50, timedelta(hours=1)), (60, timedelta(hours=2)))
        set_rollout(world, pause(world, experiment), split_of(experiment.feature, {"blue": 50}))
        start(world, experiment)

    counts = [api.statements(query, first=first) for first in (1, 2, SIZE)]
    edges = api(query, first=SIZE)["experiments"]["edges"]

    assert len(set(counts)) == 1
    assert counts[0] <= AT_MOST_ON_A_LIST
    assert [(len(edge["node"]["phases"]["edges"]), len(edge["node"]["ramps"]["edges"])) for edge in edges] == [
        (2, 2)
    ] * SIZE
    assert {edge["node"]["currentPhase"]["number"] for edge in edges} == {2}


def test_totals_alone_take_as_many_statements_for_twenty_parents_as_for_one(world: World, api: Api) -> None:
    query = """{ projects { edges { node {
        environments { totalCount } features(first: 1) { totalCount } segments(first: 1) { totalCount }
    } } } }"""
    world.feature()

    one = api.statements(query)
    for n in range(SIZE):
        world.with_project(f"Another {n}").feature()
    twenty = api.statements(query)

    assert twenty == one
    totals = {"environments": {"totalCount": 1}, "features": {"totalCount": 1}, "segments": {"totalCount": 0}}
    assert [edge["node"] for edge in api(query)["projects"]["edges"]] == [totals] * (SIZE + 1)


def test_lists_that_are_empty_ask_no_more_than_those_that_are_not(world: World, api: Api) -> None:
    query = """{ projects { edges { node {
        environments { totalCount edges { node { name } } pageInfo { hasNextPage endCursor } }
        features(first: 5) { totalCount edges { node { key } } pageInfo { hasNextPage endCursor } }
        segments(first: 5) { totalCount edges { node { name } } pageInfo { hasNextPage endCursor } }
    } } } }"""

    first = api.statements(query)
    for n in range(SIZE):
        world.with_project(f"Empty {n}")
    many = api.statements(query)
    shop = api(query)["projects"]["edges"][-1]["node"]

    assert first == many
    assert shop["environments"]["totalCount"] == 1
    empty = {"totalCount": 0, "edges": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}
    assert (shop["features"], shop["segments"]) == (empty, empty)


def wide_world(world: World, size: int) -> tuple[str, list[dict[str, object]], str]:
    """A feature with so many options and plain overrides, among so many others; its split, and its id."""
    feature = world.feature(options=[f"o{n}" for n in range(size)])
    for _ in range(size - 1):
        world.experiment()
    overrides = [{"segmentId": gid(world.segment()), "value": "plain"} for _ in range(size)]
    flag = {"environmentId": gid(world.environment), "featureId": gid(feature)}
    Api(world.author)(documents.UPDATE_FLAG, input={**flag, "overrides": overrides})
    split = [{"optionId": gid(option), "percentage": 1} for option in options_by_key(feature).values()]
    return gid(feature), list(split), gid(world.environment)


def first_of(split: list[dict[str, object]]) -> dict[str, object]:
    """A share of the first option that it does not have yet."""
    return {**split[0], "percentage": 2}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("world", ["V1", "V2"], indirect=True)
def test_the_main_writes_take_at_most_25_statements_however_much_there_is(world: World, api: Api) -> None:
    counts: dict[str, list[int]] = {"create": [], "update": []}
    for size in (1, SIZE):
        feature, split, environment = wide_world(world, size)
        created: dict[str, object] = {"environmentId": environment, "featureId": feature, "name": f"E {size}"}
        rollout = {"percentage": 10, "multivariateValues": split}
        counts["create"].append(api.statements(documents.CREATE_EXPERIMENT, input=created, rollout=rollout))
        experiments = "query($id: ID!) { experiments(featureId: $id) { edges { node { id } } } }"
        (edge,) = api(experiments, id=feature)["experiments"]["edges"]
        counts["update"].append(
            api.statements(
                documents.UPDATE_EXPERIMENT_ROLLOUT,
                id=edge["node"]["id"],
                rollout={"percentage": 20, "multivariateValues": [first_of(split)], "controlValue": "other"},
            )
        )

    assert {name: len(set(found)) for name, found in counts.items()} == {"create": 1, "update": 1}, counts
    assert max(counts["create"] + counts["update"]) <= AT_MOST_ON_A_WRITE, counts
