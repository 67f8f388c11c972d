"""Who visits the demo's shop, and what they do there: random, the same for the same seed. Knows no experiment.

A visitor has habits (how often they come, how likely they order, how much they spend), so that what they did before
an experiment tells something of what they do in it. Amounts have a heavy tail, as those of shops have.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

DEVICES = {"mobile": 0.58, "desktop": 0.36, "tablet": 0.06}
COUNTRIES = {"DE": 0.5, "AT": 0.15, "FR": 0.15, "NL": 0.12, "SE": 0.08}
SECONDS_IN_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Visitor:
    """A unit: its targeting key, what its exposures say of it, and its habits."""

    key: str
    properties: dict[str, str]
    appetite: float
    """How likely an order is, against the average."""
    purse: float
    """How much is spent, against the average."""


@dataclass(slots=True)
class Effects:
    """What the variants that a visitor has met change: factors, 1 without any."""

    basket: float = 1.0
    order: float = 1.0
    amount: float = 1.0
    loading: float = 1.0
    cancelling: float = 1.0


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit: whose, when it begins (seconds since the epoch), and its own chance."""

    visitor: Visitor
    at: float
    chance: Random = field(compare=False)


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that a visitor does: an event's name and value, so many seconds into the visit."""

    name: str
    after: float
    value: float | None = None
    properties: dict[str, str] = field(default_factory=dict)


def visits(*, visitors: int, since: float, until: float, seed: int) -> Iterator[Visit]:
    """The visits of so many visitors between two times, by visitor; most come more than once."""
    for number in range(visitors):
        chance = Random(seed * 1_000_003 + number)
        visitor = _visitor(number, chance)
        # Most are new on some day; some have come since before.
        at = since + (until - since) * chance.random() ** 1.3 - 5 * SECONDS_IN_DAY
        while at < until:
            if at >= since:
                yield Visit(visitor, at, chance)
            at += chance.expovariate(visitor.appetite / (6 * SECONDS_IN_DAY)) + 1_800
            if chance.random() < 0.18:
                break


def loading(visit: Visit, effects: Effects) -> Happening:
    """The first page: how long it took, in milliseconds."""
    return Happening("page_loaded", 1.0, round(visit.chance.lognormvariate(6.6, 0.45) * effects.loading, 1))


def filling_the_basket(visit: Visit, effects: Effects) -> Happening | None:
    """Something goes into the basket, or not."""
    if visit.chance.random() < min(0.38 * effects.basket * visit.visitor.appetite**0.5, 0.95):
        return Happening("added_to_basket", visit.chance.uniform(20, 400))
    return None


def ordering(visit: Visit, effects: Effects, *, after: float) -> Iterator[Happening]:
    """What is in the basket is ordered, or not; some think better of it."""
    chance, visitor = visit.chance, visit.visitor
    if chance.random() >= min(0.42 * effects.order * visitor.appetite**0.5, 0.97):
        return
    amount = 12 + chance.lognormvariate(3.2, 0.8) * visitor.purse * effects.amount
    if chance.random() < 0.01:
        amount *= chance.paretovariate(1.6)  # whoever furnishes an office
    after += chance.uniform(30, 300)
    payment = chance.choice(("card", "invoice", "wallet"))
    yield Happening("order_placed", after, round(amount, 2), {"payment": payment})
    if chance.random() < 0.05 * effects.cancelling:
        yield Happening("order_cancelled", after + chance.uniform(60, 3_000))


def _visitor(number: int, chance: Random) -> Visitor:
    return Visitor(
        key=f"customer-{number:05}",
        properties={"device": _one_of(DEVICES, chance), "country": _one_of(COUNTRIES, chance)},
        appetite=0.25 + chance.gammavariate(1.5, 0.5),
        purse=chance.lognormvariate(0.0, 0.35),
    )


def _one_of(shares: dict[str, float], chance: Random) -> str:
    return chance.choices(list(shares), list(shares.values()))[0]
