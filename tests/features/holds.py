"""Places holds as an experiment would, on the floor that knows no experiments."""

from server.errors import Reference
from server.features.models import Feature, Forbids, Hold, Segment
from server.projects.models import Environment

HOLDER = Reference("Experiment", 7, "Checkout")


def hold(
    feature: Feature,
    environment: Environment,
    forbids: Forbids,
    segment: Segment | None = None,
    *,
    holder: Reference = HOLDER,
) -> Hold:
    """A hold by the experiment “Checkout”, unless it is another one's."""
    return Hold.objects.create(
        feature=feature,
        environment=environment,
        segment=segment,
        forbids=forbids,
        holder_type=holder.type,
        holder_id=holder.id,
        holder_name=holder.name,
    )
