"""The two tables of the warehouse, as every engine has them, and what a row of each is. Reads nothing.

Times are whole microseconds since the epoch, in UTC: engines agree on integers, and on nothing
else about time. Properties are a map of strings: a text as it is, other values as their JSON.
"""

from enum import StrEnum


class FileKind(StrEnum):
    """What a row is: of which of the two tables."""

    EXPOSURE = "EXPOSURE"
    EVENT = "EVENT"


COLUMNS: dict[FileKind, dict[str, str]] = {
    FileKind.EXPOSURE: {
        "environment_id": "int64",
        "event_id": "string",
        "targeting_key": "string",
        "time": "int64",
        "received_at": "int64",
        "flag": "string",
        "variant": "string",
        "experiment": "string",
        "phase": "int32",
        "properties": "map<string, string>",
    },
    FileKind.EVENT: {
        "environment_id": "int64",
        "event_id": "string",
        "targeting_key": "string",
        "time": "int64",
        "received_at": "int64",
        "name": "string",
        "value": "float64",
        "properties": "map<string, string>",
    },
}
"""Of an exposure that happened outside an experiment, the experiment is empty and the phase 0; only an
event's value may be null."""

NAMES = {FileKind.EXPOSURE: "exposures", FileKind.EVENT: "events"}
"""What the tables are called."""
