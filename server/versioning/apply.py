"""What a change set makes of a lineup, or everything that is wrong with it. Reads and writes nothing."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from server.errors import PathItem, Problem
from server.features.models import Option, Segment
from server.features.options import share_problems
from server.features.values import canonical_value, value_problems
from server.unset import UNSET
from server.versioning.change_sets import (
    After,
    AllocationChange,
    AtPriority,
    Before,
    FlagChangeSet,
    Place,
    SegmentOverrideChangeSet,
    StateChange,
)
from server.versioning.lineup import Content, Lineup, Standing

Path = tuple[PathItem, ...]

MAX_OVERRIDES = 200
MAX_OVERRIDES_IN_CHANGE = 1_000


@dataclass(slots=True)
class Applied:
    """A lineup after the change, and what is wrong with the change; it counts only if nothing is."""

    lineup: Lineup
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Ground:
    """What a change set is checked against: the value type, the feature's options, the segments there are."""

    value_type: str
    options: Mapping[int, Option]
    segments: Mapping[int, Segment]


def apply_change_set(lineup: Lineup, change_set: FlagChangeSet, ground: Ground, *, path: Path) -> Applied:
    """The lineup after the change, with every problem of the change; paths start with ``path``."""
    applied = Applied(lineup)
    if change_set.default is not None:
        content, problems = change_content(lineup.default.content, change_set.default, ground, path=(*path, "default"))
        applied.lineup = replace(lineup, default=lineup.default.serving(content))
        applied.problems += problems
    if len(change_set.overrides) > MAX_OVERRIDES_IN_CHANGE:
        message = f"One change takes at most {MAX_OVERRIDES_IN_CHANGE:,} overrides."
        applied.problems.append(Problem((*path, "overrides"), "TOO_MANY", message))
        return applied
    seen: set[int] = set()
    for index, change in enumerate(change_set.overrides):
        here: Path = (*path, "overrides", index)
        if change.segment_id in seen:
            message = "This segment is named twice: say everything about its override once."
            applied.problems.append(Problem((*here, "segmentId"), "DUPLICATE_SEGMENT", message))
            continue
        seen.add(change.segment_id)
        _apply_override(applied, change, ground, here)
    if len(applied.lineup.overrides) > len(lineup.overrides):
        applied.problems += number_problems(len(applied.lineup.overrides), path=(*path, "overrides"))
    return applied


def number_problems(overrides: int, *, path: Path) -> list[Problem]:
    """The problem of a flag that would get more overrides than it may have."""
    if overrides <= MAX_OVERRIDES:
        return []
    return [Problem(path, "TOO_MANY", f"A flag has at most {MAX_OVERRIDES} overrides: remove one first.")]


def change_content(
    content: Content, change: StateChange, ground: Ground, *, path: Path
) -> tuple[Content, list[Problem]]:
    """What the state serves after the change, with every problem of the change."""
    problems: list[Problem] = []
    value: Any = content.value
    if change.value is not UNSET:
        problems += value_problems(change.value, ground.value_type, path=(*path, "value"))
        value = change.value if problems else canonical_value(change.value, ground.value_type)
    here: Path = (*path, "allocations")
    faults = allocation_problems(change.allocations, ground.options, path=here)
    shares = dict(content.allocations)
    if not faults:
        shares.update({a.option_id: a.share for a in change.allocations})
        faults = share_problems(shares.values(), path=here)
    enabled = content.enabled if change.enabled is UNSET else change.enabled
    kept = {option_id: share for option_id, share in shares.items() if share > 0}
    return Content(enabled, value, kept), problems + faults


def allocation_problems(
    changes: Sequence[AllocationChange], options: Mapping[int, Option], *, path: Path
) -> list[Problem]:
    """The problems of shares that name an option twice, or one that the feature does not have."""
    problems = []
    named = Counter[int]()
    for index, change in enumerate(changes):
        here: Path = (*path, index, "optionId")
        named[change.option_id] += 1
        if change.option_id not in options:
            problems.append(Problem(here, "UNKNOWN_OPTION", "The feature has no option with this id."))
        elif named[change.option_id] == 2:
            problems.append(Problem(here, "DUPLICATE_OPTION", "This option is named more than once."))
    return problems[:MAX_OVERRIDES_IN_CHANGE]


def priority_problems(priority: int, others: Lineup, *, path: Path) -> list[Problem]:
    """The problems of the priority that an override is to have among the others."""
    last = len(others.overrides) + 1
    if 1 <= priority <= last:
        return []
    message = f"The priority is a number from 1 to {last}: 1 is looked at first."
    if last == 1:
        message = "The priority is 1: the flag has no other override."
    return [Problem(path, "OUT_OF_RANGE", message)]


def _apply_override(applied: Applied, change: SegmentOverrideChangeSet, ground: Ground, path: Path) -> None:
    lineup = applied.lineup
    current = lineup.override(change.segment_id)
    if change.remove:
        if current is None:
            message = "The flag has no override for this segment."
            applied.problems.append(Problem((*path, "segmentId"), "NO_OVERRIDE", message))
        if change.change != StateChange() or change.place is not None:
            message = "An override that is removed takes no other change."
            applied.problems.append(Problem((*path, "remove"), "CONTRADICTION", message))
        applied.lineup = lineup.without(change.segment_id)
        return
    segment = current.segment if current else ground.segments.get(change.segment_id)
    if segment is None:
        message = "The project has no segment with this id."
        applied.problems.append(Problem((*path, "segmentId"), "UNKNOWN_SEGMENT", message))
        return
    base = current.content if current else Content(True, lineup.default.content.value, {})
    content, problems = change_content(base, change.change, ground, path=path)
    applied.problems += problems
    new = Standing(segment, content, by_experiment=segment.is_system)
    standing = current.serving(content) if current else new
    priority = _priority(lineup, segment, change.place, path, applied.problems)
    applied.lineup = lineup.with_override(standing, priority=priority)


def _priority(lineup: Lineup, segment: Segment, place: Place | None, path: Path, problems: list[Problem]) -> int:
    here: Path = (*path, "place")
    current = lineup.priority(segment.pk)
    others = lineup.without(segment.pk)
    match place:
        case None:
            return current or _place_of_new(others, segment)
        case AtPriority(priority):
            problems += priority_problems(priority, others, path=(*here, "priority"))
            return max(1, min(priority, len(others.overrides) + 1))
        case Before(neighbour) | After(neighbour):
            there = others.priority(neighbour)
            if there is None:
                message = "The flag has no other override for this segment."
                side = "before" if isinstance(place, Before) else "after"
                problems.append(Problem((*here, side), "NO_OVERRIDE", message))
                return current or _place_of_new(others, segment)
            return there if isinstance(place, Before) else there + 1


def _place_of_new(others: Lineup, segment: Segment) -> int:
    """Explicit targeting wins: plain overrides before those of experiments, each kind in order of arrival."""
    last = len(others.overrides) + 1
    if segment.is_system:
        return last
    held = [at for at, o in enumerate(others.overrides, start=1) if o.by_experiment]
    return held[0] if held else last
