"""Somebody with a role in a part of an organisation meets nothing of the rest, on any path of the schema."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from django.db.models import Model, Q
from pytest_django.plugin import DjangoDbBlocker

from server.accounts.authors import Author, Scope
from server.accounts.models import Grant, User
from server.accounts.roles import Permission, Role
from server.accounts.selectors.authors import author_of_api_key, author_of_user
from server.accounts.services.create_api_key import create_api_key
from server.accounts.services.grant_role import grant_role
from server.audit.models import AuditRecord
from server.experimentation.models import (
    Computation,
    Experiment,
    Metric,
    MetricVersion,
    Phase,
    PhaseStep,
    Plan,
    Replay,
    ScheduledRamp,
)
from server.features.models import Feature, Option, Segment, SegmentVersion
from server.projects.models import Environment, EnvironmentKey, Project
from server.schema.ids import decode_any
from server.versioning.models import Flag, FlagVersion, IdentityOverride
from tests.factories import NOW
from tests.keeping import kept_rows
from tests.rows import unchanged
from tests.schema.api import Api, gid
from tests.schema.calls import CALLS
from tests.schema.crawling import crawl
from tests.schema.tenants import Tenant, a_user, new_tenant, staging_mark
from tests.schema.walking import MUTATIONS, SCHEMA, at, document, everything, id_positions_of, ids_in, with_value

pytestmark = pytest.mark.django_db

Ids = dict[str, set[str]]
REFUSED = {"NotFound", "NotAllowed", "InvalidInput"}
WAYS_DOWN = """{
  organisations(first: 3) { edges { node { projects(first: 4) { edges { node {
    name
    environments(first: 5) { edges { node { name } } }
    features(first: 20) { edges { node { flags(first: 5) { edges { node { environment { name } } } } } } }
  } } } } } }
}"""


@pytest.fixture(scope="module")
def kept(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Tenant]:
    with kept_rows(django_db_blocker):
        yield new_tenant("mineMine")


@pytest.fixture
def tenant(kept: Tenant) -> Tenant:
    return deepcopy(kept)


def project_only(tenant: Tenant, role: Role = Role.VIEWER) -> Author:
    return tenant.member(role, tenant.scope())


def environment_only(tenant: Tenant, role: Role = Role.VIEWER) -> Author:
    return tenant.member(role, tenant.scope(tenant.production.environment))


def key_of_environment(tenant: Tenant, role: Role = Role.VIEWER) -> Author:
    scope = tenant.scope(tenant.production.environment)
    created = create_api_key(name="narrow", role=role, scope=scope, author=tenant.owner, now=NOW)
    return author_of_api_key(created.api_key)


def of_project(tenant: Tenant, environments: Q, held: Q, author: Author) -> Ids:
    """What exists with a role in the project, or in environments of it."""
    project = tenant.project
    users = User.objects.filter(grants__in=Grant.objects.filter(held))
    keys = EnvironmentKey.objects.filter(environment__in=Environment.objects.filter(environments, project=project))
    administers = any(grant.role.permits(Permission.ADMINISTER) for grant in author.grants)
    rows: dict[str, list[Model]] = {
        "Organisation": [tenant.organisation],
        "User": [*users, *User.objects.filter(pk=author.holder_id if author.kind == "USER" else 0)],
        "ApiKey": [],
        "Grant": [*Grant.objects.filter(held)],
        "Project": [*Project.objects.filter(pk=project.pk)],
        "Environment": [*Environment.objects.filter(environments, project=project)],
        "EnvironmentKey": [*keys] if administers else [],
        "Feature": [*Feature.objects.filter(project=project)],
        "MultivariateOption": [*Option.objects.filter(feature__project=project)],
        "Segment": [*Segment.objects.filter(project=project, is_system=False)],
        "SegmentVersion": [*SegmentVersion.objects.filter(segment__project=project, segment__is_system=False)],
        "Metric": [*Metric.objects.filter(project=project)],
        "MetricVersion": [*MetricVersion.objects.filter(metric__project=project)],
        "Flag": [*Flag.objects.filter(environment__in=Environment.objects.filter(environments, project=project))],
        "Experiment": [
            *Experiment.objects.filter(environment__in=Environment.objects.filter(environments, project=project))
        ],
        "AuditRecord": [*AuditRecord.objects.filter(held)],
    }
    rows["IdentityOverride"] = [*IdentityOverride.objects.filter(flag__in=[flag.pk for flag in rows["Flag"]])]
    rows["FlagVersion"] = [*FlagVersion.objects.filter(flag__in=[flag.pk for flag in rows["Flag"]])]
    experiments = [experiment.pk for experiment in rows["Experiment"]]
    rows["Phase"] = [*Phase.objects.filter(experiment__in=experiments)]
    rows["PhaseStep"] = [*PhaseStep.objects.filter(phase__experiment__in=experiments)]
    rows["ScheduledRamp"] = [*ScheduledRamp.objects.filter(experiment__in=experiments)]
    rows["Plan"] = [*Plan.objects.filter(experiment__in=experiments)]
    rows["Computation"] = [*Computation.objects.filter(experiment__in=experiments)]
    rows["AAReplay"] = [*Replay.objects.filter(experiment__in=experiments)]
    return {type_name: {gid(row) for row in found} for type_name, found in rows.items()}


def of_whole_project(tenant: Tenant, author: Author) -> Ids:
    return of_project(tenant, Q(), Q(project_id=tenant.project.pk), author)


def of_production(tenant: Tenant, author: Author) -> Ids:
    environment_id = tenant.production.environment.pk
    return of_project(tenant, Q(pk=environment_id), Q(environment_id=environment_id), author)


def crawled(author: Author, types: Ids) -> tuple[str, Ids]:
    """All that the author can read, as one text, and the ids of the objects."""
    answers = crawl(Api(author))
    text = json.dumps([answers, Api(author)(WAYS_DOWN)])
    return text.casefold(), {name: {id for id in answers if decode_any(id)[0] == name} for name in types}


def nodes(author: Author, tenant: Tenant) -> Ids:
    """What the author gets by the ids of all that the organisation has."""
    return {name: {id for id in ids if _read(author, name, id)} for name, ids in tenant.ids.items()}


def _read(author: Author, type_name: str, id: str) -> bool:
    kind = SCHEMA.get_type(type_name)
    assert kind is not None
    query = f"query($id: ID!) {{ node(id: $id) {{ ... on {type_name} {everything(kind)} }} }}"
    return Api(author)(query, id=id)["node"] is not None


def refuses_all(author: Author, tenant: Tenant, hidden: Ids, marks: list[str]) -> None:
    """Asserts that no operation does or tells anything about what is hidden, beside ids that are not."""
    calls = calls_with_ids(tenant)
    with unchanged():
        for operation, call in calls:
            for place, position in ids_in(operation, call):
                type_name, _ = decode_any(at(call, position))
                for foreign in sorted(hidden[type_name])[:2]:
                    mixed = with_value(call, position, foreign)
                    answer = Api(author)(document(operation, mixed), **mixed)[operation]

                    text = json.dumps(answer).casefold()
                    assert [mark for mark in marks if mark.casefold() in text] == [], (place, answer)
                    if operation in MUTATIONS:
                        assert answer["__typename"] in REFUSED, (place, answer)


def calls_with_ids(tenant: Tenant) -> list[tuple[str, dict[str, Any]]]:
    """Calls of all operations that take ids, with the tenant's own."""
    return [(name, call) for name in CALLS if id_positions_of(name) for call in CALLS[name](tenant)]


