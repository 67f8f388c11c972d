"""The snapshot document of an environment, built from the database; it writes nothing, and evaluates nothing.

Builds again only what has changed since the document before: a flag has changed when its
version, its feature or its experiment has. A flag that cannot be built is no other one's fault: it
has a placeholder, until it can. The statements see one moment without a
transaction of their own: every write raises the environment's revision, so what was read
between two equal revisions belongs together.
"""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, NamedTuple, cast

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import DatabaseError, InterfaceError
from django.db.models import CharField, F, Q, QuerySet
from django.db.models.functions import Cast

from server.evaluation.buckets import CONTROL
from server.evaluation.snapshot import (
    CONTROL_ARM,
    FORMAT,
    EnvironmentDocument,
    FlagDocument,
    IdentityDocument,
    OverrideDocument,
    RunningExperiment,
    SegmentDocument,
    SplitDocument,
    StateDocument,
    fault_of,
)
from server.experimentation.models import Experiment, Rollout, Status
from server.features.models import Option, Segment, SegmentVersion
from server.projects.models import Environment
from server.versioning.models import Flag, IdentityOverride, Placement

MOST_ATTEMPTS = 20

FLAG_FAULT = "What is stored of the flag does not fit together; the server's log says more."
SEGMENT_FAULT = "What is stored of a segment does not fit together; the server's log says more."
"""All that a document says: it leaves the house, and what went wrong may hold anything."""

Stamp = tuple[object, ...]

_DESCRIBED_AT = Cast("feature__updated_at", CharField())
_FACTS = {
    "feature.key": F("feature__key"),
    "pk": F("pk"),
    "version": F("version"),
    "live_version_id": F("live_version_id"),
    "described_at": _DESCRIBED_AT,
}
"""A flag's key, and what its stamp is of: attributes of a row, and where the database has them."""

_facts_of = attrgetter(*_FACTS)

logger = logging.getLogger("fairsplit.snapshots")


class NoEnvironment(LookupError):
    """There is no environment with this id any more."""


class NoSteadyMoment(RuntimeError):
    """The environment was written all the time: no two looks at its revision were the same."""


class _Active(NamedTuple):
    """An experiment that is not completed. The first two facts tell whether it is as it was."""

    id: int
    version: int
    key: str
    status: str
    phase: int


@dataclass(frozen=True, slots=True)
class _Known:
    """The document that was built last, and the stamps of what it consists of."""

    document: EnvironmentDocument
    flags: Mapping[str, Stamp]
    segments: Mapping[str, Stamp]


@dataclass(slots=True)
class Snapshots:
    """Builds documents; remembers the last one of each environment, to build only what changed.

    ``only`` are the keys of the flags that are asked for; None for all.
    """

    only: Collection[str] | None = None
    _known: dict[int, _Known] = field(default_factory=dict)

    def load(self, environment_id: int, previous: EnvironmentDocument | None = None) -> EnvironmentDocument:
        """The environment's document, with the very parts of ``previous`` that did not change.

        Raises:
            NoEnvironment: there is none with this id.
            NoSteadyMoment: it was written the whole time.
        """
        known = self._known.get(environment_id)
        if known is None or known.document is not previous:
            known = None
        for _ in range(MOST_ATTEMPTS):
            environment = _environment(environment_id)
            built = _build(environment, known, self.only)
            if _environment(environment_id).revision == environment.revision:
                self._known[environment_id] = built
                return built.document
        self._known.pop(environment_id, None)
        raise NoSteadyMoment(f"environment {environment_id}")

    def forget(self, environment_id: int) -> None:
        """Let go of an environment that nobody asks for."""
        self._known.pop(environment_id, None)


def environment_document(environment_id: int, only: Collection[str] | None = None) -> EnvironmentDocument:
    """The environment's document, built anew: with all of its flags, or only those with these keys.

    Raises:
        NoEnvironment: there is none with this id.
        NoSteadyMoment: it was written the whole time.
    """
    return Snapshots(only).load(environment_id)


def _environment(environment_id: int) -> Environment:
    environment = Environment.objects.only("name", "revision").filter(pk=environment_id).first()
    if environment is None:
        raise NoEnvironment(environment_id)
    return environment


