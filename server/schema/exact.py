"""Numbers of a JSON text that remember how they were written. Never rounds, never checks a range.

A float has some sixteen digits: a scalar that has to refuse the third decimal would not
see it behind them. Whatever keeps such a number, or hands it on, makes it plain first.
"""

from typing import Any


class ExactFloat(float):
    """A float for everybody, and for who asks the text that it was read from."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> "ExactFloat":
        """The number that the text says."""
        number = super().__new__(cls, text)
        number.text = text
        return number


def text_of(number: float) -> str:
    """The number as it was written, or where nobody knows, in the fewest digits that give it back."""
    return number.text if isinstance(number, ExactFloat) else repr(number)


def plain(value: Any) -> Any:
    """A JSON value with ordinary floats."""
    if isinstance(value, ExactFloat):
        return float(value)
    if isinstance(value, list):
        return [plain(item) for item in value]
    return {key: plain(item) for key, item in value.items()} if isinstance(value, dict) else value