def test_with_a_role_in_one_project_nothing_of_another_is_read_or_written(tenant: Tenant) -> None:
    other = new_tenant("otherOther", beside=tenant)
    author, editor = project_only(tenant), project_only(tenant, Role.OWNER)
    visible = of_whole_project(tenant, author)

    text, read = crawled(author, visible)

    assert "otherother" not in text
    assert read == visible
    assert nodes(author, tenant) == visible
    owned = of_whole_project(tenant, editor)
    hidden = {name: set(ids) - owned[name] for name, ids in other.ids.items()}
    refuses_all(editor, tenant, hidden, ["otherOther"])


@pytest.mark.parametrize("holder", [environment_only, key_of_environment])
def test_with_a_role_in_one_environment_nothing_of_another_is_read(holder: object, tenant: Tenant) -> None:
    assert callable(holder)
    author = holder(tenant)
    visible = of_production(tenant, author)

    text, read = crawled(author, visible)

    assert staging_mark("mineMine").casefold() not in text
    assert read == visible
    assert nodes(author, tenant) == visible


def test_with_a_role_in_one_environment_nothing_of_another_is_written(tenant: Tenant) -> None:
    owner = environment_only(tenant, Role.OWNER)
    visible = of_production(tenant, owner)
    hidden = {name: set(ids) - visible[name] for name, ids in tenant.ids.items()}

    refuses_all(owner, tenant, hidden, [staging_mark("mineMine")])


