"""The gate: a percentage of the units, dealt by the experiment's own salt, held by a system segment."""

from datetime import datetime
from typing import Any

from server.accounts.authors import Author
from server.evaluation.percentages import BasisPoints
from server.evaluation.rules import Condition, Operator, Rule, RuleType, rule_document
from server.experimentation.models import Experiment
from server.features.models import Segment, SegmentVersion
from server.features.segments import add_version


def gate_rules(*, percentage: BasisPoints, salt: str) -> dict[str, Any]:
    """The rule that takes this share of the units in."""
    split = Condition(trait=None, operator=Operator.PERCENTAGE_SPLIT, value=percentage, salt=salt)
    return rule_document(Rule(RuleType.ALL, rules=(), conditions=(split,)))


def gate_percentage(gate: SegmentVersion) -> BasisPoints:
    """The share of the units that a gate takes in."""
    (split,) = gate.rules["conditions"]
    return BasisPoints(split["percentage"])


def create_gate(
    experiment: Experiment, *, percentage: BasisPoints, author: Author, now: datetime
) -> tuple[Segment, SegmentVersion]:
    """A closed system segment with the experiment's gate."""
    segment = Segment.objects.create(
        project=experiment.environment.project,
        name=experiment.key,
        is_system=True,
        is_open=False,
        created_at=now,
        updated_at=now,
    )
    rules = gate_rules(percentage=percentage, salt=experiment.gate_salt)
    return segment, add_version(segment, rules=rules, number=1, author=author, now=now)


def move_gate(
    segment: Segment, gate: SegmentVersion, *, percentage: BasisPoints, author: Author, now: datetime
) -> SegmentVersion:
    """The segment's gate at this percentage: a new version, unless it is there already."""
    if gate_percentage(gate) == percentage:
        return gate
    (split,) = gate.rules["conditions"]
    rules = gate_rules(percentage=percentage, salt=split["salt"])
    return add_version(segment, rules=rules, number=gate.number + 1, author=author, now=now)
