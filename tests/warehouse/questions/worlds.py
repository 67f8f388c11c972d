"""Rows to ask about: by hand, and at random with everything that makes data awkward."""

from collections.abc import Mapping
from random import Random
from typing import Any

from server.warehouse.questions.terms import (
    Aggregate,
    ExperimentQuestion,
    Measure,
    MetricQuestion,
    Operator,
    PropertyFilter,
    Scope,
    Shape,
)
from server.warehouse.tables import FileKind

DAY = 86_400_000_000
HOUR = DAY // 24
START = 20_000 * DAY
VARIANTS = ("control", "new", "nobody met it")


def exposure(key: str, time: int, variant: str, phase: int = 1, **properties: str) -> dict[str, Any]:
    return {
        "environment_id": 1,
        "event_id": f"{key} {time}",
        "targeting_key": key,
        "time": time,
        "received_at": time,
        "flag": "button",
        "variant": variant,
        "experiment": "checkout",
        "phase": phase,
        "properties": properties,
    }


def event(key: str, time: int, name: str = "buy", value: float | None = None, **properties: str) -> dict[str, Any]:
    return {
        "environment_id": 1,
        "event_id": f"{key} {time}",
        "targeting_key": key,
        "time": time,
        "received_at": time,
        "name": name,
        "value": value,
        "properties": properties,
    }


def rows(*given: Mapping[str, Any]) -> dict[FileKind, list[Mapping[str, Any]]]:
    """Exposures and events, told apart."""
    return {
        FileKind.EXPOSURE: [row for row in given if "variant" in row],
        FileKind.EVENT: [row for row in given if "name" in row],
    }


PHASES = (
    Scope(1, (1,), START, START + 2 * DAY),
    Scope(2, (2,), START + 2 * DAY, START + 3 * DAY),
    Scope(3, (3,), START + 3 * DAY + HOUR, START + 6 * DAY),
)
SCOPES = (
    *PHASES,
    Scope(10, (1, 2), START, START + 3 * DAY),
    Scope(11, (1, 3), START, START + 6 * DAY),
    Scope(12, (2,), START + 2 * DAY, START + 3 * DAY),
    Scope(13, (1, 2, 3), START, START + 6 * DAY),
)
"""Three phases, with a pause before the last; a stretch, one with a hole in it, a copy, and all."""

AS_OF = START + 5 * DAY
KEYS = (*(f"unit {number}" for number in range(70)), "ünit 🦄", "单位", "O'Brien\\\"", "")
NAMES = ("buy", "view", "'quoted\" \\")
PROPERTIES = {
    "price": (
        "1.5",
        "2",
        "-3.25",
        "1e2",
        "007",
        "1e999",
        "nan",
        "Infinity",
        " 4",
        "1_000",
        "+5",
        ".5",
        "5.",
        "x",
        "",
        "5\n",
        "1e99999999999",
        "-0",
        "1E-2",
    ),
    "país 'é'": ("ES", "FR", "ü", "…", "", "\\"),
}


def world(seed: int) -> tuple[dict[FileKind, list[Mapping[str, Any]]], ExperimentQuestion]:
    """Few moments, few keys: everything happens at once, exactly at the ends of windows, and twice."""
    random = Random(seed)
    found: list[dict[str, Any]] = []
    dealt = {(key, phase): random.choice(VARIANTS[:2]) for key in KEYS for phase in (1, 2)}
    for _ in range(300):
        key, phase = random.choice(KEYS[:-8]), random.choice((1, 1, 1, 2, 2, 3, 3, 3, 0, 7))
        within = START + random.choice((0, 10, 20, 30, 40, 47)) * HOUR + (max(phase, 1) - 1) * 2 * DAY
        time = random.choice((within, within, within, moment(random)))
        usual = dealt[key, 2 if phase == 2 else 1]
        variant = random.choice((usual,) * 40 + (*VARIANTS[:2], "unheard of"))
        row = exposure(key, time, variant, phase, **properties(random))
        row["environment_id"] = random.choice((1,) * 15 + (2,))
        row["experiment"] = random.choice(("checkout",) * 15 + ("other",))
        found += [row] * random.choice((1, 1, 1, 2))
    for _ in range(1500):
        value = random.choice((None, 0.0, random.randrange(-20, 400) / 4, random.randrange(40) / 4))
        row = event(random.choice(KEYS[4:]), moment(random), random.choice(NAMES), value, **properties(random))
        row["environment_id"] = random.choice((1,) * 15 + (2,))
        found += [row] * random.choice((1, 1, 1, 2))
    random.shuffle(found)
    metrics = tuple(metric(random, number) for number in range(12))
    dimension = random.choice((None, "país 'é'"))
    return rows(*found), ExperimentQuestion(1, "checkout", VARIANTS, SCOPES, AS_OF, metrics, dimension)


def moment(random: Random) -> int:
    return START + random.randrange(-2 * 12, 7 * 12) * 2 * HOUR - random.choice((0, 0, 0, 1))


def properties(random: Random) -> dict[str, str]:
    return {name: random.choice(values) for name, values in PROPERTIES.items() if random.random() < 0.7}


def metric(random: Random, number: int) -> MetricQuestion:
    """A metric of any shape, with whatever that shape may have."""
    shape = random.choice(tuple(Shape))
    whole = random.random() < 0.3
    means = shape is not Shape.RATIO
    counts = shape in (Shape.VALUE, Shape.RATIO)
    limit: dict[str, float] = {}
    if counts:
        limit = random.choice(({}, {"cap": 3.5}, {"winsorise": 0.9}, {"winsorise": random.choice((0.0, 0.75, 1.0))}))
    return MetricQuestion(
        name=f"metric {number}",
        shape=shape,
        measure=measure(random, whole=whole, means=means),
        denominator=measure(random, whole=whole, means=False) if shape is Shape.RATIO else None,
        quantile=random.choice((0.1, 0.5, 0.75, 0.99)) if shape is Shape.QUANTILE else None,
        whole_window=whole,
        only_units_with_events=random.random() < 0.3,
        lookback=random.choice((0, 12 * HOUR, 2 * DAY)),
        **limit,
    )


def measure(random: Random, *, whole: bool, means: bool) -> Measure:
    starts = random.choice((0, 0, 0, 4 * HOUR, DAY))
    return Measure(
        event=random.choice((*NAMES, "of which there is none")) if random.random() < 0.3 else random.choice(NAMES),
        aggregate=random.choice(tuple(Aggregate) if means else (Aggregate.COUNT, Aggregate.SUM)),
        filters=tuple(condition(random) for _ in range(random.choice((0, 0, 0, 1, 2)))),
        value_property=random.choice((None, None, "price", "not there")),
        starts=starts,
        ends=starts + random.choice((2 * HOUR, DAY, 2 * DAY)) if whole or random.random() < 0.5 else None,
    )


def condition(random: Random) -> PropertyFilter:
    name, operator = random.choice(tuple(PROPERTIES)), random.choice(tuple(Operator))
    if operator in (Operator.IS_SET, Operator.IS_NOT_SET):
        return PropertyFilter(name, operator)
    if operator in (Operator.IN, Operator.NOT_IN):
        return PropertyFilter(name, operator, tuple(random.sample(PROPERTIES[name], 3)))
    if operator in (Operator.EQUALS, Operator.NOT_EQUALS):
        return PropertyFilter(name, operator, (random.choice(PROPERTIES[name]),))
    return PropertyFilter("price", operator, (random.choice(("1.5", "2", "0", "-3.25", "5")),))
