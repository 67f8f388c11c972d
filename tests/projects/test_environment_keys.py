"""The text of an environment key: random, with a start of its own for each kind."""

import pytest

from server.accounts.keys import looks_like_key, prefix_of
from server.projects.environment_keys import new_environment_key
from server.projects.models import EnvironmentKeyKind


@pytest.mark.parametrize(("kind", "start"), [(EnvironmentKeyKind.SERVER, "fss_"), (EnvironmentKeyKind.CLIENT, "fsc_")])
def test_a_key_says_of_which_kind_it_is_and_holds_256_random_bits(kind: EnvironmentKeyKind, start: str) -> None:
    key = new_environment_key(kind)

    assert key.startswith(start)
    assert len(key) == 4 + 43
    assert looks_like_key(key, start)
    assert new_environment_key(kind) != key


def test_a_key_is_recognised_by_the_eight_characters_after_its_start() -> None:
    assert prefix_of("fss_ab_defghijkl") == "ab_defgh"


@pytest.mark.parametrize("kind", EnvironmentKeyKind)
def test_an_environment_key_is_never_taken_for_an_api_key(kind: EnvironmentKeyKind) -> None:
    assert not looks_like_key(new_environment_key(kind))
