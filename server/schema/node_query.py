"""Reading any object by its global id."""

from typing import Annotated, Any

import strawberry
from django.db.models import QuerySet
from strawberry import ID, Info

from server.accounts.authors import Author
from server.accounts.selectors import access
from server.experimentation.metrics.selectors import metric_versions_for, metrics_for, plans_for
from server.experimentation.models import (
    Computation,
    Experiment,
    Metric,
    MetricVersion,
    Phase,
    PhaseStep,
    Plan,
    Replay,
    ScheduledRamp,
)
from server.experimentation.phase_selectors import phase_steps_for, phases_for, scheduled_ramps_for
from server.experimentation.results.replays_shown import replays_for
from server.experimentation.results.shown import computations_for
from server.experimentation.selectors import experiments_for
from server.features.models import Feature, Option, Segment, SegmentVersion
from server.features.selectors import features_for, options_for, segment_versions_for, segments_for
from server.projects.models import Environment, EnvironmentKey, Project
from server.projects.selectors import environment_keys_for, environments_for, projects_for
from server.schema.authors import author_of
from server.schema.fields import query
from server.schema.ids import NO_ROW, decode_any
from server.schema.nodes import Node
from server.versioning.identity_selectors import identity_overrides_for
from server.versioning.models import Flag, FlagVersion, IdentityOverride
from server.versioning.selectors import flags_for, versions_for


def _visible(type_name: str, author: Author) -> QuerySet[Any] | None:
    """The rows of the type that exist for the author."""
    match type_name:
        case "Organisation":
            return access.organisations(author)
        case "User":
            return access.users(author)
        case "ApiKey":
            return access.api_keys(author)
        case "Grant":
            return access.grants(author)
        case "Project":
            return projects_for(Project.objects.all(), author)
        case "Environment":
            return environments_for(Environment.objects.all(), author)
        case "EnvironmentKey":
            return environment_keys_for(EnvironmentKey.objects.all(), author)
        case "Feature":
            return features_for(Feature.objects.all(), author)
        case "MultivariateOption":
            return options_for(Option.objects.all(), author)
        case "Segment":
            return segments_for(Segment.objects.all(), author)
        case "SegmentVersion":
            # Those of experiments' segments are read through their rollouts, as the segments are.
            return segment_versions_for(SegmentVersion.objects.filter(segment__is_system=False), author)
        case "Flag":
            return flags_for(Flag.objects.all(), author)
        case "FlagVersion":
            return versions_for(FlagVersion.objects.all(), author)
        case "IdentityOverride":
            return identity_overrides_for(IdentityOverride.objects.all(), author)
        case "Experiment":
            return experiments_for(Experiment.objects.all(), author)
        case "Phase":
            return phases_for(Phase.objects.all(), author)
        case "PhaseStep":
            return phase_steps_for(PhaseStep.objects.all(), author)
        case "ScheduledRamp":
            return scheduled_ramps_for(ScheduledRamp.objects.all(), author)
        case "Metric":
            return metrics_for(Metric.objects.all(), author)
        case "MetricVersion":
            return metric_versions_for(MetricVersion.objects.all(), author)
        case "Plan":
            return plans_for(Plan.objects.all(), author)
        case "Computation":
            return computations_for(Computation.objects.all(), author)
        case "AAReplay":
            return replays_for(Replay.objects.all(), author)
        case "AuditRecord":
            return access.audit_records(author)
    return None


@strawberry.type
class NodeQueries:
    @query(
        Node | None,
        description="Any object by its id; null where there is none that you may see.",
    )
    def node(self, info: Info, id: Annotated[ID, strawberry.argument(description="The object's id.")]) -> Any:
        type_name, key = decode_any(id)
        rows = _visible(type_name, author_of(info))
        return None if rows is None or key == NO_ROW else rows.filter(pk=key).first()
