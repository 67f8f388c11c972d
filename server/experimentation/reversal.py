"""What reverting a completion makes of a flag, and what stands in its way. Writes nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import F

from server.evaluation.percentages import BasisPoints
from server.experimentation.completion import DecisionKind
from server.experimentation.locks import LockedExperiment
from server.features.models import Hold, SegmentVersion
from server.features.values import canonical_value, value_problems
from server.versioning.apply import number_problems
from server.versioning.lineup import Content, Lineup, Standing, content_of
from server.versioning.maps import Met
from server.versioning.models import BucketMap, Placement


def in_the_way(locked: LockedExperiment) -> list[str]:
    """Everything that keeps the completion from being reverted, in words."""
    return [*_missing(locked), *_changed_since(locked)]


def reverted(locked: LockedExperiment) -> Lineup:
    """The flag's lineup with the default and the experiment's override as the receipt says they were.

    Plain overrides stay as they are. Those that are new stand ahead of the experiment's: explicit
    targeting wins.
    """
    rollout, receipt = locked.rollout, locked.experiment.receipt
    assert rollout is not None and receipt is not None, "a completed experiment has both"
    lineup = locked.flag.lineup.without(rollout.segment_id)
    if _decided_on_default(receipt):
        before = _content(receipt["before"]["default"], value_type=locked.flag.feature.value_type)
        lineup = replace(lineup, default=lineup.default.serving(before))
    content = content_of(rollout.state, value_type=locked.flag.feature.value_type)
    override = Standing(rollout.segment, content, rollout.state, by_experiment=True)
    return lineup.with_override(override, priority=_priority(lineup, receipt, rollout.segment_id))


def met_before(locked: LockedExperiment) -> Met:
    """The bucket map that the default had before the completion: units go back to what they had."""
    receipt = locked.experiment.receipt
    assert receipt is not None, "a completed experiment has its receipt"
    if not _decided_on_default(receipt):
        return {}
    return {None: BucketMap.objects.filter(pk=receipt["before"]["defaultBucketMap"]).first()}


def _priority(lineup: Lineup, receipt: Mapping[str, Any], segment_id: int) -> int:
    """Ahead of the first of those that it was ahead of, else last."""
    were = [override["segment"]["id"] for override in receipt["before"]["overrides"]]
    behind = set(were[were.index(segment_id) + 1 :])
    places = (at for at, o in enumerate(lineup.overrides, start=1) if o.segment and o.segment.pk in behind)
    return next(places, len(lineup.overrides) + 1)


def _missing(locked: LockedExperiment) -> Iterator[str]:
    """What the experiment needs and is there no more."""
    rollout, receipt, flag = locked.rollout, locked.experiment.receipt, locked.flag
    assert rollout is not None and receipt is not None
    dealt = {a["optionId"]: a["key"] for a in receipt["before"]["default"]["allocations"]}
    dealt |= {a.option_id: a.option.key for a in rollout.state.allocations.select_related("option")}
    for option_id, key in sorted(dealt.items()):
        if option_id not in flag.options:
            yield f"the option “{key}” has been removed since"
    values = (rollout.state.value, receipt["before"]["default"]["value"])
    if any(value_problems(value, flag.feature.value_type, path=()) for value in values):
        yield "the feature has values of another type now"
    is_new = flag.lineup.override(rollout.segment_id) is None
    if is_new and number_problems(len(flag.lineup.overrides) + 1, path=()):
        yield "the flag has as many overrides as it may have"


def _changed_since(locked: LockedExperiment) -> Iterator[str]:
    """What the reversal would overwrite, and is not as the completion left it."""
    rollout, receipt, flag = locked.rollout, locked.experiment.receipt, locked.flag
    assert rollout is not None and receipt is not None
    value_type = flag.feature.value_type
    if _decided_on_default(receipt):
        left = _content(receipt["after"]["default"], value_type=value_type)
        if not flag.lineup.default.content.same_as(left):
            yield "what the flag serves by default has been changed since"
    if receipt["decision"] != DecisionKind.SHIP_TO_GATE:
        return
    segment = rollout.segment
    override = flag.lineup.override(segment.pk)
    then = next(o for o in receipt["after"]["overrides"] if o["segment"]["id"] == segment.pk)
    if override is None or not override.content.same_as(_content(then, value_type=value_type)):
        yield f"the override for the segment “{segment.name}” has been changed since"
    latest = SegmentVersion.objects.filter(segment=segment).latest("number")
    touched = segment.updated_at != datetime.fromisoformat(receipt["at"])
    if segment.removed_at is not None or latest.pk != rollout.gate_id or touched:
        yield f"the segment “{segment.name}” has been changed since"
    elsewhere = Placement.objects.filter(segment=segment, version__flag__live_version=F("version"))
    if elsewhere.exclude(version__flag=flag.flag).exists() or Hold.objects.filter(segment=segment).exists():
        yield f"the segment “{segment.name}” is used elsewhere by now"


def _decided_on_default(receipt: Mapping[str, Any]) -> bool:
    return bool(receipt["before"]["default"] != receipt["after"]["default"])


def _content(facts: Mapping[str, Any], *, value_type: str) -> Content:
    """A state as the receipt tells of it."""
    shares = {a["optionId"]: BasisPoints(a["basisPoints"]) for a in facts["allocations"]}
    return Content(facts["enabled"], canonical_value(facts["value"], value_type), shares)