def test_with_a_role_in_one_environment_the_project_is_not_changed(tenant: Tenant) -> None:
    owner = Api(environment_only(tenant, Role.OWNER))
    above = [
        "archiveMetric",
        "createEnvironment",
        "createFeature",
        "createMetric",
        "createProject",
        "createSegment",
        "deleteSegment",
        "updateFeature",
        "updateMetric",
        "updateOrganisation",
        "updateProject",
        "updateSegment",
    ]

    with unchanged():
        told = {name: owner(document(name, call), **call)[name] for name in above for call in CALLS[name](tenant)}

    assert {name: answer["__typename"] for name, answer in told.items()} == dict.fromkeys(above, "NotAllowed")


def test_without_any_role_there_is_nothing(tenant: Tenant) -> None:
    stranger = author_of_user(a_user("stranger"))
    tenant.ids  # noqa: B018 - what there is now

    text, read = crawled(stranger, {name: set() for name in tenant.ids})

    own = gid(User.objects.get(pk=stranger.holder_id))
    assert "minemine" not in text
    assert read == {name: {own} if name == "User" else set() for name in tenant.ids}
    assert nodes(stranger, tenant) == {name: set() for name in tenant.ids}
    calls = calls_with_ids(tenant)
    with unchanged():
        for operation, call in calls:
            answer = Api(stranger)(document(operation, call), **call)[operation]

            assert "minemine" not in json.dumps(answer).casefold(), operation
            if operation in MUTATIONS:
                assert answer["__typename"] == "NotFound", (operation, answer)


def test_a_place_on_the_way_is_seen_without_its_people(tenant: Tenant) -> None:
    author = environment_only(tenant)
    query = "{ organisations { edges { node { grants { totalCount } apiKeys { totalCount } } } } }"

    (seen,) = Api(author)(query)["organisations"]["edges"]

    in_environment = Grant.objects.filter(environment_id=tenant.production.environment.pk).count()
    assert seen == {"node": {"grants": {"totalCount": in_environment}, "apiKeys": {"totalCount": 0}}}


RENAME_ENVIRONMENT = """mutation($id: ID!, $name: String!) {
  updateEnvironment(environmentId: $id, input: {name: $name}) {
    ... on Conflict { code message collidesWith { id name } }
  }
}"""
RENAME_PROJECT = """mutation($id: ID!, $name: String!) {
  updateProject(projectId: $id, input: {name: $name}) {
    ... on Conflict { code message collidesWith { id name } }
  }
}"""


def test_a_name_taken_by_an_environment_that_is_not_seen_tells_nothing_of_it(tenant: Tenant) -> None:
    environment, other = tenant.production.environment, tenant.staging.environment
    asked = {"id": gid(environment), "name": other.name.upper()}

    hidden = Api(environment_only(tenant, Role.ADMIN))(RENAME_ENVIRONMENT, **asked)["updateEnvironment"]
    seen = Api(project_only(tenant, Role.ADMIN))(RENAME_ENVIRONMENT, **asked)["updateEnvironment"]

    assert (hidden["code"], hidden["collidesWith"]) == ("NAME_TAKEN", None)
    assert other.name not in hidden["message"]
    assert seen["collidesWith"] == {"id": gid(other), "name": other.name}


def test_a_name_taken_by_a_project_that_is_not_seen_tells_nothing_of_it(tenant: Tenant) -> None:
    other = new_tenant("otherOther", beside=tenant).project
    asked = {"id": gid(tenant.project), "name": other.name.upper()}

    hidden = Api(project_only(tenant, Role.ADMIN))(RENAME_PROJECT, **asked)["updateProject"]
    seen = Api(tenant.member(Role.ADMIN))(RENAME_PROJECT, **asked)["updateProject"]

    assert (hidden["code"], hidden["collidesWith"]) == ("NAME_TAKEN", None)
    assert other.name not in hidden["message"]
    assert seen["collidesWith"] == {"id": gid(other), "name": other.name}


