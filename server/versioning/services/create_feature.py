"""Creating a feature, with a flag in every environment of its project."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from server.accounts.authors import Author
from server.accounts.permissions import Permission, authorise
from server.audit.record import record
from server.checks import text_problems
from server.database.integrity import refused_by
from server.errors import InvalidInput, Problem, Reference
from server.features.models import MAX_DESCRIPTION, Feature, Option
from server.features.options import NewOption, key_problems, option_problems, share_problems
from server.features.records import feature_facts
from server.features.refusals import FeatureKeyTaken
from server.features.values import canonical_value, value_problems
from server.projects.locks import lock_project, scope_of_project
from server.projects.models import Environment
from server.projects.revisions import bump_revisions_of_project
from server.versioning.provision import provision_flags


@dataclass(frozen=True, slots=True)
class NewFeature:
    """A feature as it is asked for."""

    project_id: int
    key: str
    value_type: str
    value: Any
    description: str = ""
    server_only: bool = False
    options: Sequence[NewOption] = ()


@transaction.atomic(durable=True)
def create_feature(*, request: NewFeature, author: Author, now: datetime) -> Feature:
    """Create a feature; in every environment it is enabled and serves its value at once.

    Raises:
        NotFound: no project with this id that the author may see.
        NotAllowed: the author may not edit the project.
        InvalidInput: with every problem.
        FeatureKeyTaken: the project has a feature with this key.
    """
    project = lock_project(request.project_id, author=author)
    scope = scope_of_project(project)
    authorise(author, Permission.EDIT, scope)
    if problems := new_feature_problems(request):
        raise InvalidInput([problem.below("input") for problem in problems])
    existing = Feature.objects.filter(project=project, key=request.key).first()
    if existing is not None:
        raise FeatureKeyTaken(request.key, Reference("Feature", existing.pk, existing.key))
    with refused_by({"feature_key_unique": lambda: FeatureKeyTaken(request.key)}):
        feature = Feature.objects.create(
            project=project,
            key=request.key,
            description=request.description,
            value_type=request.value_type,
            default_value=canonical_value(request.value, request.value_type),
            server_only=request.server_only,
            created_at=now,
            updated_at=now,
        )
    options = Option.objects.bulk_create(
        Option(
            feature=feature,
            key=option.key,
            value=canonical_value(option.value, request.value_type),
            default_allocation=option.default_allocation,
        )
        for option in request.options
    )
    environments = list(Environment.objects.filter(project=project))
    if environments:
        provision_flags(
            [(feature, environment) for environment in environments],
            {feature.pk: options},
            author=author,
            now=now,
        )
    record(
        author=author,
        action="feature.create",
        scope=scope,
        object=Reference("Feature", feature.pk, feature.key),
        before=None,
        after=feature_facts(feature, options),
        now=now,
    )
    bump_revisions_of_project(project.pk)
    return feature


def new_feature_problems(request: NewFeature) -> list[Problem]:
    """Everything that is wrong with a feature as it is asked for."""
    return [
        *key_problems(request.key, path=("key",)),
        *text_problems(request.description, path=("description",), max_length=MAX_DESCRIPTION, allow_blank=True),
        *value_problems(request.value, request.value_type, path=("value",)),
        *option_problems(request.options, value_type=request.value_type, path=("options",)),
        *share_problems((option.default_allocation for option in request.options), path=("options",)),
    ]
