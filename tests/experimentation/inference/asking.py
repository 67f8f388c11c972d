"""Requests for the tests of inference: sums of every kind, and whole requests around them."""

from typing import Any

from server.experimentation.inference.requests import (
    AnalysisRequest,
    ArmCount,
    ArmSums,
    Judgement,
    MetricSums,
    NamedGuardrail,
    ProgressRequest,
)
from server.experimentation.metrics.plans import AnyTime, Correction
from server.experimentation.stats.analysis import Sample
from server.experimentation.stats.bayes import FLAT
from server.experimentation.stats.samples import ProportionCounts
from server.experimentation.stats.terms import Direction, Scale

CONTROL, BLUE, RED = ProportionCounts(5_000, 500), ProportionCounts(5_000, 590), ProportionCounts(5_000, 505)


def metric(
    name: str = "conversion",
    control: Sample = CONTROL,
    *treatments: Sample,
    scale: Scale = Scale.RELATIVE,
    direction: Direction = Direction.HIGHER_IS_BETTER,
) -> MetricSums:
    arms = treatments or (BLUE, RED)
    named = zip(("blue", "red", "green"), arms, strict=False)
    return MetricSums(name, direction, scale, control, tuple(ArmSums(*each) for each in named))


def judgement(**given: Any) -> Judgement:
    usual: dict[str, Any] = {
        "primary_metric": "conversion",
        "minimum_effect": 0.05,
        "rule": AnyTime(),
        "guardrails": (),
        "treatments": None,
        "power": 0.8,
        "srm_alpha": 0.001,
        "progress": ProgressRequest(None, 0.0, None),
    }
    return Judgement(**{**usual, **given})


def guardrail(metric: str = "errors", margin: float = 0.02, scale: Scale | None = None) -> NamedGuardrail:
    return NamedGuardrail(metric, margin, scale)


def request(*metrics: MetricSums, **given: Any) -> AnalysisRequest:
    usual: dict[str, Any] = {
        "alpha": 0.05,
        "tuning": 5_000.0,
        "prior": FLAT,
        "correction": Correction.HOLM,
        "split": None,
        "plan": None,
    }
    return AnalysisRequest(metrics=metrics or (metric(),), **{**usual, **given})


def split(*units: int, shares: tuple[float, ...] = ()) -> tuple[ArmCount, ...]:
    named = zip(("control", "blue", "red", "green"), units, shares or (1.0,) * len(units), strict=False)
    return tuple(ArmCount(*each) for each in named)
