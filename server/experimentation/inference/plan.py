"""How many units an experiment needs before it starts, and what it can find. Uses no result of it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from server.errors import InvalidInput, Problem
from server.experimentation.inference.doubles import held_by_doubles
from server.experimentation.inference.ranges import LARGEST, MOST_UNITS, range_problem
from server.experimentation.metrics.plan_checking import (
    LEAST_ALPHA,
    LEAST_POWER,
    MOST_ALPHA,
    MOST_POWER,
    NOT_ABOVE_ALPHA,
)
from server.experimentation.stats.moments import SMALLEST
from server.experimentation.stats.power import (
    Baseline,
    Design,
    SampleSize,
    days_for,
    minimum_detectable_effect,
    power_at,
    sample_size,
)
from server.experimentation.stats.reasons import NoResult, Reason
from server.experimentation.stats.rules import AlwaysValid
from server.experimentation.stats.terms import Scale

MAX_SIZES = 60
MAX_TREATMENTS = 1_000
LEAST_RATE = 1e-9
MOST_REDUCTION = 0.999


NO_BASELINE = Baseline(0.0, 0.0)
"""Stands in a design where nothing is known of the metric, or not yet."""


@dataclass(frozen=True, slots=True)
class SizeRequest:
    """A planned comparison; the traffic, if it is known; and numbers of units to look at.

    ``unknown`` is why nothing is known of the metric; the design has `NO_BASELINE` then. ``one_look`` is what the asker
    said of it, if anything: False leaves no test to plan.
    """

    design: Design
    units_per_day: float | None
    units: tuple[int, ...]
    unknown: NoResult | None = None
    one_look: bool | None = None


@dataclass(frozen=True, slots=True)
class AtUnits:
    """What the experiment can do with this many units."""

    units: int
    power: float | NoResult
    minimum_detectable_effect: float | NoResult


@dataclass(frozen=True, slots=True)
class SizePlan:
    """What is needed, how long that takes, and what other numbers of units would do."""

    design: Design
    baseline: Baseline | NoResult
    units_per_day: float | None
    needed: SampleSize | NoResult
    days: float | NoResult
    at: tuple[AtUnits, ...]


def plan_sample_size(request: SizeRequest) -> SizePlan:
    """Units and days for the effect that matters, and for given units the power and the smallest effect.

    Where nothing is known of the metric, the reason stands in the place of each of them.

    Raises:
        InvalidInput: a number is out of range, or an arm would have a rate that none can have.
    """
    if request.unknown:
        request = replace(request, design=replace(request.design, baseline=NO_BASELINE))
    problems = list(_problems(request))
    if problems:
        raise InvalidInput(problems)
    return held_by_doubles((), lambda: _planned(request))


def nothing_planned(request: SizeRequest, baseline: Baseline | NoResult, reason: NoResult) -> SizePlan:
    """The reason in the place of every number."""
    nothing = tuple(AtUnits(units, reason, reason) for units in request.units)
    return SizePlan(request.design, baseline, request.units_per_day, reason, reason, nothing)


def _planned(request: SizeRequest) -> SizePlan:
    design, traffic = request.design, request.units_per_day
    if request.unknown:
        return nothing_planned(request, request.unknown, request.unknown)
    needed = sample_size(design)
    days = needed if isinstance(needed, NoResult) else days_for(needed.units, traffic or 0.0)
    at = tuple(_at(design, units) for units in request.units)
    return SizePlan(design, design.baseline, traffic, needed, days, at)


def _at(design: Design, units: int) -> AtUnits:
    smallest = minimum_detectable_effect(design, units)
    # No effect is large enough to be found, and yet it has its power: all other reasons hold for power too.
    if isinstance(smallest, NoResult) and smallest.reason is not Reason.OUT_OF_REACH:
        return AtUnits(units, smallest, smallest)
    power = power_at(design, units) if design.effect else NoResult(Reason.NO_MINIMUM_EFFECT)
    return AtUnits(units, power, smallest)


def _problems(request: SizeRequest) -> Iterator[Problem]:
    design = request.design
    yield from _baseline_problems(design)
    yield from range_problem(("alpha",), design.alpha, LEAST_ALPHA, MOST_ALPHA)
    yield from range_problem(("power",), design.power, LEAST_POWER, MOST_POWER)
    if design.power <= design.alpha:
        yield Problem(("power",), "OUT_OF_RANGE", NOT_ABOVE_ALPHA)
    yield from range_problem(("treatments",), design.comparisons, 1, MAX_TREATMENTS)
    yield from range_problem(("varianceReduction",), design.variance_reduction, 0, MOST_REDUCTION)
    if request.one_look is False:
        yield Problem(("test", "oneLook"), "OUT_OF_RANGE", "Only `true` is a test: or give `alwaysValid` instead.")
    if isinstance(design.test, AlwaysValid):
        yield from range_problem(("test", "alwaysValid", "tuning"), design.test.tuning, 1, MOST_UNITS)
    shares = (design.control_share, design.treatment_share)
    if not (min(shares) > 0 and sum(shares) <= 1 + 1e-9):
        yield Problem(("shares",), "OUT_OF_RANGE", "Both arms have a share, of at most 100 percent together.")
    if request.units_per_day is not None:
        yield from range_problem(("unitsPerDay",), request.units_per_day, 0, MOST_UNITS)
    if len(request.units) > MAX_SIZES:
        yield Problem(("units",), "TOO_MANY", f"At most {MAX_SIZES} numbers of units.")
    for place, units in enumerate(request.units[:MAX_SIZES]):
        yield from range_problem(("units", place), units, 1, MOST_UNITS)


def _baseline_problems(design: Design) -> Iterator[Problem]:
    baseline, effect = design.baseline, design.effect
    wrong = list(range_problem(("minimumEffect",), effect, -LARGEST, LARGEST))
    if not baseline.is_proportion:
        wrong += range_problem(("baseline", "mean", "value"), baseline.value, -LARGEST, LARGEST)
        if baseline.unit_variance:
            wrong += range_problem(("baseline", "mean", "variance"), baseline.unit_variance, SMALLEST, LARGEST)
    elif not (baseline.value == 0 or LEAST_RATE <= baseline.value <= 1):
        message = f"A rate lies between 0 and 1: 0.05 is 5 %. Above 0, it is at least {LEAST_RATE:g}."
        wrong.append(Problem(("baseline", "rate"), "OUT_OF_RANGE", message))
    yield from wrong
    if baseline.is_proportion and not wrong:
        shifted = baseline.value * (1 + effect) if design.scale is Scale.RELATIVE else baseline.value + effect
        if not 0 <= shifted <= 1:
            message = f"With this effect the rate would be {shifted:g}, and a rate lies between 0 and 1."
            yield Problem(("minimumEffect",), "OUT_OF_RANGE", message)
