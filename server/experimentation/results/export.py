"""Results as a table: a row for each variant of each metric in each group of units. Writes no file, computes nothing.

Every row says everything, so that it can be read alone. Where there is no number there is the reason,
in a column beside it. What the columns mean is in `docs/results.md`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from server.evaluation.percentages import EVERYTHING
from server.experimentation.models import Computation
from server.experimentation.results.document import MetricFigures, ResultsDocument, ScopeFigures, VariantUnits
from server.experimentation.results.export_cells import Cell, columns_of_sums, columns_of_treatment, reasoned
from server.experimentation.results.fairness import compared
from server.experimentation.stats.best import Best
from server.experimentation.stats.levels import Level
from server.experimentation.stats.reasons import NoResult
from server.experimentation.stats.srm import SrmResult

Row = dict[str, Cell]


@dataclass(frozen=True, slots=True)
class _Group:
    """Units that are looked at together."""

    scope: str
    phases: tuple[int, ...]
    property: str | None
    value: str | None
    units: tuple[VariantUnits, ...]
    split: SrmResult | NoResult
    metrics: tuple[MetricFigures, ...]


def rows_of(computation: Computation, document: ResultsDocument, *, experiment: str) -> Iterator[Row]:
    """The rows of a computation of the experiment with this key; without a plan, one for each variant."""
    about: Row = {
        "experiment": experiment,
        "computation": computation.number,
        "as_of": computation.as_of.isoformat(),
        "is_final": computation.is_final,
    }
    for group in _groups(document):
        of_group = about | _columns_of_group(group)
        places = {each.variant: place for place, each in enumerate(compared(group.units))}
        for units in group.units:
            of_variant = of_group | {
                "variant": units.variant,
                "variant_units": units.units,
                "expected_share": units.basis_points / EVERYTHING,
            }
            place = places.get(units.variant)
            if place is None or not group.metrics:
                yield of_variant
                continue
            for metric in group.metrics:
                yield of_variant | _columns_of_metric(metric, place)


def _groups(document: ResultsDocument) -> Iterator[_Group]:
    yield _of_scope("JUDGED", document.judged)
    for phase in document.phases:
        yield _of_scope("PHASE", phase)
    for dimension in document.dimensions:
        for value in dimension.values:
            yield _Group(
                "VALUE",
                document.judged.phases,
                dimension.property,
                value.value,
                value.units,
                value.split,
                value.metrics,
            )


def _of_scope(name: str, found: ScopeFigures) -> _Group:
    return _Group(name, found.phases, None, None, found.units, found.split, found.metrics)


def _columns_of_group(group: _Group) -> Row:
    return {
        "scope": group.scope,
        "phases": " ".join(map(str, group.phases)),
        "property": group.property,
        "property_value": group.value,
        **reasoned(
            "split",
            group.split,
            lambda split: {"p_value": split.p_value, "always_valid_p_value": split.always_valid_p_value},
        ),
    }


def _columns_of_metric(metric: MetricFigures, place: int) -> Row:
    """Of the variant at this place; control is the first, and is compared with nothing."""
    result = metric.result
    level = result.treatments[place - 1].level if place else result.control
    row: Row = {
        "metric": metric.key,
        "role": metric.role.value,
        "scale": result.question.scale.value,
        "direction": result.question.direction.value,
        "alpha": result.question.alpha,
        "cap": metric.cap,
        "is_adjusted": not isinstance(result.adjustment, NoResult),
        **columns_of_sums(metric.samples[place]),
        **reasoned("value", level, _columns_of_level),
        **reasoned("best", result.best, lambda best: _columns_of_best(best, place)),
    }
    if place:
        row |= columns_of_treatment(result.treatments[place - 1], metric.corrected[place - 1])
    return row


def _columns_of_level(level: Level) -> Row:
    return {
        "": level.value,
        "standard_error": level.standard_error,
        "unadjusted": level.base,
        "unadjusted_standard_error": level.base_variance**0.5,
    }


def _columns_of_best(best: Best, place: int) -> Row:
    chances: Sequence[float] = (best.chance_of_control, *best.chances)
    losses: Sequence[float] = (best.loss_of_control, *best.losses)
    return {"chance": chances[place], "expected_loss": losses[place]}
