"""A small world for tests, made through the services, as its users would make it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

from server.accounts.authors import Author, HeldGrant, Scope, system_author
from server.accounts.models import Organisation, User
from server.accounts.roles import Role
from server.audit.authorship import AuthorKind
from server.evaluation.percentages import BasisPoints
from server.experimentation.models import Experiment
from server.experimentation.preview import Preview
from server.experimentation.rollouts import RolloutRequest
from server.experimentation.services.create_experiment import NewExperiment, create_experiment
from server.features.models import Feature, Option, Segment
from server.features.options import NewOption
from server.features.services.create_segment import create_segment
from server.projects.models import Environment, Project, Versioning
from server.projects.services.create_project import create_project
from server.versioning.change_sets import AllocationChange
from server.versioning.models import Flag
from server.versioning.services.create_environment import create_environment
from server.versioning.services.create_feature import NewFeature, create_feature

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
_number = count(1)


def points(percent: float) -> BasisPoints:
    """Percent as basis points."""
    return BasisPoints(round(percent * 100))


def new_author(organisation: Organisation, role: Role = Role.OWNER, **narrowed: int) -> Author:
    """Somebody with a role in the organisation, or in a part of it."""
    email = f"user{next(_number)}@example.test"
    user = User.objects.create_user(email=email, password="correct horse battery", name=email)
    scope = Scope(organisation.pk, **narrowed)
    return Author(AuthorKind.USER, user.pk, email, (HeldGrant(role, scope),))


def done(answer: Experiment | Preview) -> Experiment:
    """The experiment that a write answers with, which was no dry run."""
    assert isinstance(answer, Experiment)
    return answer


@dataclass
class World:
    """One organisation with a project, an environment, and an owner of it all."""

    organisation: Organisation
    author: Author
    project: Project
    environment: Environment

    def feature(self, *, key: str | None = None, options: Sequence[str] = ("blue", "red"), **fields: Any) -> Feature:
        """A feature with these options; of strings, where nothing else is said."""
        request = NewFeature(
            project_id=self.project.pk,
            key=key or f"feature-{next(_number)}",
            value_type=fields.pop("value_type", "STRING"),
            value=fields.pop("value", "grey"),
            options=[NewOption(option, option, BasisPoints(0)) for option in options],
            **fields,
        )
        return create_feature(request=request, author=self.author, now=NOW)

    def segment(self, name: str | None = None, **fields: Any) -> Segment:
        """A segment with a simple rule."""
        rules = {"type": "ALL", "conditions": [{"trait": "plan", "operator": "EQUAL", "value": "pro"}]}
        return create_segment(
            project_id=self.project.pk,
            name=name or f"segment {next(_number)}",
            description="",
            rules=fields.pop("rules", rules),
            author=self.author,
            now=NOW,
            **fields,
        )

    def experiment(
        self,
        feature: Feature | None = None,
        *,
        rollout: RolloutRequest | str | None = "default",
        **fields: Any,
    ) -> Experiment:
        """A draft on the feature, with a rollout unless told otherwise."""
        feature = feature or self.feature()
        if isinstance(rollout, str):
            rollout = split_of(feature)
        request = NewExperiment(
            environment_id=fields.pop("environment", self.environment).pk,
            feature_id=feature.pk,
            name=fields.pop("name", f"Experiment {next(_number)}"),
            **fields,
        )
        return done(create_experiment(request=request, rollout=rollout, author=self.author, now=NOW))

    def with_environment(self, versioning: Versioning, name: str = "staging") -> "World":
        """The same project, in another environment."""
        environment = create_environment(
            project_id=self.project.pk, name=name, versioning=versioning, author=self.author, now=NOW
        )
        return replace(self, environment=environment)

    def with_project(self, name: str = "Blog") -> "World":
        """The same organisation, in another project."""
        project = create_project(organisation_id=self.organisation.pk, name=name, author=self.author, now=NOW)
        return replace(self, project=project).with_environment(Versioning.V2, "production")

    def flag(self, feature: Feature) -> Flag:
        """The feature's flag in the world's environment, as it is now."""
        return Flag.objects.get(feature=feature, environment=self.environment)


def new_world(versioning: Versioning = Versioning.V2, name: str | None = None) -> World:
    """A world of its own."""
    organisation = Organisation.objects.create(name=name or f"Organisation {next(_number)}", created_at=NOW)
    author = new_author(organisation)
    project = create_project(organisation_id=organisation.pk, name="Shop", author=author, now=NOW)
    environment = create_environment(
        project_id=project.pk, name="production", versioning=versioning, author=author, now=NOW
    )
    return World(organisation, author, project, environment)


def options_by_key(feature: Feature) -> dict[str, Option]:
    """The feature's options."""
    return {option.key: option for option in feature.options.filter(removed_at=None)}


def shares(feature: Feature, split: Mapping[str, float]) -> tuple[AllocationChange, ...]:
    """Shares in percent, by the keys of options."""
    options = options_by_key(feature)
    return tuple(AllocationChange(options[key].pk, points(share)) for key, share in split.items())


def split_of(
    feature: Feature, split: Mapping[str, float] | None = None, *, percentage: float = 20, **fields: Any
) -> RolloutRequest:
    """A rollout with this split; an even one over control and all options where nothing is said."""
    keys = options_by_key(feature)
    even = {key: float(100 // (len(keys) + 1)) for key in keys}
    return RolloutRequest(
        percentage=points(percentage), split=shares(feature, even if split is None else split), **fields
    )


SYSTEM = system_author("tests")
