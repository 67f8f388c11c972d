"""Lists of experiments."""

from typing import Annotated

import strawberry
from django.db.models import QuerySet
from strawberry import ID, Info

from server.experimentation import models, selectors
from server.schema.authors import author_of
from server.schema.connections import Connection, connection
from server.schema.experimentation.types import Experiment, StatusCount
from server.schema.fields import query
from server.schema.ids import decode_id
from server.schema.texts import sound

ProjectId = Annotated[ID | None, strawberry.argument(description="Only in this project.")]
EnvironmentId = Annotated[
    ID | None, strawberry.argument(description="The environment; left out, all that you may see.")
]
FeatureId = Annotated[ID | None, strawberry.argument(description="Only on this feature.")]
Text = Annotated[str | None, strawberry.argument(description="Only with this text in name, key or hypothesis.")]


def _experiments(
    info: Info,
    project_id: ProjectId = None,
    environment_id: EnvironmentId = None,
    feature_id: FeatureId = None,
    status: Annotated[
        list[models.Status] | None, strawberry.argument(description="Only with one of these statuses.")
    ] = None,
    text: Text = None,
    order: Annotated[
        selectors.ExperimentOrder, strawberry.argument(description="The order.")
    ] = selectors.ExperimentOrder.NEWEST,
) -> QuerySet[models.Experiment]:
    return selectors.search_experiments(
        author_of(info),
        project_id=None if project_id is None else decode_id(project_id, "Project"),
        environment_id=None if environment_id is None else decode_id(environment_id, "Environment"),
        feature_id=None if feature_id is None else decode_id(feature_id, "Feature"),
        statuses=status,
        text=sound(text),
        order=order,
    )


@strawberry.type
class ExperimentQueries:
    experiments: Connection[Experiment] = connection(
        resolver=_experiments, description="The experiments that you may see."
    )

    @query(description="How many experiments have each status, those that none has included.")
    def status_counts(
        self,
        info: Info,
        project_id: ProjectId = None,
        environment_id: EnvironmentId = None,
        feature_id: FeatureId = None,
        text: Text = None,
    ) -> list[StatusCount]:
        counts = selectors.count_by_status(_experiments(info, project_id, environment_id, feature_id, text=text))
        return [StatusCount(status=status, count=count) for status, count in counts.items()]
