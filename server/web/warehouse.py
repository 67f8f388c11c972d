"""Refuses settings of the warehouse that cannot be meant, in one line. Opens no warehouse, and repeats no URL."""

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from server.warehouse.memory import memory_in_bytes
from server.warehouse.open import SCHEMES

BEGINNINGS = tuple(f"{scheme}://" for scheme in SCHEMES)
LONGEST_TIMEOUT = 6 * 60 * 60
"""A file that was replaced stays for a day: whoever reads it has to be done by then."""
CHECKOUT = Path(__file__).resolve().parents[2]


def sound_url(url: str) -> str:
    """WAREHOUSE_URL, or nothing where there is none.

    Raises:
        ImproperlyConfigured: it is of no warehouse that is known.
    """
    if url and not url.startswith(BEGINNINGS):
        raise ImproperlyConfigured(
            f"WAREHOUSE_URL does not begin with {', '.join(BEGINNINGS)}: leave it out for files in WAREHOUSE_FOLDER"
        )
    return url


def sound_folder(given: str) -> Path:
    """WAREHOUSE_FOLDER, or one in the checkout.

    Raises:
        ImproperlyConfigured: its path would be taken for a pattern.
    """
    folder = Path(given or CHECKOUT / ".data" / "warehouse").expanduser().absolute()
    if set("*?[]") & set(str(folder)):
        raise ImproperlyConfigured("WAREHOUSE_FOLDER must not have * ? [ ] in its path: DuckDB takes it for a pattern")
    return folder


def sound_memory(given: str) -> str:
    """WAREHOUSE_MEMORY.

    Raises:
        ImproperlyConfigured: DuckDB would not understand it.
    """
    memory_in_bytes(given)
    return given


def sound_timeout(seconds: int) -> int:
    """WAREHOUSE_TIMEOUT.

    Raises:
        ImproperlyConfigured: no question could be answered, or for too long.
    """
    if not 1 <= seconds <= LONGEST_TIMEOUT:
        raise ImproperlyConfigured(f"WAREHOUSE_TIMEOUT is not from 1 to {LONGEST_TIMEOUT} seconds")
    return seconds


def sound_number(name: str, given: int) -> int:
    """A number that is not negative.

    Raises:
        ImproperlyConfigured: it is.
    """
    if given < 0:
        raise ImproperlyConfigured(f"{name} is negative")
    return given