GRANTS = """{ organisations { edges { node { grants(first: 50) { edges { node {
  holderName role user { email } apiKey { id name }
} } } } } } }"""
HOLDERS = "{ organisations { edges { node { grants(first: 50) { edges { node { holderName } } } } } } }"
KEYS = "{ organisations { edges { node { grants(first: 50) { edges { node { apiKey { name } } } } } } } }"


def told_grants(author: Author) -> list[dict[str, Any]]:
    """The grants of the only organisation that the author sees."""
    (edge,) = Api(author)(GRANTS)["organisations"]["edges"]
    return [edge["node"] for edge in edge["node"]["grants"]["edges"]]


def test_a_key_behind_a_grant_is_shown_to_who_manages_access_and_its_name_to_all(tenant: Tenant) -> None:
    name = tenant.api_key.name
    viewer, owner = tenant.member(Role.VIEWER), tenant.owner

    (told,) = [grant for grant in told_grants(viewer) if grant["holderName"] == name]
    (shown,) = [grant for grant in told_grants(owner) if grant["holderName"] == name]

    assert told == {"holderName": name, "role": "OWNER", "user": None, "apiKey": None}
    assert shown["apiKey"] == {"id": gid(tenant.api_key), "name": name}


def test_an_owner_of_an_environment_is_shown_the_key_that_holds_a_role_there(tenant: Tenant) -> None:
    key = key_of_environment(tenant)

    keys = {
        tuple(grant["apiKey"].items()) for grant in told_grants(environment_only(tenant, Role.OWNER)) if grant["apiKey"]
    }

    assert [dict(found)["name"] for found in keys] == [key.name]


def test_a_grant_is_named_after_the_name_of_its_user_or_else_their_address(tenant: Tenant) -> None:
    user = a_user("nameless")
    User.objects.filter(pk=user.pk).update(name="")
    Grant.objects.create(user=user, role=Role.VIEWER, organisation=tenant.organisation, created_at=NOW)

    names = [grant["holderName"] for grant in told_grants(tenant.owner)]

    assert user.email in names
    assert tenant.owner.name in names


@pytest.mark.parametrize("query", [GRANTS, HOLDERS, KEYS])
def test_holders_take_as_many_statements_for_many_grants_as_for_few(query: str, tenant: Tenant) -> None:
    few = Api(tenant.owner).statements(query)
    for _ in range(5):
        tenant.member(Role.VIEWER)
        key_of_environment(tenant)

    assert Api(tenant.owner).statements(query) == few


NO_PLACES = [
    ({"projectId": "nonsense"}, "projectId"),
    ({"projectId": "an environment"}, "projectId"),
    ({"projectId": "the project", "environmentId": "nonsense"}, "environmentId"),
    ({"projectId": "the project", "environmentId": "the project"}, "environmentId"),
    ({"environmentId": "an environment"}, "projectId"),
]


@pytest.mark.parametrize(("place", "field"), NO_PLACES)
@pytest.mark.parametrize("operation", ["createGrant", "createApiKey"])
def test_a_place_with_an_id_that_is_none_is_not_found(
    operation: str, place: dict[str, str], field: str, tenant: Tenant
) -> None:
    ids = {"the project": gid(tenant.project), "an environment": gid(tenant.production.environment)}
    within = {"organisationId": gid(tenant.organisation)} | {name: ids.get(id, id) for name, id in place.items()}
    holder = a_user("everywhere")
    for scope in (Scope(tenant.organisation.pk), tenant.scope()):
        grant_role(role=Role.VIEWER, scope=scope, email=holder.email, author=tenant.owner, now=NOW)
    own = {"email": holder.email} if operation == "createGrant" else {"name": "Key"}
    call = {"input": {"place": within, "role": "VIEWER", **own}}

    with unchanged():
        answer = Api(tenant.owner)(document(operation, call), **call)[operation]

    assert (answer["__typename"], answer["field"]) == ("NotFound", field)
