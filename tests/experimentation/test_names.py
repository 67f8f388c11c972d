"""Keys of experiments: made from the name, or given. The first part needs no database."""

import pytest

from server.experimentation.names import another_key, experiment_key_problems, key_from
from tests.experimentation.acting import bring_to
from tests.factories import World


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Checkout colour", "checkout-colour"),
        ("  Éclair — über_alles!  ", "eclair-uber_alles"),
        ("Ⅷ wins", "viii-wins"),
        ("--a--", "a"),
        ("__a__", "a"),
        ("42", "42"),
        ("Цвет кнопки", "experiment"),
        ("按钮颜色", "experiment"),
        ("🎉", "experiment"),
        ("!?", "experiment"),
        ("Button 按钮 2", "button-2"),
        ("x" * 200, "x" * 142),
        ("x" * 141 + " y", "x" * 141),
    ],
)
def test_a_key_shows_the_name_that_it_was_made_from(name: str, key: str) -> None:
    assert key_from(name) == key
    assert experiment_key_problems(key) == []


def test_another_key_for_the_same_name_is_no_longer_than_a_key_may_be() -> None:
    key = another_key(key_from("x" * 200))

    assert key.startswith("x" * 142 + "-")
    assert len(key) == 149
    assert experiment_key_problems(key) == []
    assert another_key("x") != another_key("x")


@pytest.mark.parametrize("key", ["a", "A", "1", "a_b.c-d", "control", "k" * 150])
def test_keys_that_may_be_given(key: str) -> None:
    assert experiment_key_problems(key) == []


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("", "BLANK"),
        (" ", "BLANK"),
        ("k" * 151, "TOO_LONG"),
        ("a\0", "BAD_TEXT"),
        ("\ud800", "BAD_TEXT"),
        (1, "WRONG_TYPE"),
        ("-a", "BAD_KEY"),
        (".a", "BAD_KEY"),
        ("_a", "BAD_KEY"),
        ("a b", "BAD_KEY"),
        ("a/b", "BAD_KEY"),
        ("a\n", "BAD_KEY"),
        ("é", "BAD_KEY"),
    ],
)
def test_keys_that_may_not_be_given(key: object, code: str) -> None:
    assert [(p.path, p.code) for p in experiment_key_problems(key)] == [(("input", "key"), code)]


def test_the_key_that_was_given_is_the_key(world: World) -> None:
    assert world.experiment(name="Colour", key="Colour_2.b-c").key == "Colour_2.b-c"


def test_a_key_that_is_taken_gets_another_end(world: World) -> None:
    keys = [world.experiment(name="按钮").key for _ in range(3)]

    assert keys[0] == "experiment"
    assert all(key.startswith("experiment-") for key in keys[1:])
    assert len(set(keys)) == 3


def test_a_key_of_a_completed_experiment_stays_taken(world: World) -> None:
    feature = world.feature()
    first = world.experiment(feature, name="Colour")
    bring_to(world, first, "COMPLETED")

    assert world.experiment(feature, name="Colour").key.startswith("colour-")
