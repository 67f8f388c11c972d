"""Six weeks of the demo shop's traffic, as applications would have sent it: exposures and events. Stores nothing.

Not all of it is sound, as real traffic is not: some is sent twice, some a day late, a few customers change device and
meet another variant there, and one variant of one experiment loses exposures. The checks of results find it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from random import Random
from typing import Any

from server.demo.meeting import Deal
from server.demo.visitors import SECONDS_IN_DAY, Effects, Happening, Visit, filling_the_basket, loading, ordering

Sent = dict[str, Any]

EFFECTS: Mapping[tuple[str, str], Effects] = {
    ("one-page-checkout", "single-page"): Effects(order=1.5),
    ("one-page-checkout", "accordion"): Effects(order=0.97),
    ("loyalty-discount", "five-percent"): Effects(order=1.02, amount=0.96),
    ("loyalty-discount", "ten-percent"): Effects(order=1.03, amount=0.91),
    ("one-click-orders", "on"): Effects(order=1.3, cancelling=1.6),
    ("checkout-button-wording", "secure"): Effects(order=1.6),
    ("checkout-button-wording", "pay"): Effects(order=0.98),
    ("better-recommendations", "together"): Effects(basket=0.86),
    ("better-recommendations", "personal"): Effects(basket=1.3, amount=1.3, loading=1.02),
    ("shipping-threshold", "lower"): Effects(order=1.1, amount=0.92),
    ("shipping-threshold", "higher"): Effects(order=0.9, amount=1.2),
}
"""What a variant really does. Every other one changes nothing."""

AT_THE_BASKET = frozenset({"one-page-checkout", "one-click-orders", "checkout-button-wording", "shipping-threshold"})
"""Experiments on what only those see who have something in their basket: others do not meet them."""

LOSES_EXPOSURES = ("shipping-threshold", "higher")
"""The page of this variant is left before it has sent its exposure, by every second one."""

CHANGES_DEVICE = "loyalty-discount"
"""Here a few customers are recognised too late, and meet the variant of a device before that of their account."""

SENT_TWICE = 0.004
SENT_LATE = 0.01


def traffic(visits: Iterator[Visit], deals: Sequence[Deal], *, until: float, seed: int) -> dict[int, list[Sent]]:
    """What was received on each day (since the epoch), in the form in which the door takes events."""
    received: dict[int, list[Sent]] = defaultdict(list)
    chance = Random(seed)
    exposed: set[tuple[str, str, int, int]] = set()
    for number, visit in enumerate(visits):
        for place, event in enumerate(_sent(visit, deals, exposed)):
            event["id"] = f"{number}-{place}"
            day = int(event["time"] // SECONDS_IN_DAY)
            if event["time"] >= until:
                continue
            if chance.random() < SENT_LATE and (day + 2) * SECONDS_IN_DAY <= until:
                day += 1
            event["time"] = datetime.fromtimestamp(event["time"], UTC).isoformat()
            received[day].append(event)
            if chance.random() < SENT_TWICE:
                received[day].append(event)
    return received


def _sent(visit: Visit, deals: Sequence[Deal], exposed: set[tuple[str, str, int, int]]) -> Iterator[Sent]:
    """A visit as its events, in the order in which they happen: what is met changes what is done after it."""
    met = Effects()
    yield from _meet(visit, visit.at, [deal for deal in deals if deal.experiment not in AT_THE_BASKET], met, exposed)
    yield _event(visit, loading(visit, met))
    basket = filling_the_basket(visit, met)
    if basket is None:
        return
    yield _event(visit, basket)
    at = visit.at + basket.after + 1
    yield from _meet(visit, at, [deal for deal in deals if deal.experiment in AT_THE_BASKET], met, exposed)
    for happening in ordering(visit, met, after=basket.after + 2):
        yield _event(visit, happening)


def _meet(
    visit: Visit, at: float, deals: Sequence[Deal], met: Effects, exposed: set[tuple[str, str, int, int]]
) -> Iterator[Sent]:
    """The exposures to what is met, once a day each, as applications send them; ``met`` takes the effects in."""
    for deal in deals:
        found = deal.met(visit.visitor.key, at)
        if found is None:
            continue
        phase, variant = found
        if (deal.experiment, variant) == LOSES_EXPOSURES and visit.chance.random() < 0.5:
            continue
        effects = EFFECTS.get((deal.experiment, variant))
        if effects is not None:
            for factor in fields(Effects):
                setattr(met, factor.name, getattr(met, factor.name) * getattr(effects, factor.name))
        once = (visit.visitor.key, deal.experiment, phase, int(at // SECONDS_IN_DAY))
        if once in exposed:
            continue
        exposed.add(once)
        yield _exposure(visit, at, deal, phase, variant)
        if deal.experiment == CHANGES_DEVICE and visit.chance.random() < 0.002:
            others = [each for each in deal.phases[phase - 1].arms.values() if each != variant]
            yield _exposure(visit, at + 1, deal, phase, visit.chance.choice(others))


def _exposure(visit: Visit, at: float, deal: Deal, phase: int, variant: str) -> Sent:
    return {
        "type": "exposure",
        "targetingKey": visit.visitor.key,
        "time": at,
        "flag": deal.flag,
        "variant": variant,
        "experiment": deal.experiment,
        "phase": phase,
        "inExperiment": True,
        "properties": visit.visitor.properties,
    }


def _event(visit: Visit, happening: Happening) -> Sent:
    sent: Sent = {
        "type": "event",
        "targetingKey": visit.visitor.key,
        "time": visit.at + happening.after,
        "name": happening.name,
        "properties": {**visit.visitor.properties, **happening.properties},
    }
    return sent if happening.value is None else {**sent, "value": happening.value}
