"""The sums of an arm, as its sender wrote them: which kind they are, and where in them a number is out of range."""

from collections.abc import Iterator
from dataclasses import fields

from server.errors import Problem
from server.experimentation.inference.ranges import LARGEST, MOST_UNITS, Path, range_problem
from server.experimentation.stats.analysis import Sample
from server.experimentation.stats.cuped import CovariateSums
from server.experimentation.stats.cuped_ratios import RatioCovariateSums
from server.experimentation.stats.quantiles import QuantileSummary
from server.experimentation.stats.samples import MeanSums, ProportionCounts, RatioSums

_NAMES: dict[type, str] = {
    ProportionCounts: "proportion",
    MeanSums: "mean",
    CovariateSums: "mean",
    RatioSums: "ratio",
    RatioCovariateSums: "ratio",
    QuantileSummary: "quantile",
}
_COUNTS = {"units", "successes"}


def kind_of(sums: Sample) -> tuple[type, float | None]:
    """What has to be the same in all arms of a metric: the kind of sums, and the quantile's level."""
    return type(sums), sums.nu if isinstance(sums, QuantileSummary) else None


def sums_problems(path: Path, sums: Sample) -> Iterator[Problem]:
    """Every number that is out of range."""
    yield from _numbers_problems((*path, _NAMES[type(sums)]), sums)


def _numbers_problems(path: Path, sums: object) -> Iterator[Problem]:
    """A covariate's own sums and its products with the metric stand together, below ``covariate``."""
    for each in fields(sums):  # type: ignore[arg-type]
        value = getattr(sums, each.name)
        match each.name:
            case "main":
                yield from _numbers_problems(path, value)
            case "covariate":
                # Its units are the metric's own, which have been looked at.
                covariate: Path = (*path, "covariate")
                yield from (found for found in _numbers_problems(covariate, value) if found.path[-1] != "units")
            case "nu":
                yield from range_problem((*path, "level"), value, 0.0001, 0.9999)
            case name if name in _COUNTS:
                yield from range_problem((*path, name), value, 0, MOST_UNITS)
            case name:
                inner = path if not hasattr(sums, "main") else (*path, "covariate")
                yield from range_problem((*inner, camel(name)), value, -LARGEST, LARGEST)


def camel(name: str) -> str:
    """A field's name as the API spells it."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
