"""Allowed origins: those that a browser could send, each once."""

import pytest

from server.projects.origins import is_origin, origin_problems


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "https://shop.example",
        "http://localhost:3000",
        "https://a.b-c.d_e.example:65535",
        "http://127.0.0.1:8000",
        "https://[2001:db8::1]:8443",
        "https://xn--bcher-kva.example",
        "http://shop.example:443",
        "https://" + ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 61]) + ":65535",
    ],
)
def test_what_a_browser_sends_is_an_origin(origin: str) -> None:
    assert is_origin(origin)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "shop.example",
        "ftp://shop.example",
        "//shop.example",
        "https://",
        "https://shop.example/",
        "https://shop.example/path",
        "https://shop.example?",
        "https://shop.example#top",
        "https://user@shop.example",
        "https://Shop.example",
        "HTTPS://shop.example",
        "https://bücher.example",
        "https://*.shop.example",
        "https://shop..example",
        "https://shop.example.",
        "https://-shop.example",
        "https://shop.example:",
        "https://shop.example:0",
        "https://shop.example:443",
        "http://shop.example:80",
        "https://shop.example:080",
        "https://shop.example:65536",
        "https://[::1",
        "https://[0:0:0:0:0:0:0:1]",
        "https://[1:2]",
        "https://shop.example\n",
        " https://shop.example",
        "https://shop.example\0",
        "https://" + ".".join(["a" * 63] * 5),
    ],
)
def test_what_no_browser_sends_is_none(text: str) -> None:
    assert not is_origin(text)


def test_every_problem_is_told_at_its_place() -> None:
    origins = ["https://shop.example", "shop.example", "https://shop.example", "*"]

    problems = [(problem.path, problem.code) for problem in origin_problems(origins)]

    assert problems == [(("allowedOrigins", 1), "NOT_AN_ORIGIN"), (("allowedOrigins", 2), "DUPLICATE_ORIGIN")]


def test_there_are_fifty_at_most() -> None:
    fifty = [f"https://shop{n}.example" for n in range(50)]

    assert origin_problems(fifty) == []
    assert [(problem.path, problem.code) for problem in origin_problems([*fifty, "*"])] == [
        (("allowedOrigins",), "TOO_MANY")
    ]
