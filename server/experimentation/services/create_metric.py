"""Creating a metric."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from server.accounts.authored import author_columns
from server.accounts.authors import Author
from server.accounts.permissions import Permission, authorise
from server.audit.record import record
from server.database.integrity import refused_by
from server.errors import InvalidInput
from server.experimentation.metrics.checking import definition_problems
from server.experimentation.metrics.definitions import Definition
from server.experimentation.metrics.rows import (
    MetricKeyTaken,
    add_version,
    metric_facts,
    metric_text_problems,
    reference_to_metric,
)
from server.experimentation.models import Metric
from server.experimentation.names import experiment_key_problems
from server.experimentation.stats.terms import Direction
from server.projects.locks import lock_project, scope_of_project


@dataclass(frozen=True, slots=True)
class NewMetric:
    """A metric as it is asked for."""

    project_id: int
    key: str
    name: str
    definition: Definition
    direction: Direction = Direction.HIGHER_IS_BETTER
    description: str = ""


@transaction.atomic(durable=True)
def create_metric(*, request: NewMetric, author: Author, now: datetime) -> Metric:
    """Create a metric with its first version. Nothing is measured by it until a plan names it.

    Raises:
        NotFound: no project with this id that the author may see.
        NotAllowed: the author may not edit the project.
        InvalidInput: key, name, description, definition.
        MetricKeyTaken: the project has a metric with this key.
    """
    project = lock_project(request.project_id, author=author)
    scope = scope_of_project(project)
    authorise(author, Permission.EDIT, scope)
    if problems := [
        *experiment_key_problems(request.key),
        *metric_text_problems(name=request.name, description=request.description),
        *definition_problems(request.definition),
    ]:
        raise InvalidInput(problems)
    existing = Metric.objects.filter(project=project, key=request.key).first()
    if existing is not None:
        raise MetricKeyTaken(request.key, reference_to_metric(existing))
    with refused_by({"metric_key_unique": lambda: MetricKeyTaken(request.key)}):
        metric = Metric.objects.create(
            project=project,
            key=request.key,
            name=request.name,
            description=request.description,
            created_at=now,
            updated_at=now,
            **author_columns(author),
        )
    add_version(metric, definition=request.definition, direction=request.direction, number=1, author=author, now=now)
    metric.save(update_fields=["current"])
    record(
        author=author,
        action="metric.create",
        scope=scope,
        object=reference_to_metric(metric),
        before=None,
        after=metric_facts(metric),
        now=now,
    )
    return metric
