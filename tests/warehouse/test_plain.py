"""What drivers return becomes what the expression says that it is."""

from decimal import Decimal

import ibis
import numpy as np

from server.warehouse.plain import plain_columns, plain_rows

SCHEMA = ibis.schema({"n": "int64", "x": "float64", "b": "boolean", "s": "string"})


def test_rows_have_the_types_of_the_expression_and_nulls_stay() -> None:
    rows = plain_rows(SCHEMA, [(Decimal(7), Decimal("2.5"), 1, "a"), (None, None, None, None), (0, 0, 0, "")])

    assert rows == [
        {"n": 7, "x": 2.5, "b": True, "s": "a"},
        {"n": None, "x": None, "b": None, "s": None},
        {"n": 0, "x": 0.0, "b": False, "s": ""},
    ]
    assert [type(value) for value in rows[0].values()] == [int, float, bool, str]
    assert [type(value) for value in rows[2].values()] == [int, float, bool, str]


def test_columns_of_several_blocks_are_one_array_each() -> None:
    columns = plain_columns(
        ibis.schema({"n": "int64", "x": "float64", "s": "string"}),
        [([1, Decimal(2)], [None, Decimal("0.5")], ["a", None]), ([3], [7], ["c"])],
    )

    assert (columns["n"].dtype, columns["n"].tolist()) == (np.int64, [1, 2, 3])
    np.testing.assert_array_equal(columns["x"], [np.nan, 0.5, 7.0])
    assert columns["s"].tolist() == ["a", None, "c"]


def test_whole_numbers_with_a_null_in_any_block_are_floats() -> None:
    columns = plain_columns(ibis.schema({"n": "int64"}), [([1, 2],), ([None, 4],)])

    np.testing.assert_array_equal(columns["n"], [1.0, 2.0, np.nan, 4.0])


def test_whole_numbers_stay_exact_beyond_what_a_double_holds() -> None:
    columns = plain_columns(ibis.schema({"n": "int64"}), [([2**53 + 1, Decimal(2**62 + 1)],)])

    assert columns["n"].tolist() == [2**53 + 1, 2**62 + 1]


def test_no_rows_are_arrays_of_nothing() -> None:
    columns = plain_columns(ibis.schema({"n": "int64", "x": "float64"}), [])

    assert [(len(array), array.dtype) for array in columns.values()] == [(0, np.int64), (0, np.float64)]
