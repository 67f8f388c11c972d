"""Which settings of the warehouse are refused, and how."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from server.web.data_folder import warehouse_of
from server.web.warehouse import sound_folder, sound_memory, sound_number, sound_timeout, sound_url

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("url", ["", "clickhouse://me:word@ch.test:8123/events", "bigquery://shop/events"])
def test_urls_of_warehouses_that_are_known_are_taken(url: str) -> None:
    assert sound_url(url) == url


@pytest.mark.parametrize("url", ["mysql://me:secret@db.test/events", "secret", "clickhouse:me@db.test"])
def test_another_url_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^WAREHOUSE_URL does not begin with clickhouse://, ") as refused:
        sound_url(url)

    assert "secret" not in str(refused.value)
    assert "db.test" not in str(refused.value)


def test_without_a_folder_events_go_beside_the_data_of_the_checkout() -> None:
    assert sound_folder("") == CHECKOUT / ".data" / "warehouse" == warehouse_of(CHECKOUT / ".data")


def test_a_folder_is_the_same_wherever_a_process_goes() -> None:
    assert sound_folder("events") == Path.cwd() / "events"
    assert sound_folder("~/events") == Path.home() / "events"


@pytest.mark.parametrize("folder", ["/data/*", "/data/[a]", "/what?"])
def test_a_folder_that_would_be_a_pattern_is_refused(folder: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^WAREHOUSE_FOLDER must not have \* \? \[ \] in its path"):
        sound_folder(folder)


@pytest.mark.parametrize("memory", ["2GB", "512MB", "1.5 GiB", "1TB"])
def test_memory_is_a_number_with_a_unit(memory: str) -> None:
    assert sound_memory(memory) == memory


@pytest.mark.parametrize("memory", ["", "2", "GB", "0GB", "-1GB", "80%", "2GB; SELECT 1"])
def test_other_memory_is_refused(memory: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^WAREHOUSE_MEMORY is not a number with a unit"):
        sound_memory(memory)


def test_a_question_ends_long_before_the_files_that_it_reads_are_removed() -> None:
    assert [sound_timeout(seconds) for seconds in (1, 600, 21_600)] == [1, 600, 21_600]
    for seconds in (0, -1, 21_601):
        with pytest.raises(ImproperlyConfigured, match=r"^WAREHOUSE_TIMEOUT is not from 1 to 21600 seconds$"):
            sound_timeout(seconds)


def test_numbers_are_not_negative() -> None:
    assert sound_number("WAREHOUSE_THREADS", 0) == 0
    with pytest.raises(ImproperlyConfigured, match=r"^WAREHOUSE_THREADS is negative$"):
        sound_number("WAREHOUSE_THREADS", -1)
