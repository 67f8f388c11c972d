"""What an experiment would do to given units if it ran: from a snapshot document, which it never changes.

Reads nothing, writes nothing. A unit is the experiment's if its gate takes it, and nothing that is
looked at before the experiment's override takes it away.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from server.evaluation.engine import CompiledEnvironment
from server.evaluation.flags import CompiledFlag, CompiledSegment, State
from server.evaluation.rules import Operator, Rule
from server.evaluation.rules.traits import Traits
from server.evaluation.snapshot import CONTROL_ARM, EnvironmentDocument, RunningExperiment

FIRST_PHASE = 1


@dataclass(frozen=True, slots=True)
class SimulatedArm:
    """A variant of the experiment, what it serves, and how many units would get it."""

    variant: str
    value: Any
    units: int


@dataclass(frozen=True, slots=True)
class CompetingUnits:
    """An override that is looked at before the experiment's, and how many of the gate's units it takes away."""

    segment: CompiledSegment
    priority: int
    units: int


@dataclass(frozen=True, slots=True)
class Simulation:
    """How units would fare; those of all arms, competing overrides and forced values add up to those in the gate."""

    units: int
    units_in_gate: int
    units_taking_part: int
    arms: tuple[SimulatedArm, ...]
    units_with_forced_value: int
    competing_overrides: tuple[CompetingUnits, ...]


def as_if_running(
    document: EnvironmentDocument,
    flag_key: str,
    segment_id: str,
    *,
    experiment_key: str,
    gate: Mapping[str, object] | None = None,
) -> EnvironmentDocument:
    """The document with the experiment running whose override is for this segment; ``gate`` are other rules for it."""
    segment, flag = document["segments"][segment_id], document["flags"][flag_key]
    running = RunningExperiment(key=experiment_key, phase=FIRST_PHASE)
    overrides = [
        {**override, "experiment": override["experiment"] or running} if override["segment"] == segment_id else override
        for override in flag["overrides"]
    ]
    opened = {**segment, "open": True, "rules": segment["rules"] if gate is None else gate}
    changed = {
        **document,
        "segments": {**document["segments"], segment_id: opened},
        "flags": {**document["flags"], flag_key: {**flag, "overrides": overrides}},
    }
    return cast(EnvironmentDocument, changed)


def sample_keys(size: int) -> list[str]:
    """So many targeting keys, the same ones each time."""
    return [f"sample-{number}" for number in range(1, size + 1)]


def looks_per_unit(environment: CompiledEnvironment, flag_key: str, segment_id: str) -> int:
    """How much there is to look at anew for each unit: conditions and rules, where one deals by the targeting key."""
    flag = environment.flags[flag_key]
    place = _place(flag, segment_id)
    rules = [segment.rule for segment, _ in flag.overrides[: place + 1] if segment.rule is not None]
    return sum(_parts(rule) for rule in rules if _depends_on_key(rule))


def simulate(
    environment: CompiledEnvironment, flag_key: str, segment_id: str, keys: Sequence[str], traits: Traits
) -> Simulation:
    """How these units, all with the same traits, fare in the running experiment whose gate is this segment."""
    flag = environment.flags[flag_key]
    place = _place(flag, segment_id)
    gate, state = flag.overrides[place]
    ahead = [_Competing(segment, place) for place, (segment, _) in enumerate(flag.overrides[:place], start=1)]
    looked_at = [c for c in (each.among_units_with(traits) for each in ahead) if c is not None]
    counts: dict[int, int] = dict.fromkeys((each.priority for each in ahead), 0)
    arms = _arms(state)
    served = dict.fromkeys(arms, 0)
    in_gate = forced = 0
    for key in keys:
        if not gate.matches(key, traits):
            continue
        in_gate += 1
        if key in flag.identities:
            forced += 1
            continue
        for competing in looked_at:
            if competing.takes_all or competing.segment.matches(key, traits):
                counts[competing.priority] += 1
                break
        else:
            served[state.serve(key).variant] += 1
    return Simulation(
        units=len(keys),
        units_in_gate=in_gate,
        units_taking_part=sum(served.values()),
        arms=tuple(SimulatedArm(variant, arms[variant], units) for variant, units in served.items()),
        units_with_forced_value=forced,
        competing_overrides=tuple(
            CompetingUnits(each.segment, each.priority, counts[each.priority]) for each in ahead if each.segment.open
        ),
    )


@dataclass(frozen=True, slots=True)
class _Competing:
    segment: CompiledSegment
    priority: int
    takes_all: bool = False

    def among_units_with(self, traits: Traits) -> "_Competing | None":
        """The same, knowing whether these traits alone decide; None where they keep every unit out."""
        rule = self.segment.rule
        if rule is None:
            return None
        if _depends_on_key(rule):
            return self
        return replace(self, takes_all=True) if self.segment.matches("", traits) else None


def _place(flag: CompiledFlag, segment_id: str) -> int:
    return next(place for place, (segment, _) in enumerate(flag.overrides) if segment.id == segment_id)


def _arms(state: State) -> dict[str, Any]:
    """The value of each variant that the state serves, control first; one where everybody gets the same."""
    outcomes = [state.serve(None)] if state.split is None else state.split.outcomes
    values = {outcome.variant: outcome.value for outcome in outcomes}
    return {variant: values[variant] for variant in sorted(values, key=lambda v: (v != CONTROL_ARM, v))}


def _depends_on_key(rule: Rule) -> bool:
    split = any(part.operator is Operator.PERCENTAGE_SPLIT and part.trait is None for part in rule.conditions)
    return split or any(_depends_on_key(inner) for inner in rule.rules)


def _parts(rule: Rule) -> int:
    return 1 + len(rule.conditions) + sum(_parts(inner) for inner in rule.rules)
