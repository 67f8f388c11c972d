"""Evaluations, explanations and simulations in the API. Decides nothing: it tells what the engine found."""

from typing import Any, cast

import strawberry
from strawberry import ID
from strawberry.scalars import JSON

import server.schema.evaluation.enums  # noqa: F401 - the enums, before the types that use them
from server.evaluation import explain, outcomes
from server.evaluation.flags import CompiledSegment
from server.evaluation.outcomes import ErrorCode, Reason
from server.evaluation.rules import RuleType, rule_document
from server.evaluation.rules.language import Rule
from server.experimentation import simulation
from server.schema.features.types import SegmentCondition, rule_of
from server.schema.ids import encode_id
from server.schema.scalars import FlagValue


@strawberry.type(description="What one flag answers to a unit, as applications get it.")
class Evaluation:
    key: str = strawberry.field(description="The feature's key.")
    value: FlagValue | None = strawberry.field(description="The value; null only where no such flag can be evaluated.")
    variant: str | None = strawberry.field(
        description=(
            "The option's key; `control` where it is none, `default` where the value is the feature's default because "
            "the flag is off or there is no targeting key; null where there is no value."
        )
    )
    reason: Reason = strawberry.field(description="Why it is this value.")
    error_code: ErrorCode | None = strawberry.field(description="What was wrong with the question, for programs.")
    error_message: str | None = strawberry.field(description="What was wrong with the question, for people.")
    experiment: str | None = strawberry.field(description="The key of the experiment that runs on the flag.")
    phase: int | None = strawberry.field(description="The number of the phase that the experiment is in.")
    in_experiment: bool | None = strawberry.field(
        description="Whether the unit takes part; null where no experiment runs on the flag."
    )


def evaluation_of(found: outcomes.Evaluation) -> Evaluation:
    """What the engine answered."""
    return Evaluation(
        key=found.key,
        value=found.value,
        variant=None if found.value is None else found.variant,
        reason=found.reason,
        error_code=found.error_code,
        error_message=found.error_message,
        experiment=found.experiment,
        phase=found.phase,
        in_experiment=found.in_experiment,
    )


@strawberry.type(description="A segment, by its names alone.")
class EvaluatedSegment:
    id: ID = strawberry.field(description="The segment's id.")
    name: str = strawberry.field(
        description="The segment's name; where it holds an experiment's gate, the experiment's key."
    )
    system: bool = strawberry.field(description="Whether it belongs to an experiment, and holds its gate.")


@strawberry.type(description="A look at one condition of a segment.")
class ExplainedCondition:
    condition: SegmentCondition = strawberry.field(description="The condition.")
    trait_value: JSON | None = strawberry.field(description="The unit's trait, or its targeting key; null for none.")
    bucket: int | None = strawberry.field(
        description="Of a percentage split, the unit's bucket from 0 to 9,999: one below the share is in it."
    )
    outcome: explain.Outcome = strawberry.field(description="What came of it.")


@strawberry.type(description="A look at one rule of a segment, with all of its parts.")
class ExplainedRule:
    type: RuleType = strawberry.field(description="How many parts have to match.")
    outcome: explain.Outcome = strawberry.field(description="What came of it.")
    conditions: list[ExplainedCondition] = strawberry.field(description="Its conditions.")
    rules: list["ExplainedRule"] = strawberry.field(description="The rules inside it.")


@strawberry.type(description="One thing that may decide what a unit gets: the one that matched did.")
class ExplanationStep:
    source: explain.Source = strawberry.field(description="What it is.")
    outcome: explain.Outcome = strawberry.field(description="What came of it.")
    segment: EvaluatedSegment | None = strawberry.field(description="Whom the override is for; null for the others.")
    priority: int | None = strawberry.field(description="The override's place: 1 is looked at first.")
    rule: ExplainedRule | None = strawberry.field(
        description=(
            "The segment's rules, each part with what came of it; of an experiment, audience and gate. Null for a "
            "segment that is closed or was not reached."
        )
    )
    bucket: int | None = strawberry.field(
        description="The unit's bucket from 0 to 9,999, where this step decided by a split."
    )
    variant: str | None = strawberry.field(description="What the unit got, where this step decided.")


