"""What the benchmark works on: projects of several sizes, filled through the services; measures nothing."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count, islice

from benchmarks.documents import CREATE, UPDATE, body, gid, rollout
from server.accounts.authors import Scope, system_author
from server.accounts.models import Organisation
from server.accounts.roles import Role
from server.accounts.services.create_api_key import create_api_key
from server.accounts.services.create_owner import create_owner
from server.evaluation.percentages import BasisPoints
from server.experimentation.models import Experiment
from server.experimentation.rollouts import RolloutRequest
from server.experimentation.services.create_experiment import NewExperiment, create_experiment
from server.experimentation.services.start_experiment import start_experiment
from server.features.models import Feature, Option, ValueType
from server.projects.models import Environment, Project, Versioning
from server.projects.services.create_project import create_project
from server.versioning.change_sets import AllocationChange
from server.versioning.services.create_environment import create_environment

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
FILLER = system_author("benchmarks")
OPTIONS = ("blue", "red")
_number = count(1)


@dataclass
class Shop:
    """A project with features, each with its options; environments come as they are asked for."""

    project: Project
    features: Sequence[Feature]
    options: dict[int, list[Option]]

    @classmethod
    def of_size(cls, organisation: Organisation, features: int) -> "Shop":
        """A project with this many features. They go past their service, which takes them one by one."""
        project = create_project(organisation_id=organisation.pk, name=f"Shop {next(_number)}", author=FILLER, now=NOW)
        made = Feature.objects.bulk_create(
            Feature(
                project=project,
                key=f"feature-{n}",
                value_type=ValueType.STRING,
                default_value="grey",
                created_at=NOW,
                updated_at=NOW,
            )
            for n in range(features)
        )
        options: dict[int, list[Option]] = {feature.pk: [] for feature in made}
        for option in Option.objects.bulk_create(
            Option(feature=feature, key=key, value=key) for feature in made for key in OPTIONS
        ):
            options[option.feature_id].append(option)
        return cls(project, made, options)

    def environment(self, versioning: Versioning) -> Environment:
        """One more environment, with a flag for every feature."""
        name = f"environment {next(_number)}"
        return create_environment(project_id=self.project.pk, name=name, versioning=versioning, author=FILLER, now=NOW)

    def experiments(self, environment: Environment) -> list[Experiment]:
        """A draft with a rollout on every feature."""
        return [self._experiment(environment, feature) for feature in self.features]

    def _experiment(self, environment: Environment, feature: Feature) -> Experiment:
        split = tuple(AllocationChange(option.pk, BasisPoints(3_000)) for option in self.options[feature.pk])
        created = create_experiment(
            request=NewExperiment(environment.pk, feature.pk, name=f"Experiment {next(_number)}"),
            rollout=RolloutRequest(BasisPoints(2_000), split),
            author=FILLER,
            now=NOW,
        )
        assert isinstance(created, Experiment), "only a dry run answers with a preview"
        return created


@dataclass
class FreeFeatures:
    """Creations that will succeed: each on a feature without an experiment; makes environments as they run out."""

    shop: Shop
    versioning: Versioning
    waiting: deque[bytes] = field(default_factory=deque)

    def at_least(self, number: int) -> list[bytes]:
        """The next creations, this many or more; ``sent`` says how many of them are used up."""
        while len(self.waiting) < number:
            environment = self.shop.environment(self.versioning)
            self.waiting.extend(self._bodies(environment))
        return list(islice(self.waiting, number))

    def sent(self, number: int) -> None:
        """This many are not to be sent again."""
        for _ in range(number):
            self.waiting.popleft()

    def _bodies(self, environment: Environment) -> Iterator[bytes]:
        for feature in self.shop.features:
            given = {
                "environmentId": gid(environment),
                "featureId": gid(feature),
                "name": f"Experiment {next(_number)}",
                "hypothesis": "More of those who see the new colour go on to the checkout.",
            }
            yield body(CREATE, input=given, rollout=rollout(self.shop.options[feature.pk], gate=20, share=30))


@dataclass
class Drafts:
    """Updates that each change something: gate and split move on at every turn through the drafts."""

    shop: Shop
    drafts: Sequence[Experiment]
    turns: Iterator[int] = field(default_factory=lambda: count(1))

    def at_least(self, number: int) -> list[bytes]:
        """The next updates, this many or more."""
        bodies: list[bytes] = []
        while len(bodies) < number:
            turn = next(self.turns)
            gate, share = 1 + turn % 97, 1 + turn % 47
            for draft in self.drafts:
                options = self.shop.options[draft.feature_id]
                bodies.append(body(UPDATE, id=gid(draft), rollout=rollout(options, gate=gate, share=share)))
        return bodies

    def sent(self, number: int) -> None:
        """Drafts are never used up."""


@dataclass
class World:
    """Everything that is measured on, and the key of a machine that may do it all."""

    key: str
    small: Shop
    large: Shop
    listed: Environment
    experiments: int
    drafts: dict[Versioning, Drafts]


def fill(*, small: int = 60, large: int = 2_500, experiments: int = 1_000) -> World:
    """An organisation with two projects of so many features, and one with so many experiments, a third running."""
    _, organisation = create_owner(
        email="owner@example.test", name="Owner", password="twelve-plum-tram", organisation_name="Shop", now=NOW
    )
    key = create_api_key(name="load", role=Role.OWNER, scope=Scope(organisation.pk), author=FILLER, now=NOW)
    one, other, shop = (Shop.of_size(organisation, features) for features in (small, large, experiments))
    drafts = {mode: Drafts(one, one.experiments(one.environment(mode))) for mode in Versioning}
    listed = shop.environment(Versioning.V2)
    for experiment in shop.experiments(listed)[::3]:
        start_experiment(experiment_id=experiment.pk, author=FILLER, now=NOW)
    return World(key.key, one, other, listed, experiments, drafts)
