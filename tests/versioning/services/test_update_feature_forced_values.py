"""Values that are forced on somebody count when a feature changes: nobody is served another one by it."""

import pytest

from server.errors import InvalidInput, Reference
from server.features.refusals import OptionInUse
from tests.factories import World, options_by_key
from tests.rows import unchanged
from tests.versioning.features import edit, option_rows, redefine
from tests.versioning.flags import problems_of
from tests.versioning.identities import force, forced, release


def test_an_option_that_is_forced_on_somebody_is_neither_removed_nor_redefined(world: World) -> None:
    feature = world.feature(key="colour")
    blue = options_by_key(feature)["blue"]
    force(world, feature, option=blue)

    for change in ({"remove_options": [blue.pk]}, redefine(blue, key="navy"), redefine(blue, value="b")):
        with unchanged(), pytest.raises(OptionInUse, match=r"forced on a targeting key .* “production”") as refused:
            edit(world, feature, **change)
        assert refused.value.option_key == "blue"
        assert refused.value.collides_with == Reference("Flag", world.flag(feature).pk, "colour")
        assert refused.value.allowed == ("setIdentityOverride with something else", "removeIdentityOverride")


def test_it_is_free_as_soon_as_nobody_has_it_forced(world: World) -> None:
    feature = world.feature()
    blue = options_by_key(feature)["blue"]
    force(world, feature, option=blue)
    release(world, feature)

    edit(world, feature, remove_options=[blue.pk])

    assert option_rows(feature) == [("red", "red", 0)]


def test_the_type_does_not_change_under_a_forced_value(world: World) -> None:
    feature = world.feature(value_type="JSON", value=1, options=())
    force(world, feature, "a text")

    with unchanged(), pytest.raises(InvalidInput, match="environment “production”") as refused:
        edit(world, feature, value_type="INTEGER")
    force(world, feature, 2)
    edit(world, feature, value_type="INTEGER")

    assert problems_of(refused) == [(("input", "valueType"), "WRONG_TYPE")]
    assert forced(world, feature) == {"user-1": (True, None, 2)}
