"""Makes one kind of error of whatever a warehouse's driver raises; repeats no secret."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import quote

from django.core.exceptions import ImproperlyConfigured

from server.warehouse.engine import ReadOnlyWarehouse, WarehouseUnavailable

LONGEST = 500


@contextmanager
def unavailable(warehouse: str, *, secrets: Sequence[str] = ()) -> Iterator[None]:
    """Whatever goes wrong in the block is a warehouse that did not answer, said in one line.

    Drivers differ in what they raise, and many do not say it: so everything counts. The original is
    not chained: it may hold the address, password and all.

    Raises:
        WarehouseUnavailable: always, where the block raises.
    """
    try:
        yield
    except (WarehouseUnavailable, ReadOnlyWarehouse, ImproperlyConfigured):
        raise
    except Exception as problem:
        said = without(" ".join(str(problem).split()), secrets)[:LONGEST]
        raise WarehouseUnavailable(f"{warehouse}: {said or type(problem).__name__}") from None


def without(text: str, secrets: Sequence[str]) -> str:
    """The text with every secret blotted out, also where it is written as in an address."""
    for secret in secrets:
        for form in {secret, quote(secret, safe=""), quote(secret)}:
            if form:
                text = text.replace(form, "***")
    return text