@strawberry.type(description="Why a unit has what a flag answers.")
class Explanation:
    evaluation: Evaluation = strawberry.field(description="What the flag answers.")
    steps: list[ExplanationStep] = strawberry.field(
        description=(
            "Everything that may decide, in order: what was looked at, up to what decided, and what was not reached."
        )
    )


def explanation_of(found: explain.Explanation) -> Explanation:
    """What the engine explained."""
    steps: list[ExplanationStep] = []
    overrides = 0
    for step in found.steps:
        overrides += step.source is explain.Source.OVERRIDE
        steps.append(
            ExplanationStep(
                source=step.source,
                outcome=step.outcome,
                segment=_segment(step.segment) if step.segment else None,
                priority=overrides if step.segment else None,
                rule=_rule(step.rule, step.segment.rule) if step.rule and step.segment and step.segment.rule else None,
                bucket=step.bucket,
                variant=found.evaluation.variant if step.outcome is explain.Outcome.MATCHED else None,
            )
        )
    return Explanation(evaluation=evaluation_of(found.evaluation), steps=steps)


def _rule(look: explain.RuleLook, rule: Rule) -> ExplainedRule:
    told = rule_of(rule_document(rule)).conditions
    return ExplainedRule(
        type=look.type,
        outcome=look.outcome,
        conditions=[
            ExplainedCondition(
                condition=condition, trait_value=cast(Any, seen.trait_value), bucket=seen.bucket, outcome=seen.outcome
            )
            for condition, seen in zip(told, look.conditions, strict=True)
        ],
        rules=[_rule(inner, part) for inner, part in zip(look.rules, rule.rules, strict=True)],
    )


def _segment(segment: CompiledSegment) -> EvaluatedSegment:
    return EvaluatedSegment(id=encode_id("Segment", int(segment.id)), name=segment.name, system=segment.system)


@strawberry.type(description="A variant of a simulated experiment.")
class SimulatedArm:
    variant: str = strawberry.field(
        description="The option's key, or `control`; `default` where the rollout disables the flag."
    )
    value: FlagValue = strawberry.field(description="What it serves.")
    units: int = strawberry.field(description="How many units would get it.")


@strawberry.type(description="An override that is looked at before a simulated experiment's.")
class SimulatedOverride:
    segment: EvaluatedSegment = strawberry.field(description="Whom it is for.")
    priority: int = strawberry.field(description="Its place: 1 is looked at first.")
    units: int = strawberry.field(description="How many units it takes away that the gate would have taken.")


@strawberry.type(
    description=(
        "How units would fare if an experiment ran as it is set now. Those of the arms, those with a forced value and "
        "those of competing overrides add up to those in the gate."
    )
)
class Simulation:
    units: int = strawberry.field(description="How many units were looked at.")
    units_in_gate: int = strawberry.field(description="How many of them audience and gate would take.")
    units_taking_part: int = strawberry.field(description="How many of those nothing else would take away.")
    arms: list[SimulatedArm] = strawberry.field(description="How those who take part are divided, control first.")
    units_with_forced_value: int = strawberry.field(
        description="How many in the gate have a value forced on them, and so take no part."
    )
    competing_overrides: list[SimulatedOverride] = strawberry.field(
        description="The overrides that are looked at before the experiment's, in their order."
    )


def simulation_of(found: simulation.Simulation) -> Simulation:
    """What the simulation counted."""
    return Simulation(
        units=found.units,
        units_in_gate=found.units_in_gate,
        units_taking_part=found.units_taking_part,
        arms=[SimulatedArm(variant=arm.variant, value=arm.value, units=arm.units) for arm in found.arms],
        units_with_forced_value=found.units_with_forced_value,
        competing_overrides=[
            SimulatedOverride(segment=_segment(each.segment), priority=each.priority, units=each.units)
            for each in found.competing_overrides
        ],
    )
