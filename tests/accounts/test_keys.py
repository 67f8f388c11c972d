"""The text of a key: random, recognisable, and stored only as a digest."""

from hashlib import sha256

import pytest

from server.accounts.keys import digest_of, looks_like_key, new_key, prefix_of


def test_a_key_says_what_it_is_and_holds_256_random_bits() -> None:
    key = new_key()

    assert key.startswith("fsk_")
    assert len(key) == 4 + 43
    assert looks_like_key(key)
    assert new_key() != key


def test_a_key_is_recognised_by_the_eight_characters_after_its_start() -> None:
    assert prefix_of("fsk_abcdefghijkl") == "abcdefgh"


def test_what_is_stored_is_the_sha256_of_the_whole_key() -> None:
    assert digest_of("fsk_abc") == sha256(b"fsk_abc").hexdigest()


@pytest.mark.parametrize(
    "text", ["", "fsk_", "abc_" + "a" * 43, "fsk_" + "a" * 42, "fsk_" + "a" * 44, "fsk_" + "ä" * 43]
)
def test_what_has_not_the_form_of_a_key_is_none(text: str) -> None:
    assert not looks_like_key(text)
    assert not looks_like_key(f"fsk_{'a' * 43}\n")