def _build(environment: Environment, known: _Known | None, only: Collection[str] | None) -> _Known:
    asked = Q() if only is None else Q(feature__key__in=only)
    here = Flag.objects.filter(asked, environment=environment)
    experiments = _active_experiments(environment, asked)
    rows = here.select_related("feature").annotate(described_at=_DESCRIBED_AT)
    documents: dict[str, FlagDocument] = {}
    if known is None:
        changed = list(rows)
        stamps = _stamps(map(_facts_of, changed), experiments)
    else:
        stamps = _stamps(_facts_of_all(here), experiments)
        documents = {
            key: document
            for key, document in known.document["flags"].items()
            if known.flags[key] == stamps.get(key) and fault_of(document) is None
        }
        changed = list(rows.filter(feature__key__in=stamps.keys() - documents.keys()))
    documents |= _flag_documents(changed, experiments, known)
    # A flag that went between two statements is missed here; the revision tells of it.
    in_order = {key: documents[key] for key in stamps if key in documents}
    segments, segment_stamps = _segment_documents(in_order.values(), known)
    return _Known(
        EnvironmentDocument(
            format=FORMAT,
            environment={"id": str(environment.pk), "name": environment.name},
            revision=environment.revision,
            segments=segments,
            flags=in_order,
        ),
        stamps,
        segment_stamps,
    )


def _active_experiments(environment: Environment, asked: Q) -> dict[int, _Active]:
    """By flag, each with the number of its open phase."""
    active = Experiment.objects.filter(asked, environment=environment).exclude(status=Status.COMPLETED)
    phased = active.filter(Q(phases__closed_at=None) | Q(phases=None))
    rows = phased.values_list("flag_id", "pk", "version", "key", "status", "phases__number")
    return {flag_id: _Active._make(facts) for flag_id, *facts in rows}


def _stamps(facts: Iterable[tuple[Any, ...]], experiments: Mapping[int, _Active]) -> dict[str, Stamp]:
    """By key, in the order of keys."""
    return {key: (pk, *rest, experiments[pk][:2] if pk in experiments else None) for key, pk, *rest in sorted(facts)}


def _facts_of_all(flags: QuerySet[Flag]) -> Iterable[tuple[Any, ...]]:
    """What stamps are of, as one row of arrays: most flags are as they were, and nothing is made of those."""
    arrays = [ArrayAgg(what, order_by="pk") for what in _FACTS.values()]
    columns = flags.aggregate(**{f"column_{place}": array for place, array in enumerate(arrays)})
    return zip(*(column or () for column in columns.values()), strict=True)


def _flag_documents(
    flags: Collection[Flag], experiments: Mapping[int, _Active], known: _Known | None
) -> dict[str, FlagDocument]:
    """The documents of these flags; of one that cannot be written it only says so, and the others are."""
    if not flags:
        return {}
    options: dict[int, dict[int, Option]] = defaultdict(dict)
    for option in Option.objects.filter(feature__in=[flag.feature_id for flag in flags], removed_at=None):
        options[option.feature_id][option.pk] = option
    placements: dict[int, list[Placement]] = defaultdict(list)
    live = Placement.objects.filter(version__in=[flag.live_version_id for flag in flags])
    for placement in live.select_related("state__bucket_map", "state__lineage"):
        placements[placement.version_id].append(placement)
    identities: dict[int, list[IdentityOverride]] = defaultdict(list)
    for identity in IdentityOverride.objects.filter(flag__in=flags).order_by("targeting_key"):
        identities[identity.flag_id].append(identity)
    documents: dict[str, FlagDocument] = {}
    for flag in flags:
        try:
            documents[flag.feature.key] = _flag_document(
                flag,
                options[flag.feature_id],
                placements[flag.live_version_id or 0],
                identities[flag.pk],
                experiments.get(flag.pk),
            )
        except (DatabaseError, InterfaceError):
            raise
        except Exception:
            if known is None or fault_of(known.document["flags"].get(flag.feature.key)) is None:
                logger.exception("flag %s: what is stored of “%s” does not fit together", flag.pk, flag.feature.key)
            documents[flag.feature.key] = cast(FlagDocument, {"fault": FLAG_FAULT})
    return documents


