"""A tenant with everything that there can be, every text of it marked. Asserts nothing."""

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from itertools import count

from django.db.models import Model

from server.accounts.authors import Author, Scope
from server.accounts.models import ApiKey, Grant, Organisation, User
from server.accounts.roles import Role
from server.accounts.selectors.authors import author_of_api_key, author_of_user
from server.accounts.services.create_api_key import create_api_key
from server.accounts.services.grant_role import grant_role
from server.audit.models import AuditRecord
from server.experimentation.metrics.definitions import Definition, Measured
from server.experimentation.metrics.plans import PlanRequest
from server.experimentation.models import (
    Computation,
    Experiment,
    Metric,
    MetricKind,
    MetricVersion,
    Phase,
    PhaseStep,
    Plan,
    Replay,
    ScheduledRamp,
    Status,
)
from server.features.models import Feature, Option, Segment, SegmentVersion
from server.features.services.create_segment import create_segment
from server.projects.models import Environment, EnvironmentKey, EnvironmentKeyKind, Project, Versioning
from server.projects.services.create_environment_key import create_environment_key
from server.projects.services.create_project import create_project
from server.schema.nodes import NAMES
from server.versioning.change_sets import StateChange
from server.versioning.identities import ForcedValue
from server.versioning.models import Flag, FlagVersion, IdentityOverride
from server.versioning.services.create_environment import create_environment
from server.versioning.services.set_identity_override import set_identity_override
from server.warehouse.questions.terms import Aggregate
from tests.experimentation.acting import bring_to, change_flag, override, put_away, schedule
from tests.experimentation.measuring import TERMS, new_metric, plan_of, put_metric_away, set_plan
from tests.experimentation.planning.remembering import remember
from tests.experimentation.results.replaying import failed_replay, replayed
from tests.experimentation.results.storing import computed, failed
from tests.factories import NOW, World, split_of
from tests.schema.api import gid

_number = count(1)

ORGANISATION_OF: dict[type[Model], str] = {
    Organisation: "id",
    User: "grants__organisation",
    ApiKey: "organisation",
    Grant: "organisation",
    Project: "organisation",
    Environment: "project__organisation",
    EnvironmentKey: "environment__project__organisation",
    Feature: "project__organisation",
    Option: "feature__project__organisation",
    Segment: "project__organisation",
    SegmentVersion: "segment__project__organisation",
    Flag: "environment__project__organisation",
    FlagVersion: "flag__environment__project__organisation",
    IdentityOverride: "flag__environment__project__organisation",
    Experiment: "environment__project__organisation",
    Phase: "experiment__environment__project__organisation",
    PhaseStep: "phase__experiment__environment__project__organisation",
    ScheduledRamp: "experiment__environment__project__organisation",
    Metric: "project__organisation",
    MetricVersion: "metric__project__organisation",
    Plan: "experiment__environment__project__organisation",
    Computation: "experiment__environment__project__organisation",
    Replay: "experiment__environment__project__organisation",
    AuditRecord: "organisation_id",
}


@dataclass
class Tenant:
    """An organisation with everything in it. ``mark`` stands in every text of it."""

    mark: str
    production: World
    staging: World
    experiments: dict[str, Experiment]
    free: Feature
    spare_segment: Segment
    used_segment: Segment
    metric: Metric
    spare_metric: Metric
    archived_metric: Metric
    api_key: ApiKey
    environment_key: EnvironmentKey

    @property
    def owner(self) -> Author:
        """The user who owns it all."""
        return self.production.author

    @property
    def organisation(self) -> Organisation:
        return self.production.organisation

    @property
    def project(self) -> Project:
        return self.production.project

    @property
    def key(self) -> Author:
        """The API key, which owns it all as well."""
        return author_of_api_key(self.api_key)

    def scope(self, environment: Environment | None = None) -> Scope:
        """The project as a place, or one environment of it."""
        return Scope(self.organisation.pk, self.project.pk, environment.pk if environment else None)

    def member(self, role: Role, scope: Scope | None = None) -> Author:
        """A stored user with this role; in the whole organisation unless said otherwise."""
        user = a_user(self.mark)
        place = scope or Scope(self.organisation.pk)
        grant_role(role=role, scope=place, email=user.email, author=self.owner, now=NOW)
        return author_of_user(user)

    @cached_property
    def ids(self) -> dict[str, list[str]]:
        """The global ids of all that there is in it when first asked, by the name of the type."""
        return {
            NAMES[model]: sorted({gid(row) for row in model._default_manager.filter(**{path: self.organisation.pk})})
            for model, path in ORGANISATION_OF.items()
        }


def a_user(mark: str) -> User:
    """A stored user who holds no role yet."""
    email = f"{mark}-{next(_number)}@example.test"
    return User.objects.create_user(email=email, name=f"{mark} person {email}")


