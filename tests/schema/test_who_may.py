"""Which role each mutation takes, in the whole of an organisation: the least one, and none below it."""

from collections.abc import Iterator
from copy import deepcopy

import pytest
from pytest_django.plugin import DjangoDbBlocker

from server.accounts.roles import Role
from server.schema.ids import encode_id
from tests.keeping import kept_rows
from tests.rows import unchanged
from tests.schema.api import Api
from tests.schema.calls import MUTATION_CALLS
from tests.schema.tenants import Tenant, new_tenant
from tests.schema.walking import MUTATIONS, document

pytestmark = pytest.mark.django_db

LEAST_ROLE = {
    "createExperiment": Role.EDITOR,
    "updateExperiment": Role.EDITOR,
    "updateExperimentRollout": Role.EDITOR,
    "startExperiment": Role.EDITOR,
    "pauseExperiment": Role.EDITOR,
    "completeExperiment": Role.EDITOR,
    "deleteExperiment": Role.EDITOR,
    "duplicateExperiment": Role.EDITOR,
    "archiveExperiment": Role.EDITOR,
    "unarchiveExperiment": Role.EDITOR,
    "rampExperimentRollout": Role.EDITOR,
    "scheduleExperimentRamps": Role.EDITOR,
    "cancelExperimentRamps": Role.EDITOR,
    "revertCompletion": Role.EDITOR,
    "setExperimentPlan": Role.EDITOR,
    "createMetric": Role.EDITOR,
    "updateMetric": Role.EDITOR,
    "archiveMetric": Role.EDITOR,
    "unarchiveMetric": Role.EDITOR,
    "trackEvents": Role.EDITOR,
    "refreshResults": Role.EDITOR,
    "refreshBaseline": Role.EDITOR,
    "replayAA": Role.EDITOR,
    "updateFlag": Role.EDITOR,
    "restoreFlagVersion": Role.EDITOR,
    "setIdentityOverride": Role.EDITOR,
    "removeIdentityOverride": Role.EDITOR,
    "createFeature": Role.EDITOR,
    "updateFeature": Role.EDITOR,
    "createSegment": Role.EDITOR,
    "updateSegment": Role.EDITOR,
    "deleteSegment": Role.EDITOR,
    "createProject": Role.ADMIN,
    "updateProject": Role.ADMIN,
    "createEnvironment": Role.ADMIN,
    "updateEnvironment": Role.ADMIN,
    "createEnvironmentKey": Role.ADMIN,
    "revokeEnvironmentKey": Role.ADMIN,
    "updateOrganisation": Role.OWNER,
    "createApiKey": Role.OWNER,
    "revokeApiKey": Role.OWNER,
    "createGrant": Role.OWNER,
    "updateGrant": Role.OWNER,
    "revokeGrant": Role.OWNER,
}
UNSEEN_BELOW = {"revokeApiKey", "revokeEnvironmentKey"}
"""What it names exists only for those who may do it: below, there is no such thing."""
FOR_ANY_USER = {"createOrganisation"}
RANKED = [Role.VIEWER, Role.EDITOR, Role.ADMIN, Role.OWNER]
REFUSALS = {"InvalidInput", "NotFound", "NotAllowed", "Conflict", "Locked"}


def test_every_mutation_has_its_least_role() -> None:
    assert sorted([*LEAST_ROLE, *FOR_ANY_USER]) == sorted(MUTATIONS)


@pytest.fixture(scope="module")
def kept(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Tenant]:
    with kept_rows(django_db_blocker):
        yield new_tenant("mine")


@pytest.fixture
def tenant(kept: Tenant) -> Tenant:
    return deepcopy(kept)


@pytest.mark.parametrize("mutation", LEAST_ROLE)
def test_a_mutation_takes_its_least_role_and_refuses_those_below(mutation: str, tenant: Tenant) -> None:
    call = MUTATION_CALLS[mutation](tenant)[0]
    rank = RANKED.index(LEAST_ROLE[mutation])
    below, enough = [tenant.member(role) for role in RANKED[:rank]], tenant.member(RANKED[rank])

    with unchanged():
        told = [Api(author)(document(mutation, call), **call)[mutation] for author in below]
    done = Api(enough)(document(mutation, call), **call)[mutation]

    refusal = ("NotFound", "NOT_FOUND") if mutation in UNSEEN_BELOW else ("NotAllowed", "NOT_ALLOWED")
    assert [(answer["__typename"], answer["code"]) for answer in told] == [refusal] * rank
    assert done["__typename"] not in REFUSALS, done


def test_an_organisation_is_created_by_any_user_and_by_no_key(tenant: Tenant) -> None:
    call = {"input": {"name": "Another"}}
    viewer = tenant.member(Role.VIEWER)

    told = Api(tenant.key)(document("createOrganisation", call), **call)["createOrganisation"]
    done = Api(viewer)(document("createOrganisation", call), **call)["createOrganisation"]

    assert told["__typename"] == "NotAllowed"
    assert done["name"] == "Another"
    assert [edge["node"]["user"]["id"] for edge in done["grants"]["edges"]] == [encode_id("User", viewer.holder_id)]
