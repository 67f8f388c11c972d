"""What is known of one variant, as cells of a table with one form for every kind of metric. Computes nothing."""

import math
from collections.abc import Callable, Mapping
from typing import TypeVar

from server.experimentation.results.document import CorrectedPValues
from server.experimentation.stats.analysis import Sample, TreatmentResult
from server.experimentation.stats.bayes import Posterior
from server.experimentation.stats.cuped import CovariateSums
from server.experimentation.stats.cuped_ratios import RatioCovariateSums
from server.experimentation.stats.quantiles import QuantileSummary
from server.experimentation.stats.reasons import NoResult
from server.experimentation.stats.samples import MeanSums, ProportionCounts, RatioSums
from server.experimentation.stats.sequential import AlwaysValidResult
from server.experimentation.stats.welch import WelchResult

Cell = str | int | float | bool | None
T = TypeVar("T")


def reasoned(name: str, found: T | NoResult, columns: Callable[[T], Mapping[str, Cell]]) -> dict[str, Cell]:
    """The columns of what was found, below one name; or the reason why there is none, in a column of its own."""
    if isinstance(found, NoResult):
        return {f"{name}_reason": found.reason.value}
    return {f"{name}_{column}" if column else name: _finite(cell) for column, cell in columns(found).items()}


def columns_of_sums(sample: Sample) -> dict[str, Cell]:
    """The sums of a variant: of its values, and where there was a past, of that and of their products."""
    match sample:
        case CovariateSums(main, before, both):
            return columns_of_sums(main) | _past(before) | {"value_past_product_sum": both}
        case RatioCovariateSums(main, before):
            return (
                columns_of_sums(main)
                | {f"past_{name}": cell for name, cell in columns_of_sums(before).items() if name != "units"}
                | {
                    "value_past_product_sum": sample.numerators_sum,
                    "denominator_past_product_sum": sample.denominators_sum,
                    "value_past_denominator_product_sum": sample.numerator_denominator_sum,
                    "denominator_past_value_product_sum": sample.denominator_numerator_sum,
                }
            )
        case ProportionCounts(units, successes):
            return {"units": units, "sum": successes, "sum_squares": successes}
        case MeanSums(units, total, squares):
            return {"units": units, "sum": total, "sum_squares": squares}
        case RatioSums(units, above, above_squares, below, below_squares, both):
            return {
                "units": units,
                "sum": above,
                "sum_squares": above_squares,
                "denominator_sum": below,
                "denominator_sum_squares": below_squares,
                "product_sum": both,
            }
        case QuantileSummary(units, nu, value, low, high):
            return {"units": units, "quantile": nu, "quantile_value": value, "quantile_low": low, "quantile_high": high}


def columns_of_treatment(found: TreatmentResult, corrected: CorrectedPValues) -> dict[str, Cell]:
    """What follows for a treatment, against control."""
    return {
        **reasoned("difference", found.difference, _one_look),
        **reasoned("lift", found.lift, _one_look),
        **reasoned("always_valid", found.always_valid, _one_look),
        **reasoned("posterior", found.posterior, _belief),
        **reasoned("adjusted_p_value", corrected.p_value, _itself),
        **reasoned("adjusted_always_valid_p_value", corrected.always_valid_p_value, _itself),
    }


def _past(before: MeanSums) -> dict[str, Cell]:
    return {"past_sum": before.sum, "past_sum_squares": before.sum_squares}


def _one_look(found: WelchResult | AlwaysValidResult) -> dict[str, Cell]:
    return {
        "": found.value,
        "standard_error": found.standard_error,
        "low": found.interval.low,
        "high": found.interval.high,
        "p_value": found.p_value,
    }


def _belief(found: Posterior) -> dict[str, Cell]:
    return {
        "mean": found.mean,
        "standard_deviation": found.standard_deviation,
        "low": found.interval.low,
        "high": found.interval.high,
        "chance_to_beat_control": found.chance_to_beat_control,
        "expected_loss": found.expected_loss,
    }


def _itself(value: float) -> dict[str, Cell]:
    return {"": value}


def _finite(cell: Cell) -> Cell:
    """An end that is infinitely far away is no number of a table."""
    return None if isinstance(cell, float) and not math.isfinite(cell) else cell