def _flag_document(
    flag: Flag,
    options: Mapping[int, Option],
    placements: Iterable[Placement],
    identities: Iterable[IdentityOverride],
    experiment: _Active | None,
) -> FlagDocument:
    feature = flag.feature
    states: list[StateDocument] = []
    overrides: list[OverrideDocument] = []
    for placement in placements:
        state = _state(placement, options)
        if placement.segment_id is None:
            states.append(state)
            continue
        running = _running(experiment) if placement.by_experiment else None
        overrides.append(OverrideDocument(**state, segment=str(placement.segment_id), experiment=running))
    (default,) = states
    return FlagDocument(
        type=feature.value_type,
        serverOnly=feature.server_only,
        default=feature.default_value,
        options={option.key: option.value for option in options.values()},
        identities={identity.targeting_key: _identity(identity, options) for identity in identities},
        overrides=overrides,
        state=default,
    )


def _running(experiment: _Active | None) -> RunningExperiment | None:
    if experiment is None or experiment.status != Status.RUNNING:
        return None
    return RunningExperiment(key=experiment.key, phase=experiment.phase)


def _state(placement: Placement, options: Mapping[int, Option]) -> StateDocument:
    state = placement.state
    return StateDocument(enabled=state.enabled, value=state.value, split=_split(placement, options))


def _split(placement: Placement, options: Mapping[int, Option]) -> SplitDocument | None:
    """None where control has everything: then nobody needs a bucket."""
    bucket_map = placement.state.bucket_map
    if bucket_map is None or all(arm == CONTROL for _, arm in bucket_map.runs):
        return None
    runs: list[list[int | str]] = [
        [length, CONTROL_ARM if arm == CONTROL else options[arm].key] for length, arm in bucket_map.runs
    ]
    return SplitDocument(salt=placement.state.lineage.salt, runs=runs)


def _identity(identity: IdentityOverride, options: Mapping[int, Option]) -> IdentityDocument:
    if identity.option_id is None:
        return IdentityDocument(enabled=identity.enabled, value=identity.value)
    return IdentityDocument(enabled=identity.enabled, variant=options[identity.option_id].key)


def _segment_documents(
    flags: Iterable[FlagDocument], known: _Known | None
) -> tuple[dict[str, SegmentDocument], dict[str, Stamp]]:
    """The segments that an override is for. The gate of an experiment is the one of its rollout."""
    ids = sorted({int(override["segment"]) for flag in flags for override in flag.get("overrides", ())})
    segments = list(Segment.objects.filter(pk__in=ids).order_by("pk")) if ids else []
    gates = dict(Rollout.objects.filter(segment__in=ids).values_list("segment_id", "gate_id")) if ids else {}
    versions = {s.pk: gates.get(s.pk) if s.is_system else s.current_id for s in segments}
    stamps: dict[str, Stamp] = {str(s.pk): (versions[s.pk], s.name, s.is_system, s.is_open) for s in segments}
    documents: dict[str, SegmentDocument] = {}
    if known is not None:
        documents = {
            key: document
            for key, document in known.document["segments"].items()
            if known.segments[key] == stamps.get(key) and fault_of(document) is None
        }
    wanted = [versions[segment.pk] for segment in segments if str(segment.pk) not in documents]
    rules = SegmentVersion.objects.in_bulk([version for version in wanted if version is not None]) if wanted else {}
    for segment in segments:
        key, version = str(segment.pk), rules.get(versions[segment.pk] or 0)
        if key in documents:
            continue
        if version is None:
            if known is None or fault_of(known.document["segments"].get(key)) is None:
                logger.error("segment %s has no rules", key)
            documents[key] = cast(SegmentDocument, {"fault": SEGMENT_FAULT})
            continue
        documents[key] = SegmentDocument(
            name=segment.name, system=segment.is_system, open=segment.is_open, rules=version.rules
        )
    return {str(segment.pk): documents[str(segment.pk)] for segment in segments}, stamps
