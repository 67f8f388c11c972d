"""Enums of lower floors in the API: their names, and what each value means to the API's user.

Imported before any type that uses one.
"""

from enum import Enum

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

from server.accounts.roles import Role
from server.accounts.selectors.access import AuditOrder
from server.audit.authorship import AuthorKind
from server.evaluation.rules import Operator, RuleType
from server.experimentation.completion import DecisionKind
from server.experimentation.models import Status
from server.experimentation.selectors import ExperimentOrder
from server.features.models import ValueType
from server.features.selectors import FeatureOrder, SegmentOrder
from server.projects.models import Versioning
from server.projects.selectors import EnvironmentOrder, ProjectOrder
from server.versioning.models import Cause
from server.versioning.selectors import FlagOrder


def _in_api(enum: type[Enum], name: str, description: str, values: dict[str, str]) -> None:
    strawberry.enum(enum, name=name, description=description)
    definition: StrawberryEnumDefinition = enum.__strawberry_definition__  # type: ignore[attr-defined]
    for value in definition.values:
        value.description = values[value.name]


_in_api(
    AuthorKind,
    "AuthorKind",
    "What an author is.",
    {
        "USER": "A person who signed in.",
        "API_KEY": "A machine with an API key.",
        "SYSTEM": "The server itself.",
    },
)
_in_api(
    Role,
    "Role",
    "What a grant makes of its holder; each may do what those below it may.",
    {
        "OWNER": "May also manage access: grants, API keys, and the organisation itself.",
        "ADMIN": "May also create and change projects and environments.",
        "EDITOR": "May also change features, segments, flags and experiments.",
        "VIEWER": "May read.",
    },
)
_in_api(
    Versioning,
    "Versioning",
    "How an environment keeps the past of its flags. Both serve the same.",
    {
        "V1": "In place: a change is written into the flag's one version.",
        "V2": "Versions: every change is a new version, sealed at once.",
    },
)
_in_api(
    ValueType,
    "ValueType",
    "What every value of a feature is.",
    {
        "BOOLEAN": "`true` or `false`.",
        "STRING": "A text of at most 20,000 characters.",
        "INTEGER": "A whole number, at most 2^53 - 1 either way.",
        "FLOAT": "A finite number.",
        "JSON": "Any JSON value but null, of at most 64 KiB.",
    },
)
_in_api(
    RuleType,
    "SegmentRuleType",
    "How many parts of a rule have to match.",
    {"ALL": "Every part.", "ANY": "At least one part.", "NONE": "No part."},
)
_in_api(
    Operator,
    "SegmentOperator",
    "How a condition looks at its trait. Without the trait, or with one of another type, none but IS_NOT_SET matches.",
    {
        "EQUAL": "The trait is this text, number or boolean.",
        "NOT_EQUAL": "The trait is another one than this.",
        "GREATER": "The trait is above this number or text.",
        "GREATER_OR_EQUAL": "The trait is this number or text, or above it.",
        "LESS": "The trait is below this number or text.",
        "LESS_OR_EQUAL": "The trait is this number or text, or below it.",
        "CONTAINS": "The trait contains this text.",
        "NOT_CONTAINS": "The trait is a text without this one.",
        "IN": "The trait is one of this list.",
        "NOT_IN": "The trait is none of this list.",
        "MATCHES": "The trait matches this regular expression.",
        "IS_SET": "The unit has the trait.",
        "IS_NOT_SET": "The unit has not got the trait.",
        "MODULO": "The trait, divided by `divisor`, leaves `remainder`.",
        "SEMVER_EQUAL": "The trait is this semantic version.",
        "SEMVER_GREATER": "The trait is a later semantic version.",
        "SEMVER_GREATER_OR_EQUAL": "The trait is this semantic version or a later one.",
        "SEMVER_LESS": "The trait is an earlier semantic version.",
        "SEMVER_LESS_OR_EQUAL": "The trait is this semantic version or an earlier one.",
        "PERCENTAGE_SPLIT": "The unit is in this share of the units, dealt by the targeting key or by the trait.",
    },
)
_in_api(
    Cause,
    "FlagVersionCause",
    "What brought a flag version into being.",
    {
        "FEATURE_CREATED": "The feature, or its environment, was created.",
        "FLAG_UPDATED": "Somebody changed the flag.",
        "VERSION_RESTORED": "Somebody restored an earlier version.",
        "VERSIONING_CHANGED": "The environment went from V2 to V1.",
        "ROLLOUT_SET": "An experiment's rollout was set.",
        "EXPERIMENT_COMPLETED": "An experiment was completed.",
        "EXPERIMENT_DELETED": "A draft experiment was deleted.",
    },
)
_in_api(
    Status,
    "ExperimentStatus",
    "Where an experiment is in its life.",
    {
        "DRAFT": "Never started: nobody is served anything else by it.",
        "RUNNING": "The gate is open: the units in it get the split.",
        "PAUSED": "The gate is closed: everyone gets what the flag serves without the experiment.",
        "COMPLETED": "Decided, and over.",
    },
)
_in_api(
    ExperimentOrder,
    "ExperimentOrder",
    "The order of a list of experiments.",
    {
        "NEWEST": "The newest first.",
        "OLDEST": "The oldest first.",
        "RECENTLY_UPDATED": "The last changed first.",
        "NAME": "By name.",
        "STATUS": "By status, in alphabetical order.",
    },
)
_in_api(
    DecisionKind,
    "CompletionDecisionKind",
    "What became of the flag when its experiment was completed.",
    {
        "KEEP_CONTROL": "Everyone gets the rollout's control value.",
        "SHIP_TO_EVERYONE": "Everyone gets the option.",
        "SHIP_TO_GATE": "Those in the gate get the option, by a plain override.",
    },
)
_in_api(
    ProjectOrder,
    "ProjectOrder",
    "The order of a list of projects.",
    {"NAME": "By name.", "NEWEST": "The newest first."},
)
_in_api(
    EnvironmentOrder,
    "EnvironmentOrder",
    "The order of a list of environments.",
    {"NAME": "By name.", "NEWEST": "The newest first."},
)
_in_api(
    FeatureOrder,
    "FeatureOrder",
    "The order of a list of features.",
    {"KEY": "By key.", "NEWEST": "The newest first.", "RECENTLY_UPDATED": "The last changed first."},
)
_in_api(
    SegmentOrder,
    "SegmentOrder",
    "The order of a list of segments.",
    {"NAME": "By name.", "NEWEST": "The newest first.", "RECENTLY_UPDATED": "The last changed first."},
)
_in_api(
    FlagOrder,
    "FlagOrder",
    "The order of a list of flags.",
    {
        "KEY": "By the feature's key.",
        "ENVIRONMENT": "By the environment's name.",
        "NEWEST": "The newest first.",
    },
)
_in_api(
    AuditOrder,
    "AuditOrder",
    "The order of the audit log.",
    {"NEWEST": "The latest first.", "OLDEST": "The earliest first."},
)
