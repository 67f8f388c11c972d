"""The text of an environment key: random, with a start of its own for each kind."""

import pytest

from server.accounts.keys import looks_like_key, prefix_of
from server.projects.environment_keys import looks_like_environment_key, new_environment_key
from server.projects.models import EnvironmentKeyKind


@pytest.mark.parametrize(("kind", "start"), [(EnvironmentKeyKind.SERVER, "fss_"), (EnvironmentKeyKind.CLIENT, "fsc_")])
def test_a_key_says_of_which_kind_it_is_and_holds_256_random_bits(kind: EnvironmentKeyKind, start: str) -> None:
    key = new_environment_key(kind)

    assert key.startswith(start)
    assert len(key) == 4 + 43
    assert looks_like_environment_key(key)
    assert new_environment_key(kind) != key


def test_a_key_is_recognised_by_the_eight_characters_after_its_start() -> None:
    assert prefix_of("fss_ab_defghijkl") == "ab_defgh"


def test_neither_sort_of_key_is_taken_for_the_other() -> None:
    assert not looks_like_environment_key("fsk_" + "a" * 43)
    assert not looks_like_key("fss_" + "a" * 43)


@pytest.mark.parametrize("start", ["fss_", "fsc_"])
@pytest.mark.parametrize("rest", ["", "a" * 42, "a" * 44, "ä" * 43, "a" * 43 + "\n"])
def test_what_has_not_the_form_of_a_key_is_none(start: str, rest: str) -> None:
    assert not looks_like_environment_key(start + rest)
    assert not looks_like_environment_key("x" + start + "a" * 43)
