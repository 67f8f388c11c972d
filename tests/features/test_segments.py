"""Rules as they are stored, and names that are free."""

from typing import Any

from server.features.segments import checked_rules, free_segment_name
from tests.factories import NOW, World, new_world
from tests.features.rules import PRO, rule, split


def salts(rules: dict[str, Any]) -> list[str]:
    """The salts of a rule's own percentage splits."""
    return [c["salt"] for c in rules["conditions"] if "salt" in c]


def test_stored_rules_are_checked_to_themselves() -> None:
    stored, problems = checked_rules(rule(split(10), PRO, rules=(rule(split(20), type="ANY"),)))

    assert problems == []
    assert checked_rules(stored, current=stored) == (stored, [])
    assert checked_rules(stored) == (stored, [])


def test_salts_pass_on_in_the_order_of_the_splits() -> None:
    current, _ = checked_rules(rule(split(10), rules=(rule(split(20)), rule(split(30)))))

    stored, _ = checked_rules(rule(split(1), PRO, rules=(rule(split(2)), rule(split(3)))), current=current)

    assert salts(stored) == salts(current)
    assert [salts(r) for r in stored["rules"]] == [salts(r) for r in current["rules"]]


def test_a_split_that_goes_takes_its_salt_with_it_and_one_that_comes_gets_its_own() -> None:
    current, _ = checked_rules(rule(split(10), split(20)))

    fewer, _ = checked_rules(rule(split(10)), current=current)
    more, _ = checked_rules(rule(split(10), split(20), split(30)), current=current)

    assert salts(fewer) == salts(current)[:1]
    assert salts(more)[:2] == salts(current)
    assert salts(more)[2] not in salts(current)


def test_a_name_is_free_unless_an_ordinary_segment_of_the_project_has_it(world: World) -> None:
    world.segment("taken")
    gone = world.segment("gone")
    gone.removed_at = NOW
    gone.save()
    new_world().segment("elsewhere")
    world.experiment(name="system")

    for name in ("gone", "elsewhere", "system", "new"):
        assert free_segment_name(world.project.pk, name) == name
    assert free_segment_name(world.project.pk, "taken").startswith("taken (")


def test_a_name_that_is_made_free_is_short_enough(world: World) -> None:
    world.segment("x" * 200)

    assert len(free_segment_name(world.project.pk, "x" * 200)) == 200
