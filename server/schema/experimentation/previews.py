"""What a dry run answers: what the write would mean for users."""

import strawberry

from server.experimentation import preview
from server.experimentation.phases import PhaseAction
from server.schema.features.types import Segment
from server.schema.scalars import Percentage


@strawberry.type(
    description=(
        "An override that is looked at first: its units get what it serves, and not what the experiment does or what "
        "its completion has decided."
    )
)
class CompetingOverride:
    segment: Segment = strawberry.field(description="Whom the override is for.")
    priority: int = strawberry.field(description="Its place among the flag's overrides; 1 is looked at first.")


@strawberry.type(description="What a write means for users.")
class Impact:
    phase_action: PhaseAction = strawberry.field(description="What happens to the experiment's phases.")
    buckets_moved: int = strawberry.field(
        description="How many of the split's 10,000 buckets have another variant than what units met last."
    )
    units_affected_percent: Percentage = strawberry.field(
        description=(
            "The share of the units that are served another value than now, of those whom the audience takes in "
            "and no other override takes."
        )
    )
    competing_overrides: list[CompetingOverride] = strawberry.field(
        description=(
            "The overrides that come before the experiment's, at most 200. Where a completion ends that one, all the "
            "plain ones: for their units they still come before the default, which serves what was decided."
        )
    )


@strawberry.type(description="What a write would mean: everything was checked, and nothing was written.")
class Preview:
    impact: Impact = strawberry.field(description="What the write would mean for users.")


def preview_of(told: preview.Preview) -> Preview:
    """A dry run's answer as the API tells it."""
    impact = told.impact
    return Preview(
        impact=Impact(
            phase_action=impact.phase_action,
            buckets_moved=impact.buckets_moved,
            units_affected_percent=Percentage(impact.units_affected),
            competing_overrides=[
                CompetingOverride(segment=each.segment, priority=each.priority)  # type: ignore[arg-type]
                for each in impact.competing_overrides
            ],
        )
    )
