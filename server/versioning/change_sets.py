"""Descriptions of a change to a flag: its default, its overrides, or both. Plain values.

A field that a change leaves out stays as it is. Allocations are upserted: the options
that are named change, the others keep theirs, and 0 removes one.
"""

from dataclasses import dataclass
from typing import Any

from server.evaluation.percentages import BasisPoints
from server.unset import UNSET, Unset


@dataclass(frozen=True, slots=True)
class AllocationChange:
    """The share that one option gets."""

    option_id: int
    share: BasisPoints


@dataclass(frozen=True, slots=True)
class StateChange:
    """What changes in one state: the default, or an override."""

    enabled: bool | Unset = UNSET
    value: Any = UNSET
    allocations: tuple[AllocationChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Before:
    """Ahead of the override for this segment."""

    segment_id: int


@dataclass(frozen=True, slots=True)
class After:
    """Right behind the override for this segment."""

    segment_id: int


@dataclass(frozen=True, slots=True)
class AtPriority:
    """At this place among the overrides; 1 is looked at first."""

    priority: int


Place = Before | After | AtPriority


@dataclass(frozen=True, slots=True)
class SegmentOverrideChangeSet:
    """What changes in the override for one segment: it is added where there is none."""

    segment_id: int
    change: StateChange = StateChange()
    place: Place | None = None
    remove: bool = False


@dataclass(frozen=True, slots=True)
class FlagChangeSet:
    """What changes in a flag."""

    default: StateChange | None = None
    overrides: tuple[SegmentOverrideChangeSet, ...] = ()
