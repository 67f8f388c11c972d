"""The mark of an argument that was left out, where ``None`` would be a value."""

from enum import Enum
from typing import Final


class Unset(Enum):
    """The type of ``UNSET``: a field that a change leaves as it is."""

    UNSET = "UNSET"

    def __bool__(self) -> bool:
        return False


UNSET: Final = Unset.UNSET
