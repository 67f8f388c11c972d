"""Enums of A/A replays in the API: their names, and what each value means. Imported before any type that uses one."""

from server.experimentation.results.replays_shown import AlphaFit, ReplayStatus
from server.schema.enums import in_api

in_api(
    ReplayStatus,
    "AAReplayStatus",
    "How far an A/A replay is.",
    {
        "PENDING": "A worker has not carried it out yet.",
        "DONE": "It was carried out: `outcome` says what it has found.",
        "FAILED": "It was not carried out: `failure` says why. Another one may be asked for.",
    },
)
in_api(
    AlphaFit,
    "AlphaFit",
    "Whether a rate of false positives is the one that the significance level promises.",
    {
        "FITS": "The level is within the rate's interval, or less than a tenth below it.",
        "TOO_OFTEN": "The rate is above the level, by more than chance explains and by more than a tenth of it.",
        "TOO_SELDOM": "The rate is below the level, by more than chance explains.",
        "UNKNOWN": "No test could be made.",
    },
)
