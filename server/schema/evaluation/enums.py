"""Enums of evaluations in the API: their names, and what each value means. Imported before any type that uses one."""

from server.evaluation.explain import Outcome, Source
from server.evaluation.outcomes import ErrorCode, Reason
from server.schema.enums import in_api

in_api(
    Reason,
    "EvaluationReason",
    "Why a unit has a value, in OpenFeature's words.",
    {
        "STATIC": "Nothing on the flag depends on the unit.",
        "DEFAULT": "No override took the unit, and the default deals nothing.",
        "TARGETING_MATCH": "A forced value, or an override that deals nothing.",
        "SPLIT": "Dealt by the unit's bucket.",
        "DISABLED": "The flag is off for the unit: it has the feature's default value.",
        "ERROR": "The question could not be answered: `errorCode` says why.",
    },
)
in_api(
    ErrorCode,
    "EvaluationErrorCode",
    "What was wrong with the question, in OpenFeature's words.",
    {
        "FLAG_NOT_FOUND": "The environment serves no flag with this key.",
        "PARSE_ERROR": "What is stored of the flag cannot be evaluated: `errorMessage` says why.",
        "TARGETING_KEY_MISSING": "The flag is split by the targeting key, and there is none.",
    },
)
in_api(
    Source,
    "EvaluationSource",
    "What may decide what a unit gets, in the order of precedence.",
    {
        "IDENTITY": "The values that are forced on single targeting keys.",
        "OVERRIDE": "An override for a segment.",
        "DEFAULT": "What the flag serves by default.",
    },
)
in_api(
    Outcome,
    "EvaluationOutcome",
    "What came of a look at something that may decide.",
    {
        "MATCHED": "It matches the unit.",
        "NOT_MATCHED": "It does not match the unit.",
        "NOT_SET": "It cannot match: the unit has no such trait, or no targeting key.",
        "OTHER_TYPE": "It cannot match: the trait is of another type than what it is compared with.",
        "CLOSED": "It matches nobody: the experiment that it belongs to does not run.",
        "NOT_REACHED": "It was not looked at: what comes before it has decided.",
    },
)
