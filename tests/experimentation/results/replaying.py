"""A/A replays in a database, as if a worker had carried them out. Asserts nothing."""

from datetime import datetime
from typing import Any

from server.accounts.authored import author_columns
from server.accounts.authors import Author
from server.experimentation.models import Experiment, MetricKind, MetricRole, Plan, Replay
from server.experimentation.results.encoding import to_json
from server.experimentation.results.replay_document import RedealtMetric, ReplayDocument, ReplayedMetric
from server.experimentation.stats.reasons import NoResult, Reason
from server.experimentation.stats.terms import Interval
from tests.factories import NOW

FITTING = RedealtMetric(1_000, 52, 3, 0.052, Interval(0.0399, 0.0675))
TOO_OFTEN = RedealtMetric(1_000, 90, 11, 0.09, Interval(0.0738, 0.1094))
TOO_SELDOM = RedealtMetric(1_000, 12, 0, 0.012, Interval(0.0069, 0.0209))
NOTHING = NoResult(Reason.TOO_FEW_UNITS)
UNTESTED = RedealtMetric(0, 0, 0, NOTHING, NOTHING)


def pending(experiment: Experiment, author: Author, *, at: datetime = NOW, **columns: Any) -> Replay:
    """A replay that no worker has carried out yet."""
    asked = {"runs": 1_000, "seed": 2**61 + 1, "requested_at": at}
    return Replay.objects.create(experiment=experiment, **(asked | author_columns(author) | columns))


def failed_replay(experiment: Experiment, author: Author, *, at: datetime = NOW) -> Replay:
    """One that failed."""
    code, message = "WAREHOUSE_UNAVAILABLE", "The warehouse does not answer."
    return pending(experiment, author, at=at, finished_at=at, failure_code=code, failure_message=message)


def replayed(
    experiment: Experiment, author: Author, *outcomes: RedealtMetric, at: datetime = NOW, variants: str = "control blue"
) -> Replay:
    """One that was carried out by the plan in force, with these outcomes of its metrics; all of them fit."""
    plan = Plan.objects.filter(experiment=experiment).latest("number")
    told = outcomes or (FITTING,) * len(plan.measured)
    metrics = tuple(
        ReplayedMetric(
            each.version_id, each.version.metric.key, MetricRole(each.role), outcome, MetricKind(each.version.kind)
        )
        for each, outcome in zip(plan.measured, told, strict=True)
    )
    document = ReplayDocument(600, tuple(variants.split()), plan.alpha, 7, metrics)
    return pending(
        experiment, author, at=at, finished_at=at, plan=plan, document=to_json(document), engine="DuckDB 2.0"
    )
