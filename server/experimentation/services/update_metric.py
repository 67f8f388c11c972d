"""Changing a metric's name and description, and what it means."""

from datetime import datetime

from django.db import transaction

from server.accounts.authors import Author
from server.accounts.permissions import Permission, authorise
from server.audit.record import record
from server.errors import InvalidInput, Problem
from server.experimentation.metrics.checking import DEFINITION, definition_problems
from server.experimentation.metrics.definitions import Definition, definition_of, document_of
from server.experimentation.metrics.rows import (
    add_version,
    current_version,
    direction_of,
    lock_metric,
    metric_facts,
    metric_text_problems,
    reference_to_metric,
)
from server.experimentation.models import Metric, MetricVersion
from server.experimentation.stats.terms import Direction
from server.projects.locks import scope_of_project
from server.unset import UNSET, Unset
from server.versioning.locks import refuse_if_moved


@transaction.atomic(durable=True)
def update_metric(
    *,
    metric_id: int,
    name: str | Unset = UNSET,
    description: str | Unset = UNSET,
    definition: Definition | Unset = UNSET,
    direction: Direction | Unset = UNSET,
    expected_version: int | None = None,
    author: Author,
    now: datetime,
) -> Metric:
    """Change a metric; another definition or direction is a new version, its texts alone are none.

    Plans keep the version that they were written with. A draft that starts takes the newest.

    Raises:
        NotFound: no metric with this id that the author may see.
        NotAllowed: the author may not edit the project.
        InvalidInput: name, description, definition; another kind.
        VersionMoved: the metric is not at the expected version.
    """
    metric = lock_metric(metric_id, author=author)
    scope = scope_of_project(metric.project)
    authorise(author, Permission.EDIT, scope)
    current = current_version(metric)
    before = metric_facts(metric)
    new_name = metric.name if name is UNSET else name
    new_description = metric.description if description is UNSET else description
    new_definition = definition_of(current) if definition is UNSET else definition
    new_direction = direction_of(current) if direction is UNSET else direction
    problems = metric_text_problems(name=new_name, description=new_description)
    if problems := problems + _definition_problems(new_definition, current):
        raise InvalidInput(problems)
    refuse_if_moved(expected=expected_version, actual=metric.version, reference=reference_to_metric(metric))
    means_the_same = document_of(new_definition) == document_of(definition_of(current))
    means_the_same = means_the_same and new_direction is direction_of(current)
    if means_the_same and (new_name, new_description) == (metric.name, metric.description):
        return metric
    metric.name, metric.description = new_name, new_description
    metric.version, metric.updated_at = metric.version + 1, now
    if not means_the_same:
        add_version(
            metric,
            definition=new_definition,
            direction=new_direction,
            number=current.number + 1,
            author=author,
            now=now,
        )
    metric.save(update_fields=["name", "description", "version", "updated_at", "current"])
    record(
        author=author,
        action="metric.update",
        scope=scope,
        object=reference_to_metric(metric),
        before=before,
        after=metric_facts(metric),
        now=now,
    )
    return metric


def _definition_problems(definition: Definition, current: MetricVersion) -> list[Problem]:
    if definition.kind != current.kind:
        message = f"The metric is of kind {current.kind}, and stays so: create another one."
        return [Problem((*DEFINITION, definition.kind.lower()), "WRONG_KIND", message)]
    return definition_problems(definition)
