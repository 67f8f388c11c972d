"""The gate: a percentage of the units, dealt by the experiment's own salt, held by a system segment."""

from datetime import datetime
from typing import Any

from server.accounts.authors import Author
from server.database.rows import insert
from server.evaluation.percentages import BasisPoints
from server.evaluation.rules import Condition, Operator, Rule, RuleType, rule_document
from server.experimentation.models import Experiment
from server.features.models import Segment, SegmentVersion
from server.features.segments import add_version


def gate_rules(*, percentage: BasisPoints, salt: str, audience: SegmentVersion | None = None) -> dict[str, Any]:
    """The rule that takes this share of the units in: of all, or of those in the audience."""
    split = Condition(trait=None, operator=Operator.PERCENTAGE_SPLIT, value=percentage, salt=salt)
    rules = rule_document(Rule(RuleType.ALL, rules=(), conditions=(split,)))
    return rules if audience is None else rules | {"rules": [audience.rules]}


def gate_percentage(gate: SegmentVersion) -> BasisPoints:
    """The share of the units that a gate takes in."""
    (split,) = gate.rules["conditions"]
    return BasisPoints(split["percentage"])


def closed_segment(experiment: Experiment, *, now: datetime) -> Segment:
    """The system segment that is to hold the experiment's gate; not written yet."""
    return Segment(
        project=experiment.environment.project,
        name=experiment.key,
        is_system=True,
        is_open=False,
        created_at=now,
        updated_at=now,
    )


def write_gate(
    experiment: Experiment,
    segment: Segment,
    gate: SegmentVersion | None,
    *,
    percentage: BasisPoints,
    author: Author,
    now: datetime,
) -> SegmentVersion:
    """The segment's gate at this percentage: its first, another one, or ``gate`` where that is there already.

    Its audience is the experiment's.
    """
    rules = gate_rules(percentage=percentage, salt=experiment.gate_salt, audience=experiment.audience)
    if gate is not None and gate.rules == rules:
        return gate
    if segment._state.adding:
        insert(segment)
    number = 1 if gate is None else gate.number + 1
    return add_version(segment, rules=rules, number=number, author=author, now=now)
