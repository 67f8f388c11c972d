"""Checks of splits: of every phase against its own, and of every value of a dimension. Counts nothing."""

from collections.abc import Iterator

from server.experimentation.results.document import (
    DimensionFigures,
    DimensionValueFigures,
    ResultsDocument,
    ScopeFigures,
)
from server.experimentation.results.fairness import are_many_strays, strays
from server.experimentation.results.health_terms import HealthCheck, HealthCode, HealthStatus
from server.experimentation.stats.reasons import NoResult, Reason
from server.experimentation.stats.srm import SrmResult

UNFAIR = 0.001
"""The always-valid p-value below which a split is unfair: what verdicts take as well."""

ODD = 0.01
"""Below it, a split is worth a look."""

_LOOK_FOR = "Look for crashes, redirects, bots or filters that hit one variant alone."


def split_checks(document: ResultsDocument) -> Iterator[HealthCheck]:
    """One check for each phase; for each dimension one of all of its values, and one of each that is unfair."""
    for phase in document.phases:
        yield _phase(phase)
    for dimension in document.dimensions:
        yield from _dimension(dimension)


def _phase(phase: ScopeFigures) -> HealthCheck:
    (number,) = phase.phases
    status, message = _split(phase.split, _p_value(phase.split), f"phase {number}")
    found = strays(phase.units)
    if found and not are_many_strays(phase.units):
        everybody = sum(each.units for each in phase.units)
        message += (
            f" {found:,} of its {everybody:,} units have met a variant whose share is 0, and are left out: "
            "does something else serve the variants, or does somebody send made-up events?"
        )
        status = HealthStatus.PROBLEM if status is HealthStatus.PROBLEM else HealthStatus.WARNING
    return HealthCheck(HealthCode.SPLIT, status, message, phase=number, count=found or None, split=phase.split)


def _dimension(dimension: DimensionFigures) -> Iterator[HealthCheck]:
    name, unfair = dimension.property, 0
    for value in dimension.values:
        if value.split == NoResult(Reason.ONE_OPEN_ARM):
            continue  # that is said of the phase
        status, message = _split(value.split, value.split_adjusted_p_value, _of(value, name))
        if status in (HealthStatus.WARNING, HealthStatus.PROBLEM):
            unfair += 1
            yield HealthCheck(
                HealthCode.SPLIT_OF_VALUE, status, message, property=name, value=value.value, split=value.split
            )
    if not unfair:
        checked = any(isinstance(value.split, SrmResult) for value in dimension.values)
        status = HealthStatus.OK if checked else HealthStatus.NOT_ENOUGH_DATA
        message = f"No value of {name} has an unfair split."
        if not checked:
            message = f"No value of {name} has enough units to check its split."
        yield HealthCheck(HealthCode.SPLIT_OF_VALUE, status, message, property=name)


def _split(split: SrmResult | NoResult, p_value: float | NoResult, where: str) -> tuple[HealthStatus, str]:
    match split:
        case NoResult(Reason.TOO_FEW_UNITS):
            return HealthStatus.NOT_ENOUGH_DATA, f"There are too few units to check the split of {where}."
        case NoResult(Reason.ONE_OPEN_ARM):
            return HealthStatus.WARNING, f"Only one variant has a share in {where}: there is nothing to compare."
        case NoResult(Reason.UNITS_IN_CLOSED_ARM):
            message = f"Units of {where} have met a variant whose share is 0: does something else serve the variants?"
            return HealthStatus.PROBLEM, message
    if isinstance(split, NoResult) or isinstance(p_value, NoResult):
        return HealthStatus.PROBLEM, f"The split of {where} cannot be checked: no data can have these counts."
    if p_value < UNFAIR:
        message = f"The variants have not got the units that the split of {where} says (p = {p_value:.2g}). {_LOOK_FOR}"
        return HealthStatus.PROBLEM, message
    if p_value < ODD:
        return HealthStatus.WARNING, f"The split of {where} is odd (p = {p_value:.2g}): keep an eye on it."
    return HealthStatus.OK, f"The variants have the units that the split of {where} says."


def _p_value(split: SrmResult | NoResult) -> float | NoResult:
    return split if isinstance(split, NoResult) else split.always_valid_p_value


def _of(value: DimensionValueFigures, name: str) -> str:
    return f"units without {name}" if value.value is None else f"{name} “{value.value}”"
