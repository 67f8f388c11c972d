"""What the database itself refuses: no row of a sealed version, no state, no segment version ever changes.

Each test commits: the guard lets a version's own transaction put placements in.
"""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction

from server.features.models import Segment, SegmentVersion
from server.projects.models import Versioning
from server.versioning.models import Allocation, FlagState, FlagVersion, Lineage, Placement
from tests.factories import NOW, World, new_world, options_by_key, shares
from tests.rows import unchanged
from tests.versioning.flags import change, live_version, override, served, update

pytestmark = pytest.mark.django_db(transaction=True)


def a_version(versioning: Versioning) -> tuple[World, FlagVersion, Segment]:
    """The live version of a flag with an override, and a segment that it has none for."""
    world = new_world(versioning)
    feature = world.feature()
    split = shares(feature, {"blue": 50})
    flag = update(world, feature, override(world.segment("beta"), "pink", shares=split))
    return world, live_version(flag), world.segment("spare")


def override_of(version: FlagVersion) -> Placement:
    return Placement.objects.select_related("state").get(version=version, priority=1)


def new_state(placement: Placement) -> FlagState:
    return FlagState.objects.create(lineage=placement.state.lineage, enabled=True, value="new")


def sql(statement: str, *parameters: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


Write = Callable[[FlagVersion, Segment], object]
INTO_A_VERSION: dict[str, Write] = {
    "the number of the version": lambda v, s: FlagVersion.objects.filter(pk=v.pk).update(number=9),
    "its seal": lambda v, s: FlagVersion.objects.filter(pk=v.pk).update(sealed_at=None),
    "the transaction that wrote it": lambda v, s: sql(
        "UPDATE versioning_flagversion SET written_in = txid_current() WHERE id = %s", v.pk
    ),
    "a priority": lambda v, s: Placement.objects.filter(pk=override_of(v).pk).update(priority=5),
    "the state of a placement": lambda v, s: Placement.objects.filter(pk=override_of(v).pk).update(
        state=new_state(override_of(v))
    ),
    "a placement that goes": lambda v, s: Placement.objects.filter(pk=override_of(v).pk).delete(),
    "a placement that comes": lambda v, s: Placement.objects.create(
        version=v, state=new_state(override_of(v)), segment=s, priority=2
    ),
    "the placement in plain SQL": lambda v, s: sql("DELETE FROM versioning_placement WHERE version_id = %s", v.pk),
}
ALWAYS: dict[str, Write] = {
    "a version that goes": lambda v, s: sql("DELETE FROM versioning_flagversion WHERE id = %s", v.pk),
    "the value of a state": lambda v, s: FlagState.objects.filter(pk=override_of(v).state_id).update(value=1),
    "whether a state is enabled": lambda v, s: FlagState.objects.update(enabled=False),
    "the transaction of a state": lambda v, s: sql("UPDATE versioning_flagstate SET written_in = txid_current()"),
    "a state that goes": lambda v, s: sql("DELETE FROM versioning_flagstate"),
    "a share": lambda v, s: Allocation.objects.update(share=1),
    "a share that goes": lambda v, s: Allocation.objects.all().delete(),
    "a share that comes": lambda v, s: Allocation.objects.create(
        state=override_of(v).state,
        option=options_by_key(v.flag.feature)["red"],
        share=1,
    ),
    "the rules of a segment version": lambda v, s: SegmentVersion.objects.update(rules={}),
    "the number of a segment version": lambda v, s: SegmentVersion.objects.filter(segment=s).update(number=2),
    "a segment version that goes": lambda v, s: sql("DELETE FROM features_segmentversion"),
}


@pytest.mark.parametrize("what", [*INTO_A_VERSION, *ALWAYS])
def test_nothing_of_a_sealed_version_is_written(what: str) -> None:
    _, version, spare = a_version(Versioning.V2)

    with unchanged(), pytest.raises(IntegrityError, match=r"never (changes|deleted)"), transaction.atomic():
        (INTO_A_VERSION | ALWAYS)[what](version, spare)


@pytest.mark.parametrize("what", ALWAYS)
def test_states_shares_and_rules_never_change_not_even_those_of_an_unsealed_version(what: str) -> None:
    _, version, spare = a_version(Versioning.V1)

    with unchanged(), pytest.raises(IntegrityError, match=r"never (changes|deleted)"), transaction.atomic():
        ALWAYS[what](version, spare)


@pytest.mark.parametrize("what", [name for name in INTO_A_VERSION if name != "its seal"])
def test_an_unsealed_version_is_written_into(what: str) -> None:
    _, version, spare = a_version(Versioning.V1)

    INTO_A_VERSION[what](version, spare)


def test_a_placement_cannot_be_moved_into_a_sealed_version() -> None:
    _, version, spare = a_version(Versioning.V1)
    _, sealed, _ = a_version(Versioning.V2)
    placement = Placement.objects.create(
        version=version, state=new_state(override_of(version)), segment=spare, priority=2
    )

    with unchanged(), pytest.raises(IntegrityError, match="never changes"):
        Placement.objects.filter(pk=placement.pk).update(version=sealed)


def test_a_version_is_sealed_once() -> None:
    _, version, _ = a_version(Versioning.V1)
    FlagVersion.objects.filter(pk=version.pk).update(sealed_at=NOW)

    with unchanged(), pytest.raises(IntegrityError, match="never changes"):
        Placement.objects.filter(version=version).delete()


def test_the_services_write_beside_what_is_sealed() -> None:
    world, version, _ = a_version(Versioning.V2)
    rows = {model: list(model.objects.order_by("pk").values()) for model in (FlagVersion, Placement, FlagState)}

    update(world, version.flag.feature, default=change("green"))

    for model, before in rows.items():
        assert list(model.objects.order_by("pk").values())[: len(before)] == before
    assert served(version.flag)["default"] == (True, "green", {})
    assert Lineage.objects.filter(flag=version.flag).count() == 2
