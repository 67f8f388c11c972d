"""Who met what, and when first: the units of each scope, and what became of the exposures that do not count.

Reads the exposures and nothing else. What happened at or after the question's ``as_of`` is not looked at.
"""

from collections.abc import Sequence
from typing import Any

import ibis

from server.warehouse.engine import Session
from server.warehouse.questions.checks import Phase
from server.warehouse.questions.terms import ExperimentQuestion, Scope
from server.warehouse.tables import FileKind


def named_exposures(session: Session, question: ExperimentQuestion, phases: Sequence[Phase]) -> Any:
    """The exposures that name one of the phases; ``arm`` is null where the experiment has no such variant."""
    exposures = session.table(FileKind.EXPOSURE)
    exposures = exposures.filter(
        exposures.environment_id == question.environment_id,
        exposures.experiment == question.experiment,
        exposures.phase.isin([phase.number for phase in phases]),
        exposures.time < question.as_of,
    )
    during = [
        (exposures.phase == phase.number) & (exposures.time >= phase.opened) & (exposures.time < phase.closed)
        for phase in phases
    ]
    inside = during[0]
    for other in during[1:]:
        inside = inside | other
    arms = [(exposures.variant == variant, ibis.literal(arm, "int32")) for arm, variant in enumerate(question.variants)]
    columns = {
        "key": exposures.targeting_key,
        "phase": exposures.phase,
        "time": exposures.time,
        "arm": ibis.cases(*arms, else_=ibis.null("int32")),
        "inside": inside,
    }
    if question.dimension is not None:
        columns["dimension"] = session.property(exposures, question.dimension)
    return exposures.select(**columns)


def keep_units(session: Session, named: Any, scopes: Sequence[Scope], phases: Sequence[Phase]) -> Any:
    """The units of the scopes, computed once; quarantined ones have no arm."""
    met = meetings(named)
    # In a single phase a unit's first meeting is its first in any: nothing need be looked up.
    begun = met.first if len(phases) == 1 else met.first.min().over(ibis.window(group_by=met.key))
    met = session.keep(met.mutate(begun=begun), "meetings")
    return session.keep(first_meetings(met, scopes, phases), "first_meetings")


def phase_facts(named: Any) -> Any:
    """Of each phase: how many exposures do not count, and when the first and the last was that does."""
    counted = named.inside & named.arm.notnull()
    return named.group_by("phase").agg(
        outside=named.count(where=~named.inside),
        unknown=named.count(where=named.inside & named.arm.isnull()),
        first=named.time.min(where=counted),
        last=named.time.max(where=counted),
    )


def meetings(named: Any) -> Any:
    """When each unit first met each arm in each phase (and with which value of the dimension)."""
    counted = named.filter(named.inside, named.arm.notnull())
    return counted.group_by(["key", "phase", "arm", *_dimension(counted)]).agg(first=counted.time.min())


def first_meetings(met: Any, scopes: Sequence[Scope], phases: Sequence[Phase]) -> Any:
    """The units of each scope: their arm, their first exposure there and in any phase (``begun``), and until when
    they are followed. Quarantined or not, in whatever arm: what was after ``begun`` is no past.

    The arm is null where a unit met several: it is quarantined.
    """
    return ibis.union(*(_of_scope(met, scope, phases) for scope in scopes), distinct=False)


def _of_scope(met: Any, scope: Scope, phases: Sequence[Phase]) -> Any:
    inside = met.filter(met.phase.isin(scope.phases))
    found = {
        "first": inside.first.min(),
        "begun": inside.begun.min(),
        "lowest": inside.arm.min(),
        "highest": inside.arm.max(),
    }
    if "dimension" in met.columns:
        inside = inside.mutate(first_at=inside.first.min().over(ibis.window(group_by=inside.key)))
        # Of two values at the very same moment the smaller one counts, in every engine.
        found["dimension"] = inside.dimension.min(where=inside.first == inside.first_at)
    units = inside.group_by("key").agg(**found)
    arm = ibis.ifelse(units.lowest == units.highest, units.lowest, ibis.null("int32"))
    units = units.mutate(scope=ibis.literal(scope.id, "int64"), arm=arm, until=ibis.literal(scope.closed, "int64"))
    units = units.select("scope", "key", "arm", "first", "begun", "until", *_dimension(met))
    between = [
        phase.number
        for phase in phases
        if phase.number not in scope.phases and phase.opened < scope.closed and scope.opened < phase.closed
    ]
    return _cut_at_moves(units, met.filter(met.phase.isin(between))) if between else units


def _cut_at_moves(units: Any, elsewhere: Any) -> Any:
    """Phases do not overlap, so only one between a scope's phases can take units from it before it closes."""
    elsewhere = elsewhere.select(mover="key", other="arm", moved="first")
    both = units.join(elsewhere, units.key == elsewhere.mover)
    both = both.filter(both.arm != both.other, both.moved > both.first)
    moves = both.group_by("mover").agg(moved=both.moved.min())
    cut = units.left_join(moves, units.key == moves.mover)
    cut = cut.mutate(until=ibis.least(cut.until, ibis.coalesce(cut.moved, cut.until)))
    return cut.select(*units.columns)


def _dimension(table: Any) -> list[str]:
    return ["dimension"] if "dimension" in table.columns else []
