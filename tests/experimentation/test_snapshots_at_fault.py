"""What is stored of one flag does not fit together: the document says so of that flag, and of no other one."""

import logging
from typing import Any

import pytest
from django.utils import timezone

from server.evaluation.engine import compile_environment, evaluate
from server.evaluation.snapshot import EnvironmentDocument
from server.experimentation import snapshots as builder
from server.experimentation.snapshots import Snapshots, environment_document
from server.features.models import Feature, Option, Segment
from server.projects.models import Environment
from server.projects.revisions import bump_revision
from tests.experimentation.acting import change_flag, override, start
from tests.factories import NOW, World, options_by_key
from tests.versioning.identities import force

AT_FAULT = {"fault": "What is stored of the flag does not fit together; the server's log says more."}


def damage(world: World, feature: Feature) -> None:
    """Take away an option that the flag still serves, past all the rules, and tell of a change."""
    Option.objects.filter(feature=feature, key="blue").update(removed_at=NOW)
    Feature.objects.filter(pk=feature.pk).update(updated_at=timezone.now())
    bump_revision(world.environment)


def mend(world: World, feature: Feature) -> None:
    Option.objects.filter(feature=feature, key="blue").update(removed_at=None)
    bump_revision(world.environment)


def rebuilt(snapshots: Snapshots, world: World, previous: EnvironmentDocument | None = None) -> EnvironmentDocument:
    return snapshots.load(world.environment.pk, previous)


def test_a_damaged_flag_is_a_placeholder_and_the_others_go_on(v2: World) -> None:
    forced, split, _ = (v2.feature(key=key) for key in ("forced", "split", "sound"))
    force(v2, forced, option=options_by_key(forced)["blue"])
    start(v2, v2.experiment(split))
    snapshots = Snapshots()
    before = rebuilt(snapshots, v2)

    for feature in (forced, split):
        damage(v2, feature)
    after = rebuilt(snapshots, v2, before)

    assert after["flags"] == {"forced": AT_FAULT, "split": AT_FAULT, "sound": before["flags"]["sound"]}
    assert after["flags"]["sound"] is before["flags"]["sound"]
    assert after["revision"] == Environment.objects.get(pk=v2.environment.pk).revision > before["revision"]
    assert after["segments"] == {}  # nothing that is left needs one
    assert environment_document(v2.environment.pk)["flags"] == after["flags"]


def test_an_application_keeps_the_flag_as_it_was_until_it_can_be_built_again(v2: World) -> None:
    feature, switch = v2.feature(key="forced"), v2.feature(key="kill-switch")
    force(v2, feature, option=options_by_key(feature)["blue"])
    snapshots = Snapshots()
    before = rebuilt(snapshots, v2)
    served = compile_environment(before)

    damage(v2, feature)
    change_flag(v2, switch, default=override(0, value="off").change)
    at_fault = rebuilt(snapshots, v2, before)
    kept = compile_environment(at_fault, served)
    mend(v2, feature)
    mended = rebuilt(snapshots, v2, at_fault)

    assert kept.faults == {"forced": AT_FAULT["fault"]}
    assert evaluate(kept, "forced", "user-1", {}).value == "blue"
    assert evaluate(kept, "kill-switch", "user-1", {}).value == "off"
    assert mended["flags"]["forced"] == before["flags"]["forced"]
    assert compile_environment(mended, kept).faults == {}


def test_the_log_says_what_happened_once_and_the_document_does_not(v2: World, caplog: pytest.LogCaptureFixture) -> None:
    feature = v2.feature(key="forced")
    force(v2, feature, option=options_by_key(feature)["blue"])
    damage(v2, feature)
    snapshots = Snapshots()
    with caplog.at_level(logging.ERROR, logger="fairsplit.snapshots"):
        first = rebuilt(snapshots, v2)
        bump_revision(v2.environment)
        rebuilt(snapshots, v2, first)

    said = [record for record in caplog.records if record.name == "fairsplit.snapshots"]
    assert len(said) == 1
    assert "forced" in said[0].message
    assert said[0].exc_info is not None
    assert said[0].exc_info[0] is KeyError


def test_a_segment_without_rules_is_the_fault_of_the_flags_that_use_it(
    v2: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    feature, other = v2.feature(key="targeted"), v2.feature(key="other")
    segment = v2.segment()
    change_flag(v2, feature, override(segment, value="plain"))
    snapshots = Snapshots()
    before = rebuilt(snapshots, v2)
    versions: Any = builder.SegmentVersion.objects
    with monkeypatch.context() as patch:
        patch.setattr(versions, "in_bulk", lambda _ids: {})  # the database's own rules forbid it
        Segment.objects.filter(pk=segment.pk).update(name="Renamed")
        bump_revision(v2.environment)
        at_fault = rebuilt(snapshots, v2, before)
    bump_revision(v2.environment)
    mended = rebuilt(snapshots, v2, at_fault)

    environment = compile_environment(at_fault)
    assert at_fault["segments"] == {str(segment.pk): {"fault": builder.SEGMENT_FAULT}}
    assert environment.faults == {"targeted": builder.SEGMENT_FAULT}
    assert list(environment.flags) == [other.key]
    assert mended["segments"][str(segment.pk)]["name"] == "Renamed"
    assert compile_environment(mended).faults == {}


def test_what_nobody_asks_for_any_more_is_let_go_of(v2: World) -> None:
    v2.feature(key="sound")
    snapshots = Snapshots()
    before = rebuilt(snapshots, v2)
    snapshots.forget(v2.environment.pk)

    assert rebuilt(snapshots, v2, before)["flags"]["sound"] is not before["flags"]["sound"]
