"""Who meets which variant at which time, as the flags of the demo's shop were dealt then. Deals nothing itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from server.evaluation.buckets import arm_of
from server.evaluation.hashing import Domain, Hasher, hasher
from server.evaluation.snapshot import CONTROL_ARM
from server.experimentation.models import Experiment, Phase
from server.versioning.maps import runs_of


@dataclass(frozen=True, slots=True)
class Stage:
    """From when to when a phase had this gate, in basis points."""

    since: float
    until: float
    gate: int


@dataclass(frozen=True, slots=True)
class PhaseDeal:
    """How one phase deals units out."""

    number: int
    stages: tuple[Stage, ...]
    gate: Hasher
    split: Hasher
    runs: tuple[tuple[int, int], ...]
    arms: dict[int, str]

    def variant(self, key: str, at: float) -> str | None:
        """The variant that a unit meets at a time; None where it takes no part."""
        gate = next((stage.gate for stage in self.stages if stage.since <= at < stage.until), 0)
        if not gate or self.gate(key) >= gate:
            return None
        return self.arms[arm_of(self.runs, self.split(key))]


@dataclass(frozen=True, slots=True)
class Deal:
    """How an experiment has dealt units out, in all its phases."""

    experiment: str
    flag: str
    phases: tuple[PhaseDeal, ...]

    def met(self, key: str, at: float) -> tuple[int, str] | None:
        """The phase that goes on at a time and the variant that a unit meets in it, if it takes part."""
        for phase in self.phases:
            variant = phase.variant(key, at)
            if variant is not None:
                return phase.number, variant
        return None


def deals_of(experiments: Sequence[Experiment], *, now: datetime) -> list[Deal]:
    """The deals of experiments without an audience, from what their phases have kept."""
    return [
        Deal(
            experiment.key,
            experiment.feature.key,
            tuple(_phase(phase, now) for phase in experiment.phases.order_by("number").select_related("bucket_map")),
        )
        for experiment in experiments
        if experiment.audience_id is None
    ]


def _phase(phase: Phase, now: datetime) -> PhaseDeal:
    steps = list(phase.steps.order_by("at", "id"))
    ends = [step.at for step in steps[1:]] + [phase.closed_at or now]
    return PhaseDeal(
        number=phase.number,
        stages=tuple(
            Stage(step.at.timestamp(), end.timestamp(), step.percentage) for step, end in zip(steps, ends, strict=True)
        ),
        gate=hasher(Domain.GATE, phase.gate_salt),
        split=hasher(Domain.SPLIT, phase.split_salt),
        runs=runs_of(phase.bucket_map),
        arms={0: CONTROL_ARM, **{arm["optionId"]: arm["key"] for arm in phase.arms}},
    )
