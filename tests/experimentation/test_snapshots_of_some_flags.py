"""A document of some flags says of them what the whole one says, and nothing of the others."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from server.experimentation.snapshots import Snapshots, environment_document
from tests.experimentation.acting import change_flag, override, start
from tests.factories import World, options_by_key
from tests.versioning.identities import force, release


def test_it_holds_those_flags_as_they_are_and_their_segments(v2: World) -> None:
    for key in ("colour", "size", "shape"):
        feature = v2.feature(key=key)
        change_flag(v2, feature, override(v2.segment(), value="plain"))
        force(v2, feature, option=options_by_key(feature)["blue"])
        start(v2, v2.experiment(feature))

    whole = environment_document(v2.environment.pk)
    some = environment_document(v2.environment.pk, ["size", "colour", "nothing"])

    assert list(some["flags"]) == ["colour", "size"]
    assert some["flags"] == {key: whole["flags"][key] for key in ("colour", "size")}
    used = {override["segment"] for flag in some["flags"].values() for override in flag["overrides"]}
    assert some["segments"] == {id: whole["segments"][id] for id in used}
    assert len(used) == 4
    assert {**some, "flags": None, "segments": None} == {**whole, "flags": None, "segments": None}


def test_a_forced_value_is_seen_by_who_builds_only_what_changed(v2: World) -> None:
    feature, other = v2.feature(key="colour"), v2.feature(key="size")
    snapshots = Snapshots()
    before = snapshots.load(v2.environment.pk)

    force(v2, feature, "white")
    forced = snapshots.load(v2.environment.pk, before)
    force(v2, feature, "black", enabled=False)
    changed = snapshots.load(v2.environment.pk, forced)
    release(v2, feature)
    after = snapshots.load(v2.environment.pk, changed)

    assert [each["flags"]["colour"]["identities"] for each in (before, forced, changed, after)] == [
        {},
        {"user-1": {"enabled": True, "value": "white"}},
        {"user-1": {"enabled": False, "value": "black"}},
        {},
    ]
    assert after["flags"][other.key] is before["flags"][other.key]


def test_one_flag_takes_as_many_statements_among_many(v2: World) -> None:
    counts = []
    for n in range(6):
        feature = v2.feature(key=f"f{n}")
        change_flag(v2, feature, override(v2.segment(), value="plain"))
        start(v2, v2.experiment(feature))
        with CaptureQueriesContext(connection) as queries:
            environment_document(v2.environment.pk, ["f0"])
        counts.append(len(queries))

    assert set(counts) == {10}
