"""Bucket maps in the API: which variant has which of the 10,000 buckets, and what the last edit moved."""

import strawberry
import strawberry_django

from server.evaluation.buckets import CONTROL
from server.features.options import CONTROL as CONTROL_KEY
from server.schema.fields import computed, field
from server.schema.ids import encode_id
from server.versioning import models
from server.versioning.selectors import option_keys


@strawberry.type(description="Buckets in a row that one variant has.")
class BucketRun:
    length: int = strawberry.field(description="How many buckets.")
    variant: str = strawberry.field(description="The variant's key: `control`, or that of an option.")
    option_id: strawberry.ID | None = strawberry.field(description="The option's id; null for control.")


@strawberry_django.type(
    models.BucketMap,
    description=(
        "Which variant has which of the 10,000 buckets that units are hashed to. Never changes: other shares make "
        "the next map, which moves as few buckets as they make necessary."
    ),
)
class BucketMap:
    moved: int = field(description="How many of the 10,000 buckets have another variant than in the predecessor.")
    predecessor: "BucketMap | None" = field(
        description="The map that units met before; null for the first, which moves from control alone."
    )

    @computed(
        description="The salt that units are hashed with: it stays the same from map to map.",
        only=["lineage__salt"],
        select_related=["lineage"],
    )
    @staticmethod
    def salt(root: models.BucketMap) -> str:
        return root.lineage.salt

    @computed(
        description="The variants from bucket 0 on: the lengths add up to 10,000, and neighbours differ.",
        only=["runs", "lineage"],
        annotate={"option_keys": option_keys()},
    )
    @staticmethod
    def runs(root: models.BucketMap) -> list[BucketRun]:
        return [_run(length, arm, root.option_keys) for length, arm in root.runs]


def _run(length: int, arm: int, keys: dict[str, str]) -> BucketRun:
    if arm == CONTROL:
        return BucketRun(length=length, variant=CONTROL_KEY, option_id=None)
    return BucketRun(length=length, variant=keys[str(arm)], option_id=encode_id("MultivariateOption", arm))
