"""When what failed is tried again."""

from server.serving.retries import Retries


def test_the_pauses_double_up_to_half_a_minute() -> None:
    retries, now, pauses = Retries(), 100.0, []
    for _ in range(7):
        retries.failed(1, 42, now)
        pause = next(seconds for seconds in range(100) if retries.due(1, 42, now + seconds))
        pauses.append(pause)
        now += pause

    assert pauses == [1, 2, 4, 8, 16, 30, 30]


def test_another_revision_is_due_at_once_and_begins_anew() -> None:
    retries = Retries()
    for now in (0.0, 1.0, 3.0):
        retries.failed(1, 42, now)

    assert [retries.due(1, revision, 3.5) for revision in (42, 43, None)] == [False, True, True]
    retries.failed(1, 43, 3.5)
    assert [retries.due(1, 43, now) for now in (4.4, 4.5)] == [False, True]


def test_what_was_loaded_is_forgotten_and_each_environment_is_on_its_own() -> None:
    retries = Retries()
    retries.failed(1, 42, 0.0)
    retries.failed(2, 42, 0.0)
    retries.forget(1)

    assert [retries.due(number, 42, 0.0) for number in (1, 2, 3)] == [True, False, True]
