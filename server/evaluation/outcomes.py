"""What an evaluation answers: a value and why; decides nothing, and is made before anybody asks.

The words are OpenFeature's: reasons, error codes, variant, targeting key.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

DEFAULT_VARIANT = "default"
"""The variant of a flag that is disabled, or could not be evaluated: it serves the feature's default value."""


class Reason(StrEnum):
    """Why a unit has a value."""

    STATIC = "STATIC"
    """Nothing on the flag depends on the unit."""

    DEFAULT = "DEFAULT"
    """No rule matched, and the default state deals nothing."""

    TARGETING_MATCH = "TARGETING_MATCH"
    """An identity, or a segment whose state deals nothing."""

    SPLIT = "SPLIT"
    """Dealt by a bucket map."""

    DISABLED = "DISABLED"
    ERROR = "ERROR"


class ErrorCode(StrEnum):
    """What was wrong with the question, or with the flag."""

    FLAG_NOT_FOUND = "FLAG_NOT_FOUND"
    PARSE_ERROR = "PARSE_ERROR"
    """The flag itself is not as it has to be. Nothing is served of it then: only people who look hear of it."""

    TARGETING_KEY_MISSING = "TARGETING_KEY_MISSING"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What one flag answers. One object for each way that a flag can come out, made when it is compiled.

    Of a flag in a running experiment, every outcome names experiment and phase, and says
    whether the unit takes part; of others, all three are None.
    """

    key: str
    value: Any
    variant: str
    reason: Reason
    error_code: ErrorCode | None = None
    error_message: str | None = None
    experiment: str | None = None
    phase: int | None = None
    in_experiment: bool | None = None
    encoded: bytes = field(default=b"", compare=False, repr=False)
    """What a door sends for it, if the environment was compiled with an ``encode``."""


Encode = Callable[[Evaluation], bytes]


def not_found(flag_key: str) -> Evaluation:
    """The answer for a flag that is not there: nothing is known of its value."""
    return Evaluation(
        key=flag_key,
        value=None,
        variant=DEFAULT_VARIANT,
        reason=Reason.ERROR,
        error_code=ErrorCode.FLAG_NOT_FOUND,
        error_message="There is no flag with this key in the environment.",
    )


def at_fault(flag_key: str, why: str) -> Evaluation:
    """The answer for a flag that does not compile, to those who have no earlier one of it."""
    return Evaluation(
        key=flag_key,
        value=None,
        variant=DEFAULT_VARIANT,
        reason=Reason.ERROR,
        error_code=ErrorCode.PARSE_ERROR,
        error_message=f"The flag cannot be evaluated: {why}",
    )
