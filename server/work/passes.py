"""Regular passes: short functions that one of the workers calls every so often. Knows none of them by name.

A pass finds what is due in our own tables and does it, or enqueues what takes long. It is also how
anything that was lost, or failed, is done after all, so each has to bear being made twice: it locks
the rows that it works on, and looks at their state under the lock.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from django.db.models import Q
from django.utils.module_loading import autodiscover_modules

from server.work.models import PassTurn

logger = logging.getLogger("fairsplit.work")


class Sweep(Protocol):
    """What a pass does: everything that is due by ``now``."""

    def __call__(self, *, now: datetime) -> object: ...


@dataclass(frozen=True, slots=True)
class Pass:
    """A function, and how often it is called."""

    name: str
    every: timedelta
    sweep: Sweep


_registered: dict[str, Pass] = {}


def every(interval: timedelta) -> Callable[[Sweep], Sweep]:
    """Have one worker call the function at its start, and then each time that the interval has gone by.

    The function stands in a module called ``jobs`` of an installed app: a worker loads all of these.
    """

    def register(sweep: Sweep) -> Sweep:
        name = f"{sweep.__module__}.{getattr(sweep, '__qualname__', '?')}"
        _registered[name] = Pass(name, interval, sweep)
        return sweep

    return register


def all_passes() -> list[Pass]:
    """The passes of all installed apps, by name."""
    autodiscover_modules("jobs")
    return [_registered[name] for name in sorted(_registered)]


def announce(passes: list[Pass], *, now: datetime) -> None:
    """Give each pass that no worker has known yet its first turn: now."""
    PassTurn.objects.bulk_create([PassTurn(name=each.name, due_at=now) for each in passes], ignore_conflicts=True)


def make_due_passes(passes: list[Pass], *, now: datetime) -> None:
    """Make those whose turn it is, and that no other worker makes. What one raises does not keep the others."""
    names = [each.name for each in passes]
    due = set(PassTurn.objects.filter(name__in=names, due_at__lte=now).values_list("name", flat=True))
    for each in passes:
        if each.name in due and _take_turn(each, now):
            _make(each, now)


def _take_turn(each: Pass, now: datetime) -> bool:
    """True for one worker: PostgreSQL looks at the condition again, under the row's lock, for all others."""
    still_due = Q(name=each.name, due_at__lte=now)
    return PassTurn.objects.filter(still_due).update(due_at=now + each.every) == 1


def _make(each: Pass, now: datetime) -> None:
    try:
        each.sweep(now=now)
    except Exception:
        logger.exception("the pass %s failed; its next turn is in %s", each.name, each.every)
