"""The environments whose flags are served: filled through the services, as people fill them; measures nothing."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from server.accounts.authors import system_author
from server.accounts.models import Organisation
from server.evaluation.percentages import BasisPoints
from server.experimentation.models import Experiment
from server.experimentation.rollouts import RolloutRequest
from server.experimentation.services.create_experiment import NewExperiment, create_experiment
from server.experimentation.services.start_experiment import start_experiment
from server.features.models import Feature, Option, Segment
from server.features.options import NewOption
from server.features.services.create_segment import create_segment
from server.projects.models import Environment, EnvironmentKeyKind, Versioning
from server.projects.services.create_environment_key import create_environment_key
from server.projects.services.create_project import create_project
from server.versioning.change_sets import AllocationChange, FlagChangeSet, SegmentOverrideChangeSet, StateChange
from server.versioning.services.create_environment import create_environment
from server.versioning.services.create_feature import NewFeature, create_feature
from server.versioning.services.update_flag import update_flag

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
AUTHOR = system_author("benchmarks")
OPTIONS = ("blue", "red")
SEGMENTS: dict[str, dict[str, Any]] = {
    "Germany and its neighbours": {"trait": "country", "operator": "IN", "value": ["DE", "AT", "CH", "FR", "PL"]},
    "Customers who pay": {"trait": "plan", "operator": "EQUAL", "value": "pro"},
    "Version 4.2 and newer": {"trait": "appVersion", "operator": "SEMVER_GREATER_OR_EQUAL", "value": "4.2.0"},
    "Staff": {"trait": "email", "operator": "MATCHES", "value": "@shop\\.example$"},
    "Canary": {"operator": "PERCENTAGE_SPLIT", "percentage": 1_000},
}


@dataclass(frozen=True, slots=True)
class Served:
    """One environment: its key for servers, and the keys of flags of each kind."""

    environment: Environment
    key: str
    constant: list[str]
    split: list[str]
    overridden: list[str]
    experiments: list[str]

    @property
    def flags(self) -> int:
        """How many there are."""
        return len(self.constant) + len(self.split) + len(self.overridden) + len(self.experiments)


@dataclass(frozen=True, slots=True)
class FlagsWorld:
    """By number of flags, the environment that is asked; and every environment with the most flags."""

    served: dict[int, Served]
    crowd: list[Served]


def fill_flags(organisation: Organisation, sizes: tuple[int, ...], *, environments: int) -> FlagsWorld:
    """A project for each size; the one with the most flags has so many environments."""
    served: dict[int, Served] = {}
    crowd: list[Served] = []
    for size in sizes:
        shop = _Shop(organisation, size)
        filled = [shop.environment(f"environment {n}") for n in range(environments if size == max(sizes) else 1)]
        served[size] = filled[0]
        crowd = filled
    return FlagsWorld(served, crowd)


class _Shop:
    """A project. A fifth of its flags have overrides for a segment, a tenth run experiments, one deals its default."""

    def __init__(self, organisation: Organisation, size: int) -> None:
        name = f"{size} flags"
        self.project = create_project(organisation_id=organisation.pk, name=name, author=AUTHOR, now=NOW)
        self.segments = [self._segment(name, condition) for name, condition in SEGMENTS.items()]
        features = [self._feature(number) for number in range(size)]
        self.options: dict[int, list[Option]] = {feature.pk: [] for feature in features}
        for option in Option.objects.filter(feature__in=features).order_by("pk"):
            self.options[option.feature_id].append(option)
        self.overridden = features[0::5]
        self.experiments = features[1::10]
        self.split = features[2:3]
        taken = {feature.pk for feature in (*self.overridden, *self.experiments, *self.split)}
        self.constant = [feature for feature in features if feature.pk not in taken]

    def environment(self, name: str) -> Served:
        environment = create_environment(
            project_id=self.project.pk, name=name, versioning=Versioning.V2, author=AUTHOR, now=NOW
        )
        for number, feature in enumerate(self.overridden):
            self._override(environment, feature, self.segments[number % len(self.segments)])
        for feature in self.experiments:
            self._experiment(environment, feature)
        for feature in self.split:
            _change(environment, feature, FlagChangeSet(StateChange(allocations=self._shares(feature))))
        created = create_environment_key(
            environment_id=environment.pk, name="application", kind=EnvironmentKeyKind.SERVER, author=AUTHOR, now=NOW
        )
        kinds = (self.constant, self.split, self.overridden, self.experiments)
        return Served(environment, created.key, *([feature.key for feature in kind] for kind in kinds))

    def _segment(self, name: str, condition: dict[str, Any]) -> Segment:
        return create_segment(
            project_id=self.project.pk,
            name=name,
            description="",
            rules={"type": "ALL", "conditions": [condition]},
            author=AUTHOR,
            now=NOW,
        )

    def _feature(self, number: int) -> Feature:
        options = [NewOption(option, option, BasisPoints(0)) for option in OPTIONS]
        request = NewFeature(self.project.pk, f"checkout-feature-{number:03}", "STRING", "grey", options=options)
        return create_feature(request=request, author=AUTHOR, now=NOW)

    def _shares(self, feature: Feature) -> tuple[AllocationChange, ...]:
        return tuple(AllocationChange(option.pk, BasisPoints(3_000)) for option in self.options[feature.pk])

    def _override(self, environment: Environment, feature: Feature, segment: Segment) -> None:
        override = SegmentOverrideChangeSet(segment.pk, StateChange(value="green"))
        _change(environment, feature, FlagChangeSet(overrides=(override,)))

    def _experiment(self, environment: Environment, feature: Feature) -> None:
        created = create_experiment(
            request=NewExperiment(environment.pk, feature.pk, name=f"What {feature.key} is worth"),
            rollout=RolloutRequest(BasisPoints(5_000), self._shares(feature)),
            author=AUTHOR,
            now=NOW,
        )
        assert isinstance(created, Experiment), "only a dry run answers with a preview"
        start_experiment(experiment_id=created.pk, author=AUTHOR, now=NOW)


def _change(environment: Environment, feature: Feature, change_set: FlagChangeSet) -> None:
    update_flag(feature_id=feature.pk, environment_id=environment.pk, change_set=change_set, author=AUTHOR, now=NOW)
