"""Results as a table, and as files."""

import csv
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import duckdb
import pytest

from server.experimentation.models import Computation, Experiment, MetricKind, MetricRole, Phase
from server.experimentation.results.document import ResultsDocument
from server.experimentation.results.export import Row, rows_of
from server.experimentation.results.export_cells import columns_of_sums
from server.experimentation.results.export_files import COLUMNS, as_csv, as_parquet
from server.experimentation.stats.cuped import CovariateSums
from server.experimentation.stats.cuped_ratios import RatioCovariateSums
from server.experimentation.stats.quantiles import QuantileSummary
from server.experimentation.stats.samples import MeanSums, ProportionCounts, RatioSums
from server.warehouse.times import microseconds_of
from tests.experimentation.results.made_up import AS_OF, Seen, a_metric, documented, phase, planned
from tests.experimentation.results.making import OPENED, a_plan

EXPERIMENT = Experiment(pk=1, environment_id=1, key="colours")
COMPUTATION = Computation(experiment=EXPERIMENT, number=7, as_of=AS_OF, is_final=False)
FEW = {"control": 1, "blue": 1}


def figures(seen: Seen | None = None, *phases: Phase, with_plan: bool = True) -> ResultsDocument:
    """The figures of a proportion and a ratio."""
    plan = a_plan(dimensions=["browser"])
    metrics = [
        planned(plan, a_metric("converted")),
        planned(plan, a_metric("revenue", MetricKind.SUM), MetricRole.SECONDARY, 1),
    ]
    if not with_plan:
        return documented(EXPERIMENT, phases or [phase()], None, [], seen)
    return documented(EXPERIMENT, phases or [phase()], plan, metrics, seen)


def table(document: ResultsDocument) -> list[Row]:
    """All rows of the document."""
    return list(rows_of(COMPUTATION, document, experiment="colours"))


def as_lists(file: bytes) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    return list(csv.DictReader(StringIO(file.decode(), newline="")))


