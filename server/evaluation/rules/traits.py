"""How a trait, which a stranger may have sent, is taken for a number or for a key; raises for none.

Whatever is no text, number or boolean is of another type than every value.
"""

import math
import struct
from collections.abc import Mapping

from server.evaluation.rules.language import MAX_WHOLE, Number

Traits = Mapping[str, object]


def number_of(trait: object) -> Number | None:
    """The number that a trait is, or None.

    A whole number beyond what every language holds counts as the double nearest to it;
    what is infinite, or would be, is none.
    """
    if isinstance(trait, bool):
        return None
    if isinstance(trait, int):
        if -MAX_WHOLE <= trait <= MAX_WHOLE:
            return trait
        try:
            return float(trait)
        except OverflowError:
            return None
    return trait if isinstance(trait, float) and math.isfinite(trait) else None


def key_of(trait: object) -> str | None:
    """The text that a split by a trait hashes, or None for what has no bucket.

    One number has one key, however it was written: 5 and 5.0 hash as ``5``. What is no
    whole number within ±(2^53 - 1) hashes as the 16 hexadecimal digits of its double.
    """
    if isinstance(trait, str):
        return trait
    number = number_of(trait)
    if number is None:
        return None
    if -MAX_WHOLE <= number <= MAX_WHOLE and number == int(number):
        return str(int(number))
    return struct.pack(">d", number).hex()


def remainder_of(number: Number, divisor: Number) -> float:
    """What is left of a number: at least 0, also below zero; exact where both are whole."""
    left = math.fmod(number, divisor)
    return left + divisor if left < 0 else left
