"""Which phases of an experiment may be looked at as one. Pure: reads nothing, computes no figure.

Phases are pooled into a *stretch* where nothing differs between them but the gate, and no time lies between them:
then each unit meets the same arm in all of them, and counts once, at its first exposure in any. Anything else
is a comparison of its own: units of a 90/10 and of a 50/50 split, added up, compare different people.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from server.experimentation.models import Phase
from server.features.values import same_value


class PhaseBreak(StrEnum):
    """Why a phase is not pooled with the one before it. The values are stable."""

    SWITCHED = "SWITCHED"
    """The flag was turned on or off for those who take part."""
    AUDIENCE_CHANGED = "AUDIENCE_CHANGED"
    SPLIT_CHANGED = "SPLIT_CHANGED"
    VALUES_CHANGED = "VALUES_CHANGED"
    DEALT_ANEW = "DEALT_ANEW"
    """Gate or split hash differently, so that units may meet another arm."""
    INTERRUPTED = "INTERRUPTED"
    """Between the two the experiment was completed, and everybody was served what was decided."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Phases that may be pooled, in their order, and why they are not pooled with those before: None for the first."""

    phases: tuple[Phase, ...]
    broken_by: PhaseBreak | None

    @property
    def numbers(self) -> tuple[int, ...]:
        """The phases' numbers."""
        return tuple(phase.number for phase in self.phases)


def stretches_of(phases: Sequence[Phase]) -> list[Stretch]:
    """The stretches of an experiment; ``phases`` are all of its phases, in their order."""
    found: list[Stretch] = []
    for phase in phases:
        why = None if not found else _break(found[-1].phases[-1], phase)
        if found and why is None:
            found[-1] = Stretch((*found[-1].phases, phase), found[-1].broken_by)
        else:
            found.append(Stretch((phase,), why))
    return found


def _break(before: Phase, after: Phase) -> PhaseBreak | None:
    if before.enabled != after.enabled:
        return PhaseBreak.SWITCHED
    if before.audience_id != after.audience_id:
        return PhaseBreak.AUDIENCE_CHANGED
    if _shares(before) != _shares(after):
        return PhaseBreak.SPLIT_CHANGED
    if not same_value([before.control_value, before.arms], [after.control_value, after.arms]):
        return PhaseBreak.VALUES_CHANGED
    if _dealt_by(before) != _dealt_by(after):
        return PhaseBreak.DEALT_ANEW
    return PhaseBreak.INTERRUPTED if before.closed_at != after.opened_at else None


def _shares(phase: Phase) -> list[tuple[int, int]]:
    return sorted((arm["optionId"], arm["basisPoints"]) for arm in phase.arms)


def _dealt_by(phase: Phase) -> tuple[str, str, int | None]:
    return phase.gate_salt, phase.split_salt, phase.bucket_map_id
