"""What visitors do follows from the seed, and what is wrong with it is wrong on purpose."""

from collections import Counter
from datetime import UTC, datetime
from random import Random

import pytest

from server.demo.visitors import Visit
from server.events.reading import read_events
from server.warehouse.times import microseconds_of
from simulation.scene import Visited
from simulation.shopping import Meeting, Told, past_of, planned, told_of

NOW = 1_790_000_000.0
RECEIVED = microseconds_of(datetime.fromtimestamp(NOW, UTC)) + 10_000_000
LAYOUT = Visited("id", "layout", "Layout", "checkout-layout", ("control", "one", "two"))


def visits(number: int = 400, seed: int = 3) -> list[Visit]:
    return planned(visitors=number, seed=seed, run="sim3", started=NOW)[1]


def told(met: str = "one", lost: float = 0.0, number: int = 400) -> list[Told]:
    meetings = [Meeting(LAYOUT, met, 2)]
    return [told_of(visit, n, meetings, now=NOW, run="sim3", lost=lost) for n, visit in enumerate(visits(number))]


def exposures(found: list[Told]) -> list[tuple[str, str]]:
    events = [event for each in found for event in each.now if event["type"] == "exposure"]
    return [(event["targetingKey"], event["variant"]) for event in events]


def test_the_same_seed_tells_the_same_and_another_one_something_else() -> None:
    assert told() == told()
    assert [visit.visitor.key for visit in visits(seed=3)] != [visit.visitor.key for visit in visits(seed=4)]


def test_visits_before_the_simulation_are_told_apart_from_those_in_it() -> None:
    before, after = planned(visitors=100, seed=3, run="sim3", started=NOW)

    assert before and after
    assert all(visit.at < NOW for visit in before)
    assert all(visit.at >= NOW for visit in after)
    assert {visit.visitor.key for visit in before} & {visit.visitor.key for visit in after}


def test_what_was_done_before_is_taken_by_the_door_and_holds_no_exposure() -> None:
    before, _ = planned(visitors=100, seed=3, run="sim3", started=NOW)

    events = list(past_of(before, run="sim3"))
    batch = read_events(events, sent_at=None, received_at_us=RECEIVED)

    assert (batch.events, batch.rejected) == (len(events), ())
    assert {event["type"] for event in events} == {"event"}
    assert len({event["id"] for event in events}) == len(events)


def test_an_exposure_says_what_the_evaluation_said_and_comes_before_what_follows_from_it() -> None:
    exposure, first, *_ = told()[0].now

    assert (exposure["flag"], exposure["variant"]) == ("checkout-layout", "one")
    assert (exposure["experiment"], exposure["phase"], exposure["inExperiment"]) == ("layout", 2, True)
    assert exposure["time"] < first["time"]
    assert exposure["targetingKey"] == first["targetingKey"]


def test_the_door_takes_what_is_told_but_for_clocks_that_are_wrong_on_purpose() -> None:
    events = [event for each in told(number=2_000) for event in each.now]

    rejected = read_events(events, sent_at=None, received_at_us=RECEIVED).rejected

    assert {one.code for one in rejected} == {"IN_THE_FUTURE", "TOO_OLD"}
    assert len(rejected) < 0.005 * len(events)


def test_some_events_are_told_twice_with_one_id_and_some_late() -> None:
    found = told(number=2_000)
    counted = Counter[str]()
    for each in found:
        counted.update(each.counted)
    every = [event for each in found for event in (*each.now, *each.late)]

    assert len(every) - len({event["id"] for event in every}) == counted["twice"] > 0
    assert len({event["id"] for each in found for event in each.late}) == counted["late"] > 0
    assert {event["type"] for each in found for event in each.late} == {"event"}


def test_few_units_meet_two_variants() -> None:
    found = exposures(told(number=3_000))
    variants: dict[str, set[str]] = {}
    for key, variant in found:
        variants.setdefault(key, set()).add(variant)

    several = sum(len(met) > 1 for met in variants.values())

    assert 0 < several < 0.005 * len(variants)


@pytest.mark.parametrize(("variant", "share"), [("two", 0.7), ("one", 1.0), ("control", 1.0)])
def test_a_broken_split_takes_exposures_of_the_last_variant_alone_and_units_whole(variant: str, share: float) -> None:
    whole = {key for key, met in exposures(told(variant, number=2_000)) if met == variant}
    left = {key for key, met in exposures(told(variant, lost=0.3, number=2_000)) if met == variant}

    assert left <= whole
    assert len(left) == pytest.approx(share * len(whole), rel=0.05)


def test_the_first_option_makes_more_orders_and_control_changes_nothing() -> None:
    def orders(found: list[Told]) -> int:
        return sum(event.get("name") == "order_placed" for each in found for event in (*each.now, *each.late))

    untouched = [told_of(visit, n, [], now=NOW, run="sim3", lost=0.0) for n, visit in enumerate(visits(3_000))]

    assert orders(told("one", number=3_000)) > 1.1 * orders(told("control", number=3_000))
    assert orders(told("control", number=3_000)) == pytest.approx(orders(untouched), rel=0.1)


def test_revenue_has_a_heavy_tail() -> None:
    found = told("control", number=5_000)
    amounts = sorted(event["value"] for each in found for event in each.now if event.get("name") == "order_placed")

    assert amounts[-1] > 15 * amounts[len(amounts) // 2]


def test_chances_are_of_a_visit_alone() -> None:
    alone, *_ = visits()
    again = visits()[0]
    Random(0).random()

    assert [alone.chance.random() for _ in range(3)] == [again.chance.random() for _ in range(3)]
