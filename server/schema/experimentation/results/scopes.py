"""Who met what, in one phase or in phases that are pooled, as the API tells it."""

from collections.abc import Sequence
from datetime import datetime

import strawberry

import server.schema.experimentation.results.enums  # noqa: F401 - the enums, before the types that use them
from server.evaluation.percentages import BasisPoints
from server.experimentation.results.document import NewUnitsOfDay, ScopeFigures, VariantUnits
from server.experimentation.results.stretches import PhaseBreak
from server.schema.scalars import Count, Percentage
from server.schema.statistics.checks import SampleRatioCheckOrNoResult, sample_ratio_check_of
from server.schema.statistics.terms import told
from server.warehouse.times import DAY, moment_of

WHY_APART = {
    PhaseBreak.SWITCHED: "the flag was turned on or off for those who take part",
    PhaseBreak.AUDIENCE_CHANGED: "others could take part",
    PhaseBreak.SPLIT_CHANGED: "the variants had other shares",
    PhaseBreak.VALUES_CHANGED: "a variant served another value",
    PhaseBreak.DEALT_ANEW: "units were dealt anew, and may have met another variant",
    PhaseBreak.INTERRUPTED: "between the two everybody was served what was decided",
}


@strawberry.type(description="The units of a variant: each counts once, at its first exposure.")
class ExposedUnits:
    variant: str = strawberry.field(description="The option's key, or `control`.")
    units: Count = strawberry.field(description="How many units met it, and no other variant.")
    expected_percentage: Percentage = strawberry.field(description="Its share of the units by the split.")


@strawberry.type(description="Units that met a variant for the first time on one day.")
class NewUnits:
    day: datetime = strawberry.field(description="When the day began, in UTC.")
    variant: str = strawberry.field(description="The option's key, or `control`.")
    units: Count = strawberry.field(description="How many units it were.")


@strawberry.type(description="Who met what, in one phase or in several that are pooled.")
class ScopeExposures:
    phases: list[int] = strawberry.field(description="The numbers of the phases.")
    opened_at: datetime = strawberry.field(description="When the first of them opened.")
    closed_at: datetime | None = strawberry.field(description="When the last of them ended; null while it goes on.")
    units: Count = strawberry.field(description="How many units count.")
    variants: list[ExposedUnits] = strawberry.field(description="Those of each variant, control first.")
    quarantined: Count = strawberry.field(
        description="How many units met several variants within one phase: they count in none."
    )
    outside: Count = strawberry.field(
        description="How many exposures happened before or after the phase that they name: they do not count."
    )
    unknown: Count = strawberry.field(
        description="How many exposures name a variant that the experiment does not have: they do not count."
    )
    split: SampleRatioCheckOrNoResult = strawberry.field(
        description="Whether the variants have the units that the split says."
    )


@strawberry.type(description="The phases that the verdict is about: the latest, with those that may be pooled with it.")
class JudgedPhases:
    phases: list[int] = strawberry.field(description="The numbers of the phases.")
    pooled: bool = strawberry.field(description="Whether there are several, in which each unit counts once.")
    broken_by: PhaseBreak | None = strawberry.field(
        description="Why the phases before them are left out; null where there are none."
    )
    message: str = strawberry.field(description="What is judged and why, for people.")


def exposed_units_of(found: Sequence[VariantUnits]) -> list[ExposedUnits]:
    """The units of the variants as the API tells them."""
    return [
        ExposedUnits(variant=each.variant, units=each.units, expected_percentage=BasisPoints(each.basis_points))
        for each in found
    ]


def new_units_of(found: Sequence[NewUnitsOfDay]) -> list[NewUnits]:
    """New units as the API tells them, by day."""
    ordered = sorted(found, key=lambda each: each.day)
    return [NewUnits(day=moment_of(each.day * DAY), variant=each.variant, units=each.units) for each in ordered]


def scope_exposures_of(found: ScopeFigures) -> ScopeExposures:
    """A scope's exposures as the API tells them."""
    return ScopeExposures(
        phases=list(found.phases),
        opened_at=moment_of(found.opened),
        closed_at=None if found.closed is None else moment_of(found.closed),
        units=sum(each.units for each in found.units),
        variants=exposed_units_of(found.units),
        quarantined=found.quarantined,
        outside=found.outside,
        unknown=found.unknown,
        split=told(found.split, sample_ratio_check_of),
    )


def judged_phases_of(found: ScopeFigures, broken_by: PhaseBreak | None) -> JudgedPhases:
    """What is judged, as the API tells it."""
    first, last = found.phases[0], found.phases[-1]
    message = f"Judged is phase {last}."
    if first != last:
        message = f"Judged are the phases {first} to {last} together: nothing differs between them but the gate."
    if broken_by is not None:
        message += f" Those before are left out: from phase {first - 1} to {first}, {WHY_APART[broken_by]}."
    return JudgedPhases(phases=list(found.phases), pooled=first != last, broken_by=broken_by, message=message)
