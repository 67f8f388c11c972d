import pytest

from server.serving.rate_limit import MOST_CALLERS, RateLimit


def waits(limit: RateLimit, *moments: float, caller: str = "a") -> list[int]:
    return [limit.seconds_to_wait(caller, moment) for moment in moments]


def test_a_burst_goes_through_and_the_next_request_waits() -> None:
    assert waits(RateLimit(per_second=1, burst=3), 0, 0, 0, 0) == [0, 0, 0, 1]


def test_a_bucket_fills_again_as_time_goes_by_and_no_higher_than_its_burst() -> None:
    assert waits(RateLimit(per_second=2, burst=2), 0, 0, 0, 0.5, 0.5, 100, 100, 100) == [0, 0, 1, 0, 1, 0, 0, 1]


def test_the_wait_is_as_long_as_it_takes_and_never_below_a_second() -> None:
    assert waits(RateLimit(per_second=0.1, burst=1), 0, 0, 4, 9.5, 10) == [0, 10, 6, 1, 0]


def test_a_request_that_has_to_wait_costs_nothing() -> None:
    limit = RateLimit(per_second=1, burst=1)

    assert waits(limit, 0, *[0.5] * 100, 1) == [0, *[1] * 100, 0]


def test_callers_do_not_use_up_each_others_requests() -> None:
    limit = RateLimit(per_second=1, burst=1)

    assert [limit.seconds_to_wait(caller, 0) for caller in "abab"] == [0, 0, 1, 1]


def test_it_remembers_no_more_callers_than_it_says() -> None:
    limit = RateLimit(per_second=1, burst=1)

    for number in range(3 * MOST_CALLERS):
        limit.seconds_to_wait(str(number), number / 1_000_000)

    assert len(limit._buckets) <= MOST_CALLERS


def test_those_are_forgotten_first_whose_bucket_is_full_again() -> None:
    limit = RateLimit(per_second=1, burst=1)
    for number in range(MOST_CALLERS - 1):
        limit.seconds_to_wait(str(number), 0)

    assert waits(limit, 99.5, caller="busy") == [0]
    assert waits(limit, 100, caller="new") == [0]
    assert set(limit._buckets) == {"busy", "new"}
    assert waits(limit, 100, caller="busy") == [1]


@pytest.mark.parametrize(("per_second", "burst"), [(0, 1), (-1, 1), (1, 0)])
def test_a_limit_that_lets_nothing_through_is_a_mistake(per_second: float, burst: int) -> None:
    with pytest.raises(ValueError, match="at least one request"):
        RateLimit(per_second, burst)
