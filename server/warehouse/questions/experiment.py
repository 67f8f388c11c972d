"""The whole question about an experiment: puts its parts together. Infers nothing from the figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from server.warehouse.engine import Session
from server.warehouse.questions.answers import Arm, Caps, ExperimentAnswer, NewUnits, ScopeCounts
from server.warehouse.questions.checks import answered_scopes, check_question, cut_at_asking, phases_of
from server.warehouse.questions.dimensions import with_few_values
from server.warehouse.questions.exposures import keep_units, named_exposures, phase_facts
from server.warehouse.questions.figures import Figures, figures_of
from server.warehouse.questions.sums import Group
from server.warehouse.questions.terms import ExperimentQuestion, Scope
from server.warehouse.questions.unit_table import unit_table
from server.warehouse.times import DAY


def ask_experiment(session: Session, question: ExperimentQuestion) -> ExperimentAnswer:
    """Everything that is asked, of one moment.

    Exposures are looked at twice and events once, however many metrics, scopes and variants there are.

    Raises:
        ValueError: the question has no answer, and why.
        WarehouseUnavailable: the warehouse did not answer.
    """
    check_question(question)
    question = cut_at_asking(question)
    phases = phases_of(question)
    question = replace(question, scopes=answered_scopes(question))
    if not question.scopes:
        return ExperimentAnswer((), (), (), (), None, None)
    scopes, like = distinct_scopes(question.scopes)

    named = named_exposures(session, question, phases)
    inside = {number for scope in scopes for number in scope.phases}
    facts = {row["phase"]: row for row in session.rows(phase_facts(named)) if row["phase"] in inside}
    units = keep_units(session, named, scopes, phases)
    days = _new_units(session, units)

    counted = units.filter(units.arm.notnull())
    if question.dimension is not None:
        counted = with_few_values(session, counted, [scope.id for scope in scopes if len(scope.phases) == 1])
    table = unit_table(
        session,
        counted,
        question.metrics,
        environment_id=question.environment_id,
        begins=min(phase.opened for phase in phases),
        since=min(scope.opened for scope in scopes),
        until=max(scope.closed for scope in scopes),
    )
    figures = figures_of(session, table, question.metrics)
    return ExperimentAnswer(
        arms=_arms(question, like, figures),
        caps=_caps(question, like, figures),
        new_units=tuple(
            NewUnits(scope.id, question.variants[row.arm], row.day, row.units)
            for scope in question.scopes
            for row in days
            if row.scope == like[scope.id] and row.arm is not None
        ),
        counts=_counts(question, like, days, facts),
        first_exposure=min((row["first"] for row in facts.values() if row["first"] is not None), default=None),
        last_exposure=max((row["last"] for row in facts.values() if row["last"] is not None), default=None),
    )


def distinct_scopes(scopes: Sequence[Scope]) -> tuple[list[Scope], dict[int, int]]:
    """The scopes that differ, and for each id the id of the one that stands for it: the latest stretch
    is often its only phase, and need not be computed again.
    """
    found: dict[tuple[Any, ...], Scope] = {}
    like = {}
    for scope in scopes:
        same = found.setdefault((frozenset(scope.phases), scope.opened, scope.closed), scope)
        like[scope.id] = same.id
    return list(found.values()), like


@dataclass(frozen=True, slots=True)
class _Day:
    scope: int
    arm: int | None
    day: int
    units: int


def _new_units(session: Session, units: Any) -> list[_Day]:
    """By day of the first exposure, the quarantined ones (of no arm) too."""
    # Divided without a remainder: engines round what is left of a division each to another place.
    days = units.select("scope", "arm", day=((units.first - units.first % DAY) / DAY).cast("int64"))
    rows = session.rows(days.group_by(["scope", "arm", "day"]).agg(units=days.count()))
    found = (_Day(row["scope"], row["arm"], row["day"], row["units"]) for row in rows)
    return sorted(found, key=lambda it: (it.scope, -1 if it.arm is None else it.arm, it.day))


def _arms(question: ExperimentQuestion, like: Mapping[int, int], figures: Figures) -> tuple[Arm, ...]:
    def order(group: Group) -> tuple[int, bool, str]:
        return group.arm, group.dimension is not None, group.dimension or ""

    return tuple(
        Arm(scope.id, question.variants[group.arm], found.units, found.metrics, group.dimension)
        for scope in question.scopes
        for group, found in sorted(figures.groups.items(), key=lambda item: order(item[0]))
        if group.scope == like[scope.id]
    )


def _caps(question: ExperimentQuestion, like: Mapping[int, int], figures: Figures) -> tuple[Caps, ...]:
    return tuple(
        Caps(question.metrics[place].name, {scope: caps[same] for scope, same in like.items() if same in caps})
        for place, caps in figures.caps.items()
    )


def _counts(
    question: ExperimentQuestion, like: Mapping[int, int], days: Sequence[_Day], facts: Mapping[int, Mapping[str, int]]
) -> tuple[ScopeCounts, ...]:
    return tuple(
        ScopeCounts(
            scope.id,
            quarantined=sum(day.units for day in days if day.scope == like[scope.id] and day.arm is None),
            outside=sum(facts[phase]["outside"] for phase in set(scope.phases) if phase in facts),
            unknown=sum(facts[phase]["unknown"] for phase in set(scope.phases) if phase in facts),
        )
        for scope in question.scopes
    )