def new_tenant(mark: str, *, beside: Tenant | None = None) -> Tenant:
    """Every type of object, experiments in every status in production, an archived one, and two in staging.

    What belongs to staging has a mark of its own. With ``beside``, it is another project
    of that organisation.
    """
    production = _world(mark, beside)
    staging = production.with_environment(Versioning.V1, staging_mark(mark))
    experiments: dict[str, Experiment] = {}
    for status in Status:
        experiment = _experiment(production, f"{mark} {status}", f"{mark}-{status}")
        experiments[status] = bring_to(production, experiment, status)
    archived = bring_to(production, _experiment(production, f"{mark} archived", f"{mark}-archived"), Status.COMPLETED)
    experiments["ARCHIVED"] = put_away(production, archived)
    schedule(production, experiments[Status.RUNNING], (50, timedelta(days=1)))
    metric, spare_metric = (_metric(production, f"{mark} {name}") for name in ("metric", "spare metric"))
    archived_metric = put_metric_away(production, _metric(production, f"{mark} archived metric"))
    set_plan(production, experiments[Status.RUNNING], _plan(mark, metric))
    for status in (Status.DRAFT, Status.RUNNING):
        experiment = _experiment(staging, f"{staging_mark(mark)} {status}", f"{mark}-other-{status}")
        experiments[f"STAGING_{status}"] = bring_to(staging, experiment, status)
    set_plan(staging, experiments["STAGING_DRAFT"], _plan(staging_mark(mark), metric))
    for name in (Status.RUNNING, "STAGING_RUNNING"):
        failed(computed(experiments[name]).experiment)
    replayed(experiments[Status.RUNNING], production.author, variants=f"control {mark}-replayed")
    failed_replay(experiments["STAGING_RUNNING"], staging.author)
    for world in (production, staging):
        remember(world, metric)
    used, spare = (_segment(production, f"{mark} {name}") for name in ("used", "spare"))
    free = _feature(production, f"{mark}-free", options=("blue", "red", "spare"))
    for world, value in ((production, mark), (staging, staging_mark(mark))):
        change_flag(world, free, override(used, value=value), default=StateChange(value=f"{value} by default"))
        _force(world, free, f"{value} unit")
    organisation_wide = Scope(production.organisation.pk)
    api_key = create_api_key(
        name=f"{mark} key", role=Role.OWNER, scope=organisation_wide, author=production.author, now=NOW
    ).api_key
    key = _environment_key(production, mark)
    _environment_key(staging, staging_mark(mark))
    tenant = Tenant(
        mark, production, staging, experiments, free, spare, used, metric, spare_metric, archived_metric, api_key, key
    )
    tenant.member(Role.VIEWER, tenant.scope(production.environment))
    tenant.member(Role.EDITOR, tenant.scope())
    return tenant


def staging_mark(mark: str) -> str:
    """What stands in every text that belongs to the staging environment, and in no other."""
    return f"{mark}-staging"


def _world(mark: str, beside: Tenant | None) -> World:
    if beside is None:
        organisation = Organisation.objects.create(name=f"{mark} organisation", created_at=NOW)
        user = a_user(mark)
        Grant.objects.create(user=user, role=Role.OWNER, organisation=organisation, created_at=NOW)
        author = author_of_user(user)
    else:
        organisation, author = beside.organisation, beside.owner
    project = create_project(organisation_id=organisation.pk, name=f"{mark} project", author=author, now=NOW)
    environment = create_environment(
        project_id=project.pk, name=f"{mark} production", versioning=Versioning.V2, author=author, now=NOW
    )
    return World(organisation, author, project, environment)


def _environment_key(world: World, mark: str) -> EnvironmentKey:
    return create_environment_key(
        environment_id=world.environment.pk,
        name=f"{mark} application",
        kind=EnvironmentKeyKind.SERVER,
        author=world.author,
        now=NOW,
    ).environment_key


def _feature(world: World, key: str, options: tuple[str, ...] = ("blue", "red")) -> Feature:
    return world.feature(
        key=key,
        options=[f"{key}-{option}" for option in options],
        value=f"{key} value",
        description=f"{key} description",
    )


def _experiment(world: World, name: str, feature_key: str) -> Experiment:
    feature = _feature(world, feature_key)
    rollout = split_of(feature, control_value=f"{name} control")
    return world.experiment(feature, name=name, hypothesis=f"{name} hypothesis", rollout=rollout)


def _force(world: World, feature: Feature, targeting_key: str) -> None:
    set_identity_override(
        feature_id=feature.pk,
        environment_id=world.environment.pk,
        targeting_key=targeting_key,
        forced=ForcedValue(value=f"{targeting_key} value"),
        author=world.author,
        now=NOW,
    )


def _metric(world: World, name: str) -> Metric:
    measured = Measured(f"{name} event", Aggregate.SUM, (), f"{name} property")
    description = f"{name} description"
    return new_metric(world, Definition(MetricKind.SUM, measured), key=name.replace(" ", "-"), description=description)


def _plan(mark: str, metric: Metric) -> PlanRequest:
    return plan_of(metric, replace(TERMS, dimensions=(f"{mark} dimension",)))


def _segment(world: World, name: str) -> Segment:
    rules = {"type": "ALL", "conditions": [{"trait": f"{name} trait", "operator": "EQUAL", "value": f"{name} plan"}]}
    return create_segment(
        project_id=world.project.pk,
        name=name,
        description=f"{name} description",
        rules=rules,
        author=world.author,
        now=NOW,
    )
