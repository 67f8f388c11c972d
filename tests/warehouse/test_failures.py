"""Whatever a driver raises becomes one line about the warehouse, without a secret."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from server.warehouse.engine import WarehouseUnavailable
from server.warehouse.failures import unavailable


def test_an_error_is_one_line_and_its_cause_is_not_told() -> None:
    with pytest.raises(WarehouseUnavailable) as raised, unavailable("ClickHouse"):
        raise ConnectionError("refused\n  by host")

    assert str(raised.value) == "ClickHouse: refused by host"
    assert raised.value.__suppress_context__


def test_an_error_without_words_is_named() -> None:
    with pytest.raises(WarehouseUnavailable, match=r"^Snowflake: TimeoutError$"), unavailable("Snowflake"):
        raise TimeoutError


def test_a_secret_is_blotted_out_also_as_an_address_has_it() -> None:
    with pytest.raises(WarehouseUnavailable) as raised, unavailable("ClickHouse", secrets=["p@ss/w", ""]):
        raise ValueError("p@ss/w, p%40ss%2Fw and p%40ss/w")

    assert str(raised.value) == "ClickHouse: ***, *** and ***"


@pytest.mark.parametrize("kind", [WarehouseUnavailable, ImproperlyConfigured])
def test_what_is_said_already_is_not_said_again(kind: type[Exception]) -> None:
    with pytest.raises(kind, match=r"^as it is$"), unavailable("ClickHouse"):
        raise kind("as it is")
