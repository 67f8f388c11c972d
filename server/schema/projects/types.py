"""Projects and environments in the API."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
import strawberry_django

from server.projects import models
from server.schema.connections import Connection, connection
from server.schema.events.ingestion import Ingestion, ingestion_here
from server.schema.experimentation.lists import experiments_here
from server.schema.experimentation.metrics.lists import metrics
from server.schema.features.lists import features, segments
from server.schema.fields import field
from server.schema.nodes import Node
from server.schema.projects.keys import EnvironmentKey
from server.schema.projects.lists import environment_keys, environments
from server.schema.versioning.lists import flags_here

if TYPE_CHECKING:
    from server.schema.accounts.types import Organisation
    from server.schema.experimentation.metrics.types import Metric
    from server.schema.experimentation.types import Experiment
    from server.schema.features.types import Feature, Segment
    from server.schema.versioning.types import Flag


@strawberry_django.type(models.Project, description="Owns features, segments and environments.")
class Project(Node):
    name: str = field(description="The project's name, unique in its organisation.")
    created_at: datetime = field(description="When the project was created.")
    organisation: Annotated["Organisation", strawberry.lazy("server.schema.accounts.types")] = field(
        description="Whose project this is."
    )
    environments: Connection["Environment"] = connection(
        narrow=environments, description="The environments of this project that you may see."
    )
    features: Connection[Annotated["Feature", strawberry.lazy("server.schema.features.types")]] = connection(
        narrow=features, description="The project's features, archived ones included."
    )
    segments: Connection[Annotated["Segment", strawberry.lazy("server.schema.features.types")]] = connection(
        narrow=segments,
        description="The project's segments; those of experiments are not among them.",
    )
    metrics: Connection[Annotated["Metric", strawberry.lazy("server.schema.experimentation.metrics.types")]] = (
        connection(narrow=metrics, description="The project's metrics, archived ones included.")
    )


@strawberry_django.type(models.Environment, description="Where a project's features have a state.")
class Environment(Node):
    name: str = field(description="The environment's name, unique in its project.")
    versioning: models.Versioning = field(description="How the past of flags is kept here.")
    revision: int = field(description="Grows with every write that could change what is served here, or to whom.")
    allowed_origins: list[str] = field(
        description=(
            "The origins whose pages may ask for flags with a client-side key; `*` stands for every one, listed or not."
        )
    )
    record_exposures: bool = field(
        description="Whether asking for one flag over OFREP records the exposure, where the unit is in an experiment."
    )
    created_at: datetime = field(description="When the environment was created.")
    ingestion: Ingestion = ingestion_here
    project: Project = field(description="The project that this is an environment of.")
    flags: Connection[Annotated["Flag", strawberry.lazy("server.schema.versioning.types")]] = connection(
        narrow=flags_here, description="The state of each feature here."
    )
    experiments: Connection[Annotated["Experiment", strawberry.lazy("server.schema.experimentation.types")]] = (
        connection(narrow=experiments_here, description="The experiments here.")
    )
    keys: Connection[EnvironmentKey] = connection(
        narrow=environment_keys, description="The keys of applications here, if you administer the environment."
    )
