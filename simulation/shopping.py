"""What visitors do, and what goes wrong with the telling of it. Pure: the same for the same seed; sends nothing.

Visits happen as fast as the simulation makes them: what takes a second in a visit is told as a millisecond, so
that what follows an exposure is in the past when it arrives.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from random import Random
from typing import Any

from server.demo.visitors import (
    SECONDS_IN_DAY,
    Effects,
    Visit,
    filling_the_basket,
    loading,
    ordering,
    visits,
)
from simulation.scene import Visited

Event = dict[str, Any]

DAYS = 14
"""Before the simulation, and in it."""

COMPRESSED = 1_000
SENT_TWICE = 0.01
LATE = 0.02
TWO_VARIANTS = 0.0008
FAR_AHEAD, LONG_AGO = 0.0005, 0.0005
"""Shares of events whose clock is wrong by hours or weeks, without saying so: the server refuses them."""

EFFECTS = (Effects(), Effects(order=1.3), Effects(amount=1.15, loading=1.1))
"""What control, the first and the second option really do; every other one changes nothing."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """What an evaluation said: of which experiment, and where in it the unit is."""

    experiment: Visited
    variant: str
    phase: int


@dataclass(frozen=True, slots=True)
class Told:
    """What a visit tells: at once, and what is told late; ``counted`` is what is wrong with it on purpose."""

    now: list[Event]
    late: list[Event]
    counted: dict[str, int]


def planned(*, visitors: int, seed: int, run: str, started: float) -> tuple[list[Visit], list[Visit]]:
    """The visits before the simulation, and those in it, each in the order of time and with a chance of its own."""
    span = DAYS * SECONDS_IN_DAY
    found = [
        replace(
            visit,
            visitor=replace(visit.visitor, key=f"{run}-{visit.visitor.key}"),
            chance=Random(f"{seed}-{number}"),
        )
        for number, visit in enumerate(visits(visitors=visitors, since=started - span, until=started + span, seed=seed))
    ]
    found.sort(key=lambda visit: visit.at)
    return [visit for visit in found if visit.at < started], [visit for visit in found if visit.at >= started]


def past_of(before: Iterable[Visit], *, run: str) -> Iterator[Event]:
    """What visitors did before, at its true time: it lets results know them better. Nobody met anything then."""
    for number, visit in enumerate(before):
        happenings = _happenings(visit, Effects())
        for place, event in enumerate(happenings):
            event["time"] = _written(visit.at + event["time"])
            yield event | {"id": f"{run}-past-{number}-{place}"}


def told_of(visit: Visit, number: int, met: Sequence[Meeting], *, now: float, run: str, lost: float) -> Told:
    """The events of a visit that begins now, in which this was met; ``lost`` is the broken split's share:
    of the last variant's units so many never get to tell that they met it."""
    chance, counted = visit.chance, {"lost": 0, "two_variants": 0, "twice": 0, "late": 0}
    effects = Effects()
    events: list[Event] = []
    for meeting in met:
        effects = combined(effects, effect_of(meeting))
        variants = meeting.experiment.variants
        if meeting.variant == variants[-1] and Random(visit.visitor.key).random() < lost:
            counted["lost"] += 1
            continue
        events.append(_exposure(visit, meeting, meeting.variant))
        if chance.random() < TWO_VARIANTS:
            other = chance.choice([variant for variant in variants if variant != meeting.variant])
            events.append(_exposure(visit, meeting, other))
            counted["two_variants"] += 1
    events.extend(_happenings(visit, effects))
    at_once: list[Event] = []
    late: list[Event] = []
    for place, event in enumerate(events):
        event["time"] = _written(now + event["time"] / COMPRESSED + _wrong_clock(chance))
        event["id"] = f"{run}-{number}-{place}"
        times = 2 if chance.random() < SENT_TWICE else 1
        is_late = event["type"] == "event" and chance.random() < LATE
        counted["twice"] += times - 1
        counted["late"] += is_late
        (late if is_late else at_once).extend([event] * times)
    return Told(at_once, late, counted)


def effect_of(meeting: Meeting) -> Effects:
    """What the variant does to whoever meets it."""
    variants = meeting.experiment.variants
    place = variants.index(meeting.variant) if meeting.variant in variants else 0
    return EFFECTS[place] if place < len(EFFECTS) else Effects()


def combined(one: Effects, other: Effects) -> Effects:
    """The effect of both."""
    return Effects(
        basket=one.basket * other.basket,
        order=one.order * other.order,
        amount=one.amount * other.amount,
        loading=one.loading * other.loading,
        cancelling=one.cancelling * other.cancelling,
    )


def _happenings(visit: Visit, effects: Effects) -> Iterator[Event]:
    """A visit's events, with their time as seconds into it."""
    happened = [loading(visit, effects)]
    basket = filling_the_basket(visit, effects)
    if basket is not None:
        happened += [basket, *ordering(visit, effects, after=basket.after + 2)]
    for happening in happened:
        event: Event = {
            "type": "event",
            "targetingKey": visit.visitor.key,
            "time": happening.after,
            "name": happening.name,
            "properties": {**visit.visitor.properties, **happening.properties},
        }
        yield event if happening.value is None else event | {"value": happening.value}


def _exposure(visit: Visit, meeting: Meeting, variant: str) -> Event:
    return {
        "type": "exposure",
        "targetingKey": visit.visitor.key,
        "time": 0.0,
        "flag": meeting.experiment.flag,
        "variant": variant,
        "experiment": meeting.experiment.key,
        "phase": meeting.phase,
        "inExperiment": True,
        "properties": dict(visit.visitor.properties),
    }


def _wrong_clock(chance: Random) -> float:
    drawn = chance.random()
    if drawn < FAR_AHEAD:
        return 3 * 3_600.0
    return -40 * SECONDS_IN_DAY if drawn < FAR_AHEAD + LONG_AGO else 0.0


def _written(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()
