"""The schema: every domain's queries and mutations, put together. Holds no rule."""

import strawberry
from strawberry.schema.config import StrawberryConfig

from server.schema.accounts.mutations import AccountMutations
from server.schema.accounts.queries import AccountQueries
from server.schema.accounts.types import ApiKey, Grant, Organisation, User
from server.schema.audit.queries import AuditQueries, AuditRecord
from server.schema.evaluation.queries import EvaluationQueries
from server.schema.events.mutations import EventMutations
from server.schema.executor import ShortcutExecutor
from server.schema.experimentation.metrics.mutations import MetricMutations
from server.schema.experimentation.metrics.queries import MetricQueries
from server.schema.experimentation.mutations import ExperimentMutations
from server.schema.experimentation.queries import ExperimentQueries
from server.schema.features.mutations import FeatureMutations
from server.schema.features.queries import FeatureQueries
from server.schema.features.types import SegmentVersion
from server.schema.http.extension import schema_extensions
from server.schema.http.schema import Schema
from server.schema.node_query import NodeQueries
from server.schema.optimizer import Optimizer
from server.schema.projects.mutations import ProjectMutations
from server.schema.projects.queries import ProjectQueries
from server.schema.scalars import SCALARS
from server.schema.statistics.queries import StatisticsQueries
from server.schema.versioning.identity_mutations import IdentityOverrideMutations
from server.schema.versioning.mutations import FlagMutations
from server.schema.versioning.queries import FlagQueries
from server.schema.versioning.types import Flag, FlagVersion


@strawberry.type(description="Everything that can be read.")
class Query(
    AccountQueries,
    ProjectQueries,
    FeatureQueries,
    FlagQueries,
    ExperimentQueries,
    MetricQueries,
    EvaluationQueries,
    StatisticsQueries,
    AuditQueries,
    NodeQueries,
):
    pass


@strawberry.type(
    description="Everything that can be changed. Each answers with the object, or with why it was refused."
)
class Mutation(
    ExperimentMutations,
    MetricMutations,
    EventMutations,
    FlagMutations,
    IdentityOverrideMutations,
    FeatureMutations,
    ProjectMutations,
    AccountMutations,
):
    pass


schema = Schema(
    query=Query,
    mutation=Mutation,
    types=[ApiKey, AuditRecord, Flag, FlagVersion, Grant, Organisation, SegmentVersion, User],
    config=StrawberryConfig(scalar_map=SCALARS),
    extensions=[*schema_extensions(), Optimizer],
    execution_context_class=ShortcutExecutor,
)
