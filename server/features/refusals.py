"""Refusals of this floor that more than one service raises."""

from server.errors import Conflict, Reference


class FeatureKeyTaken(Conflict):
    """The project has a feature with this key."""

    code = "KEY_TAKEN"

    def __init__(self, key: str, existing: Reference | None = None) -> None:
        self.key, self.collides_with = key, existing
        super().__init__(f"There is a feature with the key “{key}” in this project already: choose another key.")


class OptionInUse(Conflict):
    """A flag serves the option, or its past refers to it."""

    code = "OPTION_IN_USE"

    def __init__(self, *, option_key: str, used_by: Reference, allowed: tuple[str, ...], why: str) -> None:
        self.option_key, self.collides_with, self.allowed = option_key, used_by, allowed
        super().__init__(f"The option “{option_key}” {why}")


class SegmentInUse(Conflict):
    """A flag has an override for the segment."""

    code = "SEGMENT_IN_USE"
    allowed = ("updateFlag to remove the override first",)

    def __init__(self, *, name: str, used_by: Reference) -> None:
        self.name, self.collides_with = name, used_by
        super().__init__(f"The segment “{name}” is used by an override of the flag “{used_by.name}”.")
