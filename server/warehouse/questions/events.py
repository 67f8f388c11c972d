"""The one look at the events: of each unit's, all tallies at once. How many metrics there are changes no scan."""

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import and_, or_
from typing import Any

from server.warehouse.engine import Session
from server.warehouse.questions.filters import matches, number_of, sound
from server.warehouse.questions.tallies import Counted, Past, Selection, Tally
from server.warehouse.tables import FileKind


def tallied_units(
    session: Session,
    units: Any,
    names: Mapping[Tally, str],
    *,
    environment_id: int,
    begins: int,
    since: int,
    until: int,
) -> Any:
    """The units that have events, by ``scope`` and ``key``, with a column for each tally.

    ``since`` and ``until`` are the start of the first scope and the end of the last: other events are not
    looked at, but for the past that a tally asks for. No unit's past ends before ``begins``.
    """
    selections = {
        selection: f"s{number}" for number, selection in enumerate(dict.fromkeys(it.selection for it in names))
    }
    values = {
        name: f"v{number}"
        for number, name in enumerate(
            dict.fromkeys(tally.value_property for tally in names if tally.counted is not Counted.EVENTS)
        )
    }
    lookback = max((tally.when.lookback for tally in names if isinstance(tally.when, Past)), default=0)
    events = _narrowed(session, selections, values, environment_id, begins - lookback if lookback else since, until)
    units = units.select("scope", "first", "begun", "until", unit="key")
    both = events.join(units, events.key == units.unit)
    both = both.filter(both.time < both.until, both.time >= (both.begun - lookback if lookback else both.first))
    tallies = {name: _tally(both, tally, selections, values) for tally, name in names.items()}
    return both.group_by(["scope", "key"]).agg(**tallies)


def _narrowed(
    session: Session,
    selections: Mapping[Selection, str],
    values: Mapping[str | None, str],
    environment_id: int,
    since: int,
    until: int,
) -> Any:
    """The events that any tally counts: whose, when, which selections they are in, and their numbers."""
    events = session.table(FileKind.EVENT)
    events = events.filter(
        events.environment_id == environment_id,
        events.name.isin(sorted({selection.event for selection in selections})),
        events.time >= since,
        events.time < until,
    )
    columns = {"key": events.targeting_key, "time": events.time}
    for selection, name in selections.items():
        conditions = (matches(session, events, condition) for condition in selection.filters)
        columns[name] = reduce(and_, conditions, events.name == selection.event)
    for value_property, name in values.items():
        if value_property is None:
            columns[name] = sound(events.value)
        else:
            columns[name] = number_of(session.property(events, value_property))
    events = events.select(**columns)
    if all(selection.filters for selection in selections):
        events = events.filter(reduce(or_, (events[name] for name in selections.values())))
    return events


def _tally(both: Any, tally: Tally, selections: Mapping[Selection, str], values: Mapping[str | None, str]) -> Any:
    if isinstance(tally.when, Past):
        counts = (both.time < both.begun) & (both.time >= both.begun - tally.when.lookback)
    else:
        counts = both.time >= both.first + tally.when.starts
        if tally.when.ends is not None:
            counts = counts & (both.time < both.first + tally.when.ends)
    counts = both[selections[tally.selection]] & counts
    if tally.counted is Counted.EVENTS:
        return both.count(where=counts).cast("int32")
    value = both[values[tally.value_property]]
    return value.count(where=counts).cast("int32") if tally.counted is Counted.NUMBERS else value.sum(where=counts)


def tally_names(tallies: Sequence[Tally]) -> dict[Tally, str]:
    """What the columns of the tallies are called."""
    return {tally: f"m{number}" for number, tally in enumerate(tallies)}
