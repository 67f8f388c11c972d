import pytest

from server.serving.cors import PREFLIGHT, origin_allowed, readable_by, readable_by_all
from server.serving.messages import Response

SHOP = "https://shop.example"
ANSWER = Response(200, (("etag", '"a"'),), b"{}")


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        (SHOP, [SHOP]),
        (SHOP, ["https://other.example", SHOP]),
        (SHOP, ["*"]),
        ("null", ["*"]),
        (None, []),
        (None, [SHOP]),
    ],
)
def test_an_origin_is_allowed_by_its_exact_name_or_by_the_star(origin: str | None, allowed: list[str]) -> None:
    assert origin_allowed(origin, allowed)


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        (SHOP, []),
        ("http://shop.example", [SHOP]),
        ("https://shop.example:8443", [SHOP]),
        ("https://evil.shop.example", [SHOP]),
        ("https://shop.example.evil.example", [SHOP]),
        ("null", [SHOP]),
        ("null", ["null"]),
        ("", [SHOP]),
        ("*", [SHOP]),
    ],
)
def test_no_other_origin_is(origin: str, allowed: list[str]) -> None:
    assert not origin_allowed(origin, allowed)


def test_an_answer_is_readable_by_the_page_that_asked_and_by_no_other() -> None:
    assert readable_by(SHOP, ANSWER) == Response(
        200,
        (
            ("etag", '"a"'),
            ("access-control-allow-origin", SHOP),
            ("access-control-expose-headers", "etag, fairsplit-stale, retry-after"),
            ("vary", "origin"),
        ),
        b"{}",
    )


def test_an_answer_to_no_page_stays_as_it_is() -> None:
    assert readable_by(None, ANSWER) is ANSWER


def test_an_error_is_readable_by_every_page() -> None:
    assert dict(readable_by_all(Response(401)).headers) == {
        "access-control-allow-origin": "*",
        "access-control-expose-headers": "etag, fairsplit-stale, retry-after",
    }


def test_a_preflight_lets_every_page_send_what_the_clients_send() -> None:
    assert PREFLIGHT.status == 204
    assert PREFLIGHT.body == b""
    assert dict(PREFLIGHT.headers) == {
        "access-control-allow-origin": "*",
        "access-control-allow-methods": "GET, POST",
        "access-control-allow-headers": "authorization, content-encoding, content-type, if-none-match, x-api-key",
        "access-control-max-age": "7200",
    }
