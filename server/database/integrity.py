"""Unique constraints that lose a race, answered as refusals. Decides no rule itself."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from django.db import IntegrityError

from server.errors import Refusal


@contextmanager
def refused_by(constraints: Mapping[str, Callable[[], Refusal]]) -> Iterator[None]:
    """Turn the violation of a named constraint into its refusal.

    The transaction is broken by then: the refusal must leave it, and roll it back.
    """
    try:
        yield
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
        refusal = constraints.get(name or "")
        if refusal is None:
            raise
        raise refusal() from error
