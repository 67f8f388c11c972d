"""Phases, plans, metrics and a warehouse's answers, in no database and in few words. Asserts nothing."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from server.experimentation.metrics.definitions import Definition, Measured, document_of
from server.experimentation.models import (
    Experiment,
    Metric,
    MetricKind,
    MetricRole,
    MetricVersion,
    Phase,
    Plan,
    PlanMetric,
)
from server.experimentation.results.asking import Asked, ask_about
from server.warehouse.questions.answers import Arm, Caps, ExperimentAnswer, NewUnits, Quantile, ScopeCounts, Sums
from tests.experimentation.results.stepping import with_steps

OPENED = datetime(2026, 3, 1, tzinfo=UTC)
AS_OF = OPENED + timedelta(days=10)


def a_phase(
    number: int = 1,
    *,
    shares: Mapping[str, int],
    opened: datetime = OPENED,
    closed_at: datetime | None = None,
    bucket_map_id: int | None = None,
) -> Phase:
    """A phase in which the options have these shares, in basis points; dealt by a map of its own if none is given."""
    return with_steps(
        Phase(
            number=number,
            opened_at=opened,
            closed_at=closed_at,
            enabled=True,
            percentage=10_000,
            gate_salt="gate",
            split_salt="split",
            bucket_map_id=bucket_map_id or number,
            control_value="a",
            arms=[
                {"optionId": sum(map(ord, key)), "key": key, "value": key, "basisPoints": share}
                for key, share in shares.items()
            ],
        )
    )


def a_plan(**changes: Any) -> Plan:
    """The first plan, and one that is judged whenever one looks."""
    return Plan(
        **{
            "number": 1,
            "created_at": OPENED,
            "after_start": False,
            "after_results": False,
            "changes_judgement": False,
            "expected_days": 14.0,
            "scale": "RELATIVE",
            "minimum_effect": 0.02,
            "alpha": 0.05,
            "power": 0.8,
            "rule": {"kind": "ALWAYS_VALID", "tuning": 5000.0},
            "prior": None,
            "correction": "HOLM",
            "lookback_days": 0,
            "dimensions": [],
            **changes,
        }
    )


def a_metric(
    number: int,
    role: MetricRole,
    *,
    higher_is_better: bool = True,
    margin: float | None = None,
    margin_scale: str = "",
    definition: Mapping[str, Any] | None = None,
) -> PlanMetric:
    """A proportion in its role in a plan; ``definition`` is what differs from the simplest one."""
    meaning = document_of(Definition(MetricKind.PROPORTION, Measured("purchase"))) | dict(definition or {})
    version = MetricVersion(
        pk=number,
        metric=Metric(pk=number, key=f"metric-{number}", name=f"Metric {number}"),
        number=1,
        kind=MetricKind.PROPORTION,
        higher_is_better=higher_is_better,
        definition=meaning,
    )
    return PlanMetric(version=version, role=role, position=number, margin=margin, margin_scale=margin_scale)


def asked_of(phases: Sequence[Phase], plan: Plan | None, metrics: Sequence[PlanMetric]) -> Asked:
    """The question that these make."""
    experiment = Experiment(pk=1, environment_id=1, key="colours")
    return ask_about(experiment, phases, plan, metrics, as_of=AS_OF)


def converted(units: int, successes: int) -> Sums:
    """The sums of a proportion."""
    return Sums(units, float(successes), float(successes))


def an_arm(scope: int, variant: str, units: int, *metrics: Sums | Quantile, dimension_value: str | None = None) -> Arm:
    """One variant in one scope."""
    return Arm(scope, variant, units, metrics, dimension_value)


def an_answer(
    *arms: Arm,
    counts: Sequence[ScopeCounts] = (),
    new_units: Sequence[NewUnits] = (),
    caps: Sequence[Caps] = (),
) -> ExperimentAnswer:
    """The whole answer."""
    return ExperimentAnswer(tuple(arms), tuple(caps), tuple(new_units), tuple(counts), None, None)
