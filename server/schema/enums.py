"""Enums of lower floors in the API: their names, and what each value means to the API's user.

Imported before any type that uses one.
"""

from enum import Enum

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

from server.accounts.roles import Role
from server.audit.authorship import AuthorKind
from server.evaluation.rules import Operator, RuleType
from server.experimentation.completion import DecisionKind
from server.experimentation.models import RampStatus, Status, StepKind
from server.experimentation.phases import PhaseAction
from server.features.models import ValueType
from server.projects.models import EnvironmentKeyKind, Versioning
from server.versioning.models import Cause


def in_api(enum: type[Enum], name: str, description: str, values: dict[str, str]) -> None:
    """Give an enum of a lower floor its name and its descriptions."""
    strawberry.enum(enum, name=name, description=description)
    definition: StrawberryEnumDefinition = enum.__strawberry_definition__  # type: ignore[attr-defined]
    for value in definition.values:
        value.description = values[value.name]


in_api(
    AuthorKind,
    "AuthorKind",
    "What an author is.",
    {
        "USER": "A person who signed in.",
        "API_KEY": "A machine with an API key.",
        "SYSTEM": "The server itself.",
    },
)
in_api(
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
in_api(
    Versioning,
    "Versioning",
    "How an environment keeps the past of its flags. Both serve the same.",
    {
        "V1": "In place: a change is written into the flag's one version.",
        "V2": "Versions: every change is a new version, sealed at once.",
    },
)
in_api(
    EnvironmentKeyKind,
    "EnvironmentKeyKind",
    "Where an application keeps its environment key, and so how much it may be told.",
    {
        "SERVER": "On a server, where users never see it: it opens everything that is served.",
        "CLIENT": "In a web page or an app, for everybody to read: never rules, segments or server-only features.",
    },
)
in_api(
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
in_api(
    RuleType,
    "SegmentRuleType",
    "How many parts of a rule have to match.",
    {"ALL": "Every part.", "ANY": "At least one part.", "NONE": "No part."},
)
in_api(
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
in_api(
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
        "COMPLETION_REVERTED": "The completion of an experiment was reverted.",
    },
)
in_api(
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
in_api(
    DecisionKind,
    "CompletionDecisionKind",
    "What became of the flag when its experiment was completed.",
    {
        "KEEP_CONTROL": "Everyone gets the rollout's control value.",
        "SHIP_TO_EVERYONE": "Everyone gets the option.",
        "SHIP_TO_GATE": "Those in the gate get the option, by a plain override.",
    },
)
in_api(
    PhaseAction,
    "PhaseAction",
    "What a write does to the phases of an experiment: at once, or, while nothing runs, at the next start.",
    {
        "NONE": "Nothing.",
        "OPENS": "The first phase opens.",
        "CONTINUES": "The open phase goes on: every unit that took part keeps its variant.",
        "OPENS_NEXT": "The next phase opens, on the bucket map that moves the fewest units.",
        "CLOSES": "The open phase closes, and no other opens.",
    },
)
in_api(
    StepKind,
    "StepKind",
    "What happened to a phase.",
    {
        "OPENED": "The phase opened.",
        "RAMPED": "The gate was widened while the experiment ran.",
        "PAUSED": "The experiment was paused: the gate closed.",
        "RESUMED": "The experiment was resumed, and the phase went on.",
        "CLOSED": "The phase ended.",
    },
)
in_api(
    RampStatus,
    "RampStatus",
    "What became of a scheduled ramp.",
    {
        "PENDING": "Its time is still to come, or has just come.",
        "DONE": "The gate was widened.",
        "SKIPPED": "The rules did not allow it at its time, and it is over: `reason` is the code of the refusal.",
        "CANCELLED": "Somebody took it back, set another schedule, or completed the experiment.",
    },
)
