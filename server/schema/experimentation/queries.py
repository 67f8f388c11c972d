"""Lists of experiments."""

from typing import Annotated

import strawberry
from django.db.models import QuerySet
from strawberry import ID, Info

from server.experimentation import models, selectors
from server.schema.authors import author_of
from server.schema.connections import Connection, connection
from server.schema.experimentation.lists import Archived, FeatureId, InExperimentOrder, Statuses, Text
from server.schema.experimentation.types import Experiment, StatusCount
from server.schema.fields import query
from server.schema.narrowing import key_of
from server.schema.texts import sound

ProjectId = Annotated[ID | None, strawberry.argument(description="Only in this project.")]
EnvironmentId = Annotated[
    ID | None, strawberry.argument(description="The environment; left out, all that you may see.")
]


def _experiments(
    info: Info,
    project_id: ProjectId = None,
    environment_id: EnvironmentId = None,
    feature_id: FeatureId = None,
    status: Statuses = None,
    text: Text = None,
    archived: Archived = False,
    order: InExperimentOrder = selectors.ExperimentOrder.NEWEST,
) -> QuerySet[models.Experiment]:
    return selectors.experiments_for(
        models.Experiment.objects.all(),
        author_of(info),
        project_id=key_of(project_id, "Project"),
        environment_id=key_of(environment_id, "Environment"),
        feature_id=key_of(feature_id, "Feature"),
        statuses=status,
        text=sound(text),
        archived=bool(archived),
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
        archived: Archived = False,
    ) -> list[StatusCount]:
        counts = selectors.count_by_status(
            _experiments(info, project_id, environment_id, feature_id, text=text, archived=archived)
        )
        return [StatusCount(status=status, count=count) for status, count in counts.items()]
