"""Objects with a global id. Says which model stands behind which name in the API."""

import strawberry
from django.db.models import Model

from server.accounts.models import ApiKey, Grant, Organisation, User
from server.audit.models import AuditRecord
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
from server.features.models import Feature, Option, Segment, SegmentVersion
from server.projects.models import Environment, EnvironmentKey, Project
from server.schema.fields import computed
from server.schema.ids import encode_id
from server.versioning.models import Flag, FlagVersion, IdentityOverride

NAMES: dict[type[Model], str] = {
    Organisation: "Organisation",
    User: "User",
    ApiKey: "ApiKey",
    Grant: "Grant",
    Project: "Project",
    Environment: "Environment",
    EnvironmentKey: "EnvironmentKey",
    Feature: "Feature",
    Option: "MultivariateOption",
    Segment: "Segment",
    SegmentVersion: "SegmentVersion",
    Flag: "Flag",
    FlagVersion: "FlagVersion",
    IdentityOverride: "IdentityOverride",
    Experiment: "Experiment",
    Phase: "Phase",
    PhaseStep: "PhaseStep",
    ScheduledRamp: "ScheduledRamp",
    Metric: "Metric",
    MetricVersion: "MetricVersion",
    Plan: "Plan",
    Computation: "Computation",
    Replay: "AAReplay",
    AuditRecord: "AuditRecord",
}


@strawberry.interface(description="An object with an id that is unique among all objects.")
class Node:
    @computed(description="The object's id: opaque, and the same for good.", only=["id"])
    @staticmethod
    def id(root: Model) -> strawberry.ID:
        return encode_id(NAMES[type(root)], root.pk)
