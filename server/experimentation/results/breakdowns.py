"""Breakdowns as they are stored: apart from their computation, a row a property, and not for long. Counts nothing.

The metrics by the values of properties are most of what a computation finds, and no verdict rests on them: they are
kept of what is shown, and of what was shown before it, as somebody may be reading that at the moment.
"""

from collections.abc import Sequence
from hashlib import sha256

from django.db.models import Prefetch, QuerySet

from server.experimentation.models import Breakdown, Computation
from server.experimentation.results.document import DimensionFigures
from server.experimentation.results.encoding import from_json, to_json


def write_breakdowns(
    computation: Computation, dimensions: Sequence[DimensionFigures], *, before: Computation | None
) -> None:
    """Store those of a computation that is shown from now on, and drop all but those of the one ``before`` it; of
    that, too, if this one is final: none comes after it, and would drop them.
    """
    Breakdown.objects.bulk_create(
        Breakdown(computation=computation, property=each.property, figures=to_json(each)) for each in dimensions
    )
    older = Breakdown.objects.filter(computation__experiment=computation.experiment_id)
    kept = [computation] if before is None or computation.is_final else [computation, before]
    older.exclude(computation__in=[each.pk for each in kept]).delete()


def breakdown_ahead(name: str) -> "Prefetch[str, QuerySet[Breakdown], str]":
    """The breakdowns by a property, for many computations at once."""
    rows = Breakdown.objects.filter(property=name).only("computation_id", "figures")
    return Prefetch("breakdowns", rows, _place(name))


def breakdown_by(computation: Computation, name: str) -> DimensionFigures | None:
    """What is judged by the values of a property; None where the plan did not ask for it."""
    ahead: Sequence[Breakdown] | None = getattr(computation, _place(name), None)
    rows = computation.breakdowns.filter(property=name) if ahead is None else ahead
    return next((from_json(row.figures, DimensionFigures) for row in rows), None)


def breakdowns_of(computation: Computation) -> tuple[DimensionFigures, ...]:
    """All of them, in the plan's order."""
    return tuple(from_json(row.figures, DimensionFigures) for row in computation.breakdowns.order_by("pk"))


def _place(name: str) -> str:
    """Where those are put that were read ahead: any text is the name of a property, and not of an attribute."""
    return f"breakdown_by_{sha256(name.encode()).hexdigest()[:32]}"