def from_parquet(file: bytes, folder: Path) -> list[dict[str, Any]]:
    """The rows of a Parquet file."""
    path = folder / "some.parquet"
    path.write_bytes(file)
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT * REPLACE (epoch_us(as_of) AS as_of) FROM '{path}'")
        names = [each[0] for each in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def test_there_is_a_row_for_each_group_metric_and_variant() -> None:
    turn = OPENED + timedelta(days=1)
    phases = [phase(1, blue=1_000, closed=turn), phase(2, blue=5_000, opened=turn)]
    seen = Seen([{"control": 900, "blue": 100}, {"control": 500, "blue": 500}], values={"browser": {"Firefox": FEW}})

    rows = table(figures(seen, *phases))

    found = [(row["scope"], row["phases"], row["property_value"], row["variant"], row["metric"]) for row in rows]
    assert found == [
        (scope, number, value, variant, metric)
        for scope, number, value in (
            ("JUDGED", "2", None),
            ("PHASE", "1", None),
            ("PHASE", "2", None),
            ("VALUE", "2", "Firefox"),
        )
        for variant in ("control", "blue")
        for metric in ("converted", "revenue")
    ]


def test_a_row_of_a_treatment_has_everything_that_is_known_of_it() -> None:
    document = figures()
    converted = document.judged.metrics[0]
    (treatment,) = converted.result.treatments

    (row,) = [
        each
        for each in table(document)
        if (each["scope"], each["variant"], each["metric"]) == ("JUDGED", "blue", "converted")
    ]

    assert {name: row[name] for name in ("experiment", "computation", "as_of", "units", "sum", "expected_share")} == {
        "experiment": "colours",
        "computation": 7,
        "as_of": "2026-03-03T00:00:00+00:00",
        "units": 1_000,
        "sum": 125,
        "expected_share": 0.5,
    }
    level, lift, sequence = treatment.level, treatment.lift, treatment.always_valid
    assert (row["value"], row["value_standard_error"]) == (level.value, level.standard_error)  # type: ignore[union-attr]
    assert (row["lift"], row["lift_low"], row["lift_high"], row["lift_p_value"]) == (
        lift.value,  # type: ignore[union-attr]
        lift.interval.low,  # type: ignore[union-attr]
        lift.interval.high,  # type: ignore[union-attr]
        lift.p_value,  # type: ignore[union-attr]
    )
    assert row["always_valid_p_value"] == sequence.p_value  # type: ignore[union-attr]
    assert row["adjusted_p_value"] == converted.corrected[0].p_value
    assert row["best_chance"] == converted.result.best.chances[0]  # type: ignore[union-attr]


def test_control_is_compared_with_nothing() -> None:
    control = table(figures())[0]

    assert control["variant"] == "control"
    assert not [name for name in control if name.startswith(("difference", "lift", "always_valid", "posterior"))]


def test_where_there_is_no_number_there_is_its_reason() -> None:
    (row,) = [
        each
        for each in table(figures(Seen([FEW])))
        if (each["scope"], each["variant"], each["metric"]) == ("JUDGED", "blue", "converted")
    ]

    reasons = {name: row[name] for name in row if name.endswith("_reason")}
    assert reasons == dict.fromkeys(
        [
            "split_reason",
            "value_reason",
            "best_reason",
            "difference_reason",
            "lift_reason",
            "always_valid_reason",
            "posterior_reason",
            "adjusted_p_value_reason",
            "adjusted_always_valid_p_value_reason",
        ],
        "TOO_FEW_UNITS",
    )
    assert "value" not in row


def test_without_a_plan_there_is_a_row_for_each_variant() -> None:
    rows = table(figures(with_plan=False))

    assert [(row["scope"], row["variant"], row["variant_units"]) for row in rows] == [
        (scope, variant, 1_000) for scope in ("JUDGED", "PHASE") for variant in ("control", "blue")
    ]
    assert "metric" not in rows[0]


RATIO, BEFORE = RatioSums(9, 1.0, 2.0, 3.0, 4.0, 5.0), RatioSums(9, 6.0, 7.0, 8.0, 9.0, 10.0)


@pytest.mark.parametrize(
    ("sample", "columns"),
    [
        (ProportionCounts(9, 4), {"sum": 4, "sum_squares": 4}),
        (MeanSums(9, 1.0, 2.0), {"sum": 1.0, "sum_squares": 2.0}),
        (
            CovariateSums(MeanSums(9, 1.0, 2.0), MeanSums(9, 3.0, 4.0), 5.0),
            {"sum": 1.0, "sum_squares": 2.0, "past_sum": 3.0, "past_sum_squares": 4.0, "value_past_product_sum": 5.0},
        ),
        (
            RatioCovariateSums(RATIO, BEFORE, 11.0, 12.0, 13.0, 14.0),
            {
                "sum": 1.0,
                "sum_squares": 2.0,
                "denominator_sum": 3.0,
                "denominator_sum_squares": 4.0,
                "product_sum": 5.0,
                "past_sum": 6.0,
                "past_sum_squares": 7.0,
                "past_denominator_sum": 8.0,
                "past_denominator_sum_squares": 9.0,
                "past_product_sum": 10.0,
                "value_past_product_sum": 11.0,
                "denominator_past_product_sum": 12.0,
                "value_past_denominator_product_sum": 13.0,
                "denominator_past_value_product_sum": 14.0,
            },
        ),
        (
            QuantileSummary(9, 0.5, 3.0, 2.0, 4.0),
            {"quantile": 0.5, "quantile_value": 3.0, "quantile_low": 2.0, "quantile_high": 4.0},
        ),
    ],
    ids=lambda each: type(each).__name__,
)
def test_every_kind_of_sums_has_its_columns(sample: Any, columns: dict[str, float]) -> None:
    assert columns_of_sums(sample) == {"units": 9, **columns}
    assert columns.keys() <= COLUMNS.keys()


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_a_text_that_a_spreadsheet_would_compute_begins_with_an_apostrophe(text: str) -> None:
    seen = Seen(values={"browser": {text: FEW}})

    rows = as_lists(as_csv(table(figures(seen))))

    assert {row["property_value"] for row in rows if row["scope"] == "VALUE"} == {f"'{text}"}


def test_numbers_below_zero_and_other_texts_are_as_they_are() -> None:
    seen = Seen([{"control": 2_000, "blue": 1_000}], values={"browser": {'a "quoted", text': FEW}})

    rows = as_lists(as_csv(table(figures(seen))))

    assert {row["property_value"] for row in rows} == {"", 'a "quoted", text'}
    lows = [row["lift_low"] for row in rows if row["lift_low"]]
    assert lows and all(float(low) < 0.25 for low in lows)
    assert not any(low.startswith("'") for low in lows)


def test_a_csv_file_has_all_columns_and_every_number_to_its_last_digit() -> None:
    written = table(figures())

    read = as_lists(as_csv(written))

    assert list(read[0]) == list(COLUMNS)
    assert [row["value"] for row in read] == [repr(row["value"]) for row in written]


def test_a_parquet_file_holds_the_same_rows_with_types(tmp_path: Path) -> None:
    written = table(figures(Seen(values={"browser": {"=1+1": FEW, None: FEW}})))

    read = from_parquet(as_parquet(written), tmp_path)

    assert list(read[0]) == list(COLUMNS)
    assert read == [dict.fromkeys(COLUMNS) | row | {"as_of": microseconds_of(AS_OF)} for row in written]


def test_an_experiment_without_a_row_has_files_too(tmp_path: Path) -> None:
    assert as_lists(as_csv([])) == []
    assert from_parquet(as_parquet([]), tmp_path) == []
