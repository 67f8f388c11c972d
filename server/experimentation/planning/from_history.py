"""Planning a sample size from what a metric has come to in an environment, or from given figures. Writes nothing."""

from dataclasses import replace

from server.accounts.authors import Author
from server.experimentation.inference.plan import SizePlan, SizeRequest, plan_sample_size
from server.experimentation.planning.history import History, Place, find_history
from server.experimentation.stats.reasons import NoResult


def plan_from_history(request: SizeRequest, *, place: Place | None, author: Author) -> SizePlan | None:
    """The plan with the metric's own baseline, and its own traffic where the request gives none.

    Without a place it is the request's own baseline that counts. Where the metric has none, the reason stands in the
    place of every number. None where the author sees no such environment, or no such metric of its project.

    Raises:
        InvalidInput: a number of the request is out of range, or an arm would have a rate that none can have.
    """
    if place is None:
        return plan_sample_size(request)
    history = find_history(place, author)
    return None if history is None else plan_sample_size(with_history(request, history))


def with_history(request: SizeRequest, history: History | NoResult) -> SizeRequest:
    """The request with what is known, or with why nothing is; traffic that it gives itself stays."""
    if isinstance(history, NoResult):
        return replace(request, unknown=history)
    traffic = history.units_per_day if request.units_per_day is None else request.units_per_day
    if isinstance(history.baseline, NoResult):
        return replace(request, unknown=history.baseline, units_per_day=traffic)
    return replace(request, design=replace(request.design, baseline=history.baseline), units_per_day=traffic)
