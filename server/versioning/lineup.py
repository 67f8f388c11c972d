"""The states of a flag in their order. Reads and writes nothing.

A *lineup* is what a version consists of: the default, and the overrides by priority.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from server.evaluation.percentages import BasisPoints
from server.features.models import Option, Segment
from server.features.values import canonical_value, same_value
from server.versioning.models import FlagState, Placement


@dataclass(frozen=True, slots=True)
class Content:
    """What a state serves: shares in basis points by option id; control has the rest."""

    enabled: bool
    value: Any
    allocations: Mapping[int, BasisPoints]

    def same_as(self, other: "Content") -> bool:
        """Whether both serve the same."""
        return (
            self.enabled == other.enabled
            and self.allocations == other.allocations
            and same_value(self.value, other.value)
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """A state in its place; ``row`` is None as long as the state is not written.

    ``by_experiment`` says whether the override is an experiment's: its segment may become
    an ordinary one later.
    """

    segment: Segment | None
    content: Content
    row: FlagState | None = None
    by_experiment: bool = False

    def serving(self, content: Content) -> "Standing":
        """The same place with other content: the same row where nothing differs."""
        return self if self.content.same_as(content) else replace(self, content=content, row=None)


@dataclass(frozen=True, slots=True)
class Lineup:
    """A flag's default, and its overrides; the first of them is looked at first."""

    default: Standing
    overrides: tuple[Standing, ...] = ()

    def __iter__(self) -> Iterator[Standing]:
        """Overrides in their order, then the default: as units meet them."""
        yield from self.overrides
        yield self.default

    def override(self, segment_id: int) -> Standing | None:
        """The override for this segment."""
        return next((o for o in self.overrides if _id(o) == segment_id), None)

    def priority(self, segment_id: int) -> int | None:
        """The place of the override for this segment; 1 is looked at first."""
        ids = [_id(o) for o in self.overrides]
        return ids.index(segment_id) + 1 if segment_id in ids else None

    def ahead_of(self, segment_id: int) -> tuple[Standing, ...]:
        """The overrides that are looked at before the one for this segment."""
        priority = self.priority(segment_id)
        return self.overrides[: priority - 1] if priority else ()

    def without(self, segment_id: int) -> "Lineup":
        """The same lineup, less the override for this segment."""
        return replace(self, overrides=tuple(o for o in self.overrides if _id(o) != segment_id))

    def with_override(self, override: Standing, *, priority: int) -> "Lineup":
        """The same lineup with this override at this place."""
        rest = [o for o in self.overrides if o.segment != override.segment]
        rest.insert(priority - 1, override)
        return replace(self, overrides=tuple(rest))

    def same_as(self, other: "Lineup") -> bool:
        """Whether both serve the same, to everybody."""
        ours, theirs = list(self), list(other)
        return len(ours) == len(theirs) and all(
            mine.segment == yours.segment
            and mine.by_experiment == yours.by_experiment
            and mine.content.same_as(yours.content)
            for mine, yours in zip(ours, theirs, strict=True)
        )


def lineup_of(placements: "list[Placement]", *, value_type: str) -> Lineup:
    """The lineup of a version, from its placements in order, with states and allocations loaded."""
    standings = [
        Standing(p.segment, content_of(p.state, value_type=value_type), p.state, p.by_experiment) for p in placements
    ]
    default = next(s for s in standings if s.segment is None)
    return Lineup(default, tuple(s for s in standings if s.segment is not None))


def content_of(state: FlagState, *, value_type: str) -> Content:
    """What a stored state serves; it may be from before the feature's type changed to a wider one."""
    shares = {a.option_id: BasisPoints(a.share) for a in state.allocations.all()}
    return Content(state.enabled, canonical_value(state.value, value_type), shares)


def state_facts(standing: Standing, options: Mapping[int, Option], priority: int | None) -> dict[str, Any]:
    """A whole state as plain JSON, for the audit log and receipts; shares in basis points."""
    segment = standing.segment
    return {
        "segment": {"id": segment.pk, "name": segment.name} if segment else None,
        "priority": priority,
        "enabled": standing.content.enabled,
        "value": standing.content.value,
        "allocations": [
            {"optionId": option_id, "key": options[option_id].key, "basisPoints": share}
            for option_id, share in sorted(standing.content.allocations.items())
        ],
    }


def lineup_facts(lineup: Lineup, options: Mapping[int, Option]) -> dict[str, Any]:
    """A whole lineup as plain JSON."""
    return {
        "default": state_facts(lineup.default, options, None),
        "overrides": [
            state_facts(override, options, priority) for priority, override in enumerate(lineup.overrides, start=1)
        ],
    }


def _id(standing: Standing) -> int | None:
    return standing.segment.pk if standing.segment else None
