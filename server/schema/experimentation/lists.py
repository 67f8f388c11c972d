"""What lists of experiments can be narrowed and ordered by, below other objects too."""

from typing import Annotated

import strawberry
from django.db.models import QuerySet
from strawberry import ID

from server.accounts.authors import Author
from server.experimentation import selectors
from server.experimentation.models import Experiment, Status
from server.schema.narrowing import key_of
from server.schema.texts import sound

FeatureId = Annotated[ID | None, strawberry.argument(description="Only on this feature.")]
EnvironmentId = Annotated[ID | None, strawberry.argument(description="Only in this environment.")]
Statuses = Annotated[list[Status] | None, strawberry.argument(description="Only with one of these statuses.")]
Text = Annotated[str | None, strawberry.argument(description="Only with this text in name, key or hypothesis.")]
Archived = Annotated[bool | None, strawberry.argument(description="Only archived ones; otherwise those are left out.")]
InExperimentOrder = Annotated[selectors.ExperimentOrder, strawberry.argument(description="The order.")]


def experiments(
    rows: QuerySet[Experiment],
    author: Author,
    *,
    status: Statuses = None,
    text: Text = None,
    archived: Archived = False,
    order: InExperimentOrder = selectors.ExperimentOrder.NEWEST,
) -> QuerySet[Experiment]:
    """Those of one flag's experiments that exist for the author."""
    return selectors.experiments_for(
        rows, author, statuses=status, text=sound(text), archived=bool(archived), order=order
    )


def experiments_here(
    rows: QuerySet[Experiment],
    author: Author,
    *,
    feature_id: FeatureId = None,
    status: Statuses = None,
    text: Text = None,
    archived: Archived = False,
    order: InExperimentOrder = selectors.ExperimentOrder.NEWEST,
) -> QuerySet[Experiment]:
    """Those of one environment's experiments that exist for the author."""
    feature = key_of(feature_id, "Feature")
    return selectors.experiments_for(
        rows,
        author,
        feature_id=feature,
        statuses=status,
        text=sound(text),
        archived=bool(archived),
        order=order,
    )


def experiments_on_feature(
    rows: QuerySet[Experiment],
    author: Author,
    *,
    environment_id: EnvironmentId = None,
    status: Statuses = None,
    text: Text = None,
    archived: Archived = False,
    order: InExperimentOrder = selectors.ExperimentOrder.NEWEST,
) -> QuerySet[Experiment]:
    """Those of one feature's experiments that exist for the author."""
    environment = key_of(environment_id, "Environment")
    return selectors.experiments_for(
        rows,
        author,
        environment_id=environment,
        statuses=status,
        text=sound(text),
        archived=bool(archived),
        order=order,
    )
