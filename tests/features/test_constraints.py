"""What the database itself keeps of features, options and segments, whoever writes."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction

from server.features.models import Feature, Option, Segment, SegmentVersion
from tests.factories import NOW, World
from tests.rows import unchanged

Write = Callable[[Feature, Segment], object]
REFUSED: dict[str, Write] = {
    "feature_key_unique": lambda f, s: Feature.objects.create(
        project=f.project, key=f.key, value_type="JSON", default_value=1, created_at=NOW, updated_at=NOW
    ),
    "feature_key_form": lambda f, s: Feature.objects.update(key="1st"),
    "feature_value_type_known": lambda f, s: Feature.objects.update(value_type="DATE"),
    "option_key_unique": lambda f, s: Option.objects.filter(feature=f).update(key="same"),
    "option_key_form": lambda f, s: Option.objects.create(feature=f, key="control", value=1),
    "option_default_allocation_range": lambda f, s: Option.objects.update(default_allocation=10_001),
    "segment_name_unique": lambda f, s: Segment.objects.create(
        project=s.project, name=s.name, created_at=NOW, updated_at=NOW
    ),
    "segment_ordinary_is_open": lambda f, s: Segment.objects.update(is_open=False),
    "segment_version_number_unique": lambda f, s: SegmentVersion.objects.create(
        segment=s, number=1, rules={}, created_at=NOW, author_kind="USER", author_name="x"
    ),
}


@pytest.mark.parametrize("constraint", REFUSED)
def test_the_database_refuses(world: World, constraint: str) -> None:
    feature, segment = world.feature(), world.segment()

    with unchanged(), pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        REFUSED[constraint](feature, segment)


def test_keys_and_names_of_what_was_removed_are_free(world: World) -> None:
    feature, segment = world.feature(options=("blue",)), world.segment("beta")
    feature.options.update(removed_at=NOW)
    Segment.objects.filter(pk=segment.pk).update(removed_at=NOW)

    assert Option.objects.create(feature=feature, key="blue", value=1).pk
    assert world.segment("beta").pk
