"""Percentages as whole basis points: 10,000 are the whole. Never a float."""

from decimal import Decimal
from typing import NewType

BasisPoints = NewType("BasisPoints", int)

NOTHING = BasisPoints(0)
EVERYTHING = BasisPoints(10_000)


def as_percent(points: int) -> int | float:
    """Basis points as a JSON number of percent: whole where it is whole, else exact to two decimals."""
    whole, rest = divmod(points, 100)
    return whole if rest == 0 else float(Decimal(points) / 100)


def percent_text(points: int) -> str:
    """Basis points as people read them: ``33.33 %``."""
    return f"{as_percent(points)} %"
