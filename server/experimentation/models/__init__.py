"""What is stored of experiments: their life, what they measure, and what came of it. Holds no model itself."""

from server.experimentation.models.experiments import (
    MAX_HYPOTHESIS,
    MAX_KEY,
    MAX_NAME,
    Experiment,
    Phase,
    PhaseStep,
    RampStatus,
    Rollout,
    ScheduledRamp,
    Status,
    StepKind,
)
from server.experimentation.models.metrics import Metric, MetricKind, MetricRole, MetricVersion, Plan, PlanMetric
from server.experimentation.models.results import (
    Baseline,
    Breakdown,
    Computation,
    ComputationStatus,
    Replay,
    ResultsState,
    Trigger,
)

__all__ = [
    "MAX_HYPOTHESIS",
    "MAX_KEY",
    "MAX_NAME",
    "Baseline",
    "Breakdown",
    "Computation",
    "ComputationStatus",
    "Experiment",
    "Metric",
    "MetricKind",
    "MetricRole",
    "MetricVersion",
    "Phase",
    "PhaseStep",
    "Plan",
    "PlanMetric",
    "RampStatus",
    "Replay",
    "ResultsState",
    "Rollout",
    "ScheduledRamp",
    "Status",
    "StepKind",
    "Trigger",
]
