"""WAREHOUSE_URL is read whole or refused in one line, which repeats no password."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from server.warehouse.clickhouse.address import Address, read_address


def test_an_address_has_defaults_for_all_but_the_host() -> None:
    assert read_address("clickhouse://db.internal") == Address(host="db.internal", port=8123)


def test_an_address_says_everything() -> None:
    assert read_address("clickhouse://ann%40shop:p%2Fw%23@db:9443/shop_1?secure=1&verify=0") == Address(
        host="db", port=9443, user="ann@shop", password="p/w#", database="shop_1", secure=True, verify=False
    )


def test_a_secure_address_has_the_port_of_https() -> None:
    assert read_address("clickhouse://db/shop?secure=true").port == 8443


def test_an_address_does_not_show_its_password() -> None:
    address = read_address("clickhouse://ann:hunter2@db/shop")

    assert "hunter2" not in repr(address)
    assert str(address) == "ClickHouse at db:8123"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("postgres://ann:hunter2@db/shop", "does not begin with clickhouse://"),
        ("clickhouse:///shop", "names no host"),
        ("clickhouse://ann:hunter2@db:port/shop", "not a URL"),
        ("clickhouse://ann:hunter2@[db/shop", "not a URL"),
        ("clickhouse://ann:hunt#er2@db/shop", "not a URL"),
        ("clickhouse://ann@db/shop#hunter2", "'#'"),
        ("clickhouse://ann:hunter2@db/shop/events", "database's name"),
        ("clickhouse://ann:hunter2@db/sh%60op", "database's name"),
        ("clickhouse://ann:hunter2@db/shop?secure=yes", "secure is 1 or 0"),
        ("clickhouse://ann:hunter2@db/shop?compress=1", "secure and verify"),
    ],
)
def test_what_is_no_address_is_refused_in_one_line(url: str, why: str) -> None:
    with pytest.raises(ImproperlyConfigured) as raised:
        read_address(url)

    said = str(raised.value)
    assert said.startswith("WAREHOUSE_URL: ")
    assert why in said
    assert "hunter2" not in said
    assert "\n" not in said
