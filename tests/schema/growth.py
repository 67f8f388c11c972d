"""Grows a world until every list of the API has so many rows. Asserts nothing."""

from dataclasses import dataclass
from datetime import timedelta

from server.accounts.authors import Author, Scope
from server.accounts.models import Grant, User
from server.accounts.roles import Role
from server.accounts.selectors.authors import author_of_user
from server.accounts.services.create_api_key import create_api_key
from server.accounts.services.create_organisation import create_organisation
from server.experimentation.models import Experiment, Metric, Status
from server.experimentation.ramps import Ramp
from server.experimentation.services.schedule_experiment_ramps import schedule_experiment_ramps
from server.features.models import Feature, Segment
from server.projects.models import EnvironmentKeyKind, Versioning
from server.projects.services.create_environment_key import create_environment_key
from server.projects.services.create_project import create_project
from server.versioning.change_sets import StateChange
from server.versioning.identities import ForcedValue
from server.versioning.services.set_identity_override import set_identity_override
from tests.experimentation.acting import bring_to, change_flag, change_rules, override, pause, set_rollout, start
from tests.experimentation.measuring import new_metric, plan_of, redefine, set_plan
from tests.experimentation.planning.remembering import remember
from tests.experimentation.results.replaying import failed_replay, replayed
from tests.experimentation.results.storing import computed, failed
from tests.factories import NOW, World, options_by_key, points, split_of


@dataclass
class Grown:
    """A world with as many rows in every list as it was grown to; at first one."""

    world: World
    feature: Feature
    segment: Segment
    experiment: Experiment
    metric: Metric
    size: int = 1

    @property
    def author(self) -> Author:
        """The owner with the roles of now: whoever creates an organisation owns it as well."""
        return author_of_user(User.objects.get(pk=self.world.author.holder_id))

    def grow(self, size: int) -> None:
        """Add of everything what is missing."""
        more = range(self.size, size)
        for n in more:
            self.world.with_environment(Versioning.V2, f"staging {n}")
        for n in more:
            create_organisation(name=f"Zoo {n}", author=self.author, now=NOW)
            _project(self.world, f"Zoo {n}")
            _key(self.world, f"key {n}")
            _environment_key(self.world, f"application {n}")
            _experiment(self.world, self.world.segment())
            self._next_experiment()
            change_flag(self.world, self.feature, default=StateChange(value=f"value {n}"))
            _force(self.world, self.feature, f"unit {n}")
            change_rules(self.world, self.segment, plan=f"plan {n}")
            redefine(self.world, self.metric, f"event {n}")
            _plan(self.world, self.experiment, self.metric, new_metric(self.world))
            _next_phase(self.world, self.experiment, n)
            _next_ramp(self.world, self.experiment)
            failed(self.experiment)
            failed_replay(self.experiment, self.author)
        for _ in more:
            pause(self.world, self.experiment)
            start(self.world, self.experiment)
        self.size = max(size, self.size)

    def _next_experiment(self) -> None:
        """Another experiment on the feature's flag, after the one before."""
        last = Experiment.objects.filter(feature=self.feature).latest("id")
        bring_to(self.world, last, Status.COMPLETED)
        self.world.experiment(self.feature)


def grown(world: World) -> Grown:
    """A world with one of everything, related to each other."""
    Grant.objects.create(
        user_id=world.author.holder_id, role=Role.OWNER, organisation=world.organisation, created_at=NOW
    )
    create_organisation(name="Zoo 0", author=world.author, now=NOW)
    _key(world, "key 0")
    _environment_key(world, "application 0")
    segment = world.segment(name="a segment")  # the first in its list
    feature = _experiment(world, segment)
    _force(world, feature, "unit 0")
    experiment, metric = _with_phases(world), new_metric(world, name="a metric")  # the first in its list
    _plan(world, experiment, metric)
    computed(experiment)
    replayed(experiment, world.author)
    remember(world, metric)
    return Grown(world, feature, segment, experiment, metric)


def _with_phases(world: World) -> Experiment:
    """The first of every list: in its second phase, with an audience, and with a ramp that is to come."""
    audience = world.segment(name="an audience")
    experiment = world.experiment(world.feature(key="a-first"), name="A first", audience_id=audience.pk)
    Experiment.objects.filter(pk=experiment.pk).update(created_at=NOW + timedelta(days=1))
    _next_ramp(world, start(world, experiment))
    _next_phase(world, experiment, 0)
    return experiment


def _next_phase(world: World, experiment: Experiment, n: int) -> None:
    pause(world, experiment)
    set_rollout(world, experiment, split_of(experiment.feature, {"blue": n + 1}, control_value="control"))
    start(world, experiment)


def _plan(world: World, experiment: Experiment, metric: Metric, *secondary: Metric) -> None:
    set_plan(world, experiment, plan_of(metric, secondary=tuple(each.pk for each in secondary)))


def _next_ramp(world: World, experiment: Experiment) -> None:
    schedule_experiment_ramps(
        experiment_id=experiment.pk,
        ramps=[Ramp(points(50), NOW + timedelta(days=1))],
        author=world.author,
        now=NOW,
    )


def _experiment(world: World, segment: Segment) -> Feature:
    feature = world.feature(key=segment.name.replace(" ", "-"))
    change_flag(world, feature, override(segment, value="plain"))
    world.experiment(feature)
    return feature


def _key(world: World, name: str) -> None:
    scope = Scope(world.organisation.pk)
    create_api_key(name=name, role=Role.VIEWER, scope=scope, author=world.author, now=NOW)


def _environment_key(world: World, name: str) -> None:
    create_environment_key(
        environment_id=world.environment.pk,
        name=name,
        kind=EnvironmentKeyKind.SERVER,
        author=world.author,
        now=NOW,
    )


def _project(world: World, name: str) -> None:
    create_project(organisation_id=world.organisation.pk, name=name, author=world.author, now=NOW)


def _force(world: World, feature: Feature, targeting_key: str) -> None:
    set_identity_override(
        feature_id=feature.pk,
        environment_id=world.environment.pk,
        targeting_key=targeting_key,
        forced=ForcedValue(option_id=options_by_key(feature)["blue"].pk),
        author=world.author,
        now=NOW,
    )
