"""The orders of lists in the API: one enum for each kind of thing, wherever it is listed.

Imported before any type that uses one.
"""

from enum import Enum

from server.accounts.selectors.access import ApiKeyOrder, AuditOrder, GrantOrder, OrganisationOrder
from server.experimentation.metrics.selectors import MetricOrder, MetricVersionOrder, PlanOrder
from server.experimentation.phase_selectors import PhaseOrder, PhaseStepOrder, ScheduledRampOrder
from server.experimentation.results.replays_shown import ReplayOrder
from server.experimentation.results.shown import ComputationOrder
from server.experimentation.selectors import ExperimentOrder
from server.features.selectors import FeatureOrder, SegmentOrder, SegmentVersionOrder
from server.projects.selectors import EnvironmentKeyOrder, EnvironmentOrder, ProjectOrder
from server.schema.enums import in_api
from server.versioning.identity_selectors import IdentityOverrideOrder
from server.versioning.selectors import FlagOrder, FlagVersionOrder

_MEANINGS = {
    "NEWEST": "The newest first.",
    "OLDEST": "The oldest first.",
    "RECENTLY_UPDATED": "The last changed first.",
    "RECENTLY_CHANGED": "The last changed first.",
    "NAME": "By name.",
    "KEY": "By key.",
}
"""What a value means wherever nothing more exact is said."""


def _order(enum: type[Enum], name: str, of: str, **meanings: str) -> None:
    values = {value.name: meanings.get(value.name) or _MEANINGS[value.name] for value in enum}
    in_api(enum, name, f"The order of {of}.", values)


_order(OrganisationOrder, "OrganisationOrder", "a list of organisations")
_order(
    ApiKeyOrder,
    "ApiKeyOrder",
    "a list of API keys",
    RECENTLY_USED="The last used first; those that were never used come last.",
)
_order(
    GrantOrder,
    "GrantOrder",
    "a list of grants",
    HOLDER="By whoever holds them: the user's name or e-mail address, or the key's name.",
)
_order(ProjectOrder, "ProjectOrder", "a list of projects")
_order(EnvironmentOrder, "EnvironmentOrder", "a list of environments")
_order(EnvironmentKeyOrder, "EnvironmentKeyOrder", "a list of environment keys")
_order(FeatureOrder, "FeatureOrder", "a list of features")
_order(SegmentOrder, "SegmentOrder", "a list of segments")
_order(
    SegmentVersionOrder,
    "SegmentVersionOrder",
    "the versions of a segment",
    NEWEST="The highest number first.",
    OLDEST="The lowest number first.",
)
_order(
    FlagOrder,
    "FlagOrder",
    "a list of flags",
    KEY="By the feature's key.",
    ENVIRONMENT="By the environment's name.",
    RECENTLY_CHANGED="The last changed first, by `updatedAt`.",
)
_order(
    FlagVersionOrder,
    "FlagVersionOrder",
    "the versions of a flag",
    NEWEST="The highest number first.",
    OLDEST="The lowest number first.",
)
_order(
    IdentityOverrideOrder, "IdentityOverrideOrder", "a list of identity overrides", TARGETING_KEY="By targeting key."
)
_order(
    ExperimentOrder,
    "ExperimentOrder",
    "a list of experiments",
    STATUS="By status, in alphabetical order.",
)
_order(MetricOrder, "MetricOrder", "a list of metrics")
_order(
    MetricVersionOrder,
    "MetricVersionOrder",
    "the versions of a metric",
    NEWEST="The highest number first.",
    OLDEST="The lowest number first.",
)
_order(
    PlanOrder,
    "PlanOrder",
    "the plans of an experiment",
    NEWEST="The highest number first: the one in force.",
    OLDEST="The lowest number first.",
)
_order(
    ComputationOrder,
    "ComputationOrder",
    "the computations of an experiment's results",
    NEWEST="The highest number first.",
    OLDEST="The lowest number first.",
)
_order(ReplayOrder, "AAReplayOrder", "the A/A replays of an experiment")
_order(
    PhaseOrder,
    "PhaseOrder",
    "the phases of an experiment",
    NEWEST="The highest number first.",
    OLDEST="The lowest number first.",
)
_order(
    PhaseStepOrder,
    "PhaseStepOrder",
    "what happened to a phase",
    NEWEST="The latest first.",
    OLDEST="The earliest first.",
)
_order(
    ScheduledRampOrder,
    "ScheduledRampOrder",
    "a list of scheduled ramps",
    EARLIEST="The one whose time comes first.",
    LATEST="The one whose time comes last.",
    NEWEST="The last scheduled first.",
    OLDEST="The first scheduled first.",
)
_order(AuditOrder, "AuditOrder", "the audit log", NEWEST="The latest first.", OLDEST="The earliest first.")
