"""Enums of results in the API: their names, and what each value means. Imported before any type that uses one."""

import server.schema.statistics.enums  # noqa: F401 - what results are told in
from server.experimentation.models import ComputationStatus, Trigger
from server.experimentation.results.health_terms import HealthCode, HealthStatus
from server.experimentation.results.shown import Standing
from server.experimentation.results.stretches import PhaseBreak
from server.schema.enums import in_api

in_api(
    ComputationStatus,
    "ComputationStatus",
    "What became of a computation.",
    {"DONE": "It was done.", "FAILED": "It failed: `failure` says why. What was shown before is shown on."},
)
in_api(
    Trigger,
    "ComputationTrigger",
    "Why results were computed.",
    {"SCHEDULE": "They were due.", "REQUEST": "Somebody asked for them."},
)
in_api(
    Standing,
    "ResultsStanding",
    "How the results of an experiment stand.",
    {
        "NOT_STARTED": "The experiment is a draft: there is nothing to compute.",
        "AWAITED": "No computation has ended yet.",
        "FAILED": "The last computation failed: what is shown, if anything, is of one before it.",
        "CURRENT": "The last computation is what is shown; the next one comes.",
        "FINAL": "The experiment is completed, and its last results are there: nothing is computed any more.",
    },
)
in_api(
    PhaseBreak,
    "PhaseBreak",
    "Why a phase is not pooled with the one before it: their units would be different comparisons.",
    {
        "SWITCHED": "The flag was turned on or off for those who take part.",
        "AUDIENCE_CHANGED": "Others could take part.",
        "SPLIT_CHANGED": "The variants had other shares.",
        "VALUES_CHANGED": "A variant served another value.",
        "DEALT_ANEW": "Units were dealt anew, so that they may have met another variant.",
        "INTERRUPTED": "Between the two everybody was served what was decided.",
    },
)
in_api(
    HealthStatus,
    "HealthStatus",
    "What came of a check.",
    {
        "OK": "All is well.",
        "NOT_ENOUGH_DATA": "It cannot be said yet.",
        "WARNING": "The figures stand, and somebody should look.",
        "PROBLEM": "The figures cannot be trusted, or are not there.",
    },
)
in_api(
    HealthCode,
    "HealthCode",
    "What was checked.",
    {
        "RESULTS": "Whether results are computed, and of late.",
        "WAITING_EVENTS": "Whether events that were accepted are missing from the figures.",
        "PLAN": "Whether there is a plan from before there was anything to see.",
        "EXPOSURES": "Whether anybody meets the experiment.",
        "SPLIT": "Whether the variants have the units that one phase's split says.",
        "SPLIT_OF_VALUE": "The same of the units with one value of a property.",
        "SEVERAL_VARIANTS": "Whether every unit stays with its variant.",
        "OUTSIDE_PHASE": "Whether exposures happen within the phase that they name.",
        "UNKNOWN_VARIANTS": "Whether exposures name variants that there are.",
        "EVENTS_FORGOTTEN": "Whether the events are still kept that the figures need.",
    },
)
