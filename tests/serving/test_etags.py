import re

import pytest

from server.serving.etags import entity_tag, is_among

TAG = '"0123456789abcdef0123456789abcdef"'


def test_a_tag_is_32_hexadecimal_digits_in_quotes() -> None:
    assert re.fullmatch(r'"[0-9a-f]{32}"', entity_tag("1", "42", body=b"{}"))


def test_the_same_facts_and_body_have_the_same_tag() -> None:
    assert entity_tag("1", "42", body=b"{}") == entity_tag("1", "42", body=b"{}")


@pytest.mark.parametrize(
    ("facts", "body"),
    [
        (("1", "43"), b"{}"),
        (("1", "42"), b"{} "),
        (("14", "2"), b"{}"),
        (("1", "42", ""), b"{}"),
        (("1\0" + "42",), b"{}"),
        (("1",), b"42\0{}"),
        (("1", "42\0{}"), b""),
        (("1", "\ud800"), b"{}"),
    ],
)
def test_other_facts_or_another_body_have_another_tag(facts: tuple[str, ...], body: bytes) -> None:
    assert entity_tag(*facts, body=body) != entity_tag("1", "42", body=b"{}")


@pytest.mark.parametrize(
    "header",
    [TAG, f"W/{TAG}", f'"a", {TAG}', f'W/"a",W/{TAG} , "b"', f"  {TAG}  "],
)
def test_a_header_lists_a_tag_alone_or_among_others_strong_or_weak(header: str) -> None:
    assert is_among(TAG, header)


@pytest.mark.parametrize("header", ["", "*", '"a"', TAG.strip('"'), TAG.upper(), f'"{TAG}', '"', '","' * 10_000])
def test_any_other_header_does_not_list_it(header: str) -> None:
    assert not is_among(TAG, header)
