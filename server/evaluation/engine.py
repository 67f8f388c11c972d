"""Answers what a unit is served, from a snapshot compiled beforehand; does no I/O and reads no clock.

    environment = compile_environment(document)
    evaluate(environment, "checkout", "user-1", {"plan": "pro"}).value

An empty targeting key is none: units that share it by accident would all be one unit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from server.evaluation.compiling import Segments, compile_flag, compile_segment
from server.evaluation.flags import CompiledFlag, CompiledSegment, Memo
from server.evaluation.outcomes import Encode, Evaluation, not_found
from server.evaluation.rules.traits import Traits
from server.evaluation.snapshot import FORMAT, BadSnapshot, EnvironmentDocument, read, same


@dataclass(frozen=True, slots=True, eq=False)
class FlagList:
    """Flags in the order of their keys, apart by whether they depend on the unit."""

    constant: tuple[Evaluation, ...]
    """What can be sent to everyone as it is: encode it once."""

    dynamic: tuple[tuple[int, CompiledFlag], ...]
    """What has to be asked, with its place among all."""

    template: tuple[Evaluation, ...]
    """All of them in order, with a filler in the place of each dynamic one."""

    def evaluate_dynamic(self, targeting_key: str | None, traits: Traits) -> list[Evaluation]:
        """What the dynamic flags answer to a unit, in their order."""
        key, memo = targeting_key or None, Memo()
        return [flag.resolve(key, traits, memo) for _, flag in self.dynamic]


@dataclass(frozen=True, slots=True, eq=False)
class CompiledEnvironment:
    """What an environment serves, at one revision. It never changes: a new revision is another one."""

    id: str
    name: str
    revision: int
    flags: Mapping[str, CompiledFlag]
    """By key, in the order of their keys."""

    segments: Segments
    faults: Mapping[str, str]
    """What is wrong with each flag that is served as it was before, or not at all."""

    everything: FlagList
    for_clients: FlagList
    """Without what only servers may see."""


def compile_environment(
    document: EnvironmentDocument,
    previous: CompiledEnvironment | None = None,
    *,
    encode: Encode | None = None,
) -> CompiledEnvironment:
    """An environment that can be asked, compiling only what differs from the previous one.

    A flag that does not compile is kept as it was in ``previous``, or left out if it was
    not there, and is named in ``faults``. ``encode`` makes what a door sends for each
    outcome; give the same one each time.

    Raises:
        BadSnapshot: the document as a whole is not of this format.
    """
    if read(document, "format", int) != FORMAT:
        raise BadSnapshot(f"format must be {FORMAT}")
    name = read(document, "environment", dict)
    segments = _segments(read(document, "segments", dict), previous)
    flags: dict[str, CompiledFlag] = {}
    faults: dict[str, str] = {}
    for key, flag in sorted(read(document, "flags", dict).items()):
        old = previous.flags.get(key) if previous is not None else None
        try:
            unchanged = old is not None and _is_unchanged(old, flag, segments)
            flags[key] = old if old is not None and unchanged else compile_flag(key, flag, segments, encode)
        except Exception as error:  # whatever it is: the other flags are served
            faults[key] = _why(error)
            if old is not None:
                flags[key] = old
    return CompiledEnvironment(
        id=read(name, "id", str, where="environment."),
        name=read(name, "name", str, where="environment."),
        revision=read(document, "revision", int),
        flags=flags,
        segments=segments,
        faults=faults,
        everything=_flag_list(list(flags.values())),
        for_clients=_flag_list([flag for flag in flags.values() if not flag.server_only]),
    )


def evaluate(
    environment: CompiledEnvironment,
    flag_key: str,
    targeting_key: str | None,
    traits: Traits,
    *,
    client: bool = False,
) -> Evaluation:
    """What one flag answers to a unit. For a client, a flag that only servers may see is not there."""
    flag = environment.flags.get(flag_key)
    if flag is None or (client and flag.server_only):
        return not_found(flag_key)
    if flag.constant is not None:
        return flag.constant
    return flag.resolve(targeting_key or None, traits, {})


def evaluate_all(
    environment: CompiledEnvironment,
    targeting_key: str | None,
    traits: Traits,
    *,
    client: bool = False,
) -> list[Evaluation]:
    """What every flag answers to a unit, in the order of their keys; each segment is asked once."""
    flags = environment.for_clients if client else environment.everything
    key, memo = targeting_key or None, Memo()
    outcomes = list(flags.template)
    for place, flag in flags.dynamic:
        outcomes[place] = flag.resolve(key, traits, memo)
    return outcomes


def _segments(documents: Mapping[str, Any], previous: CompiledEnvironment | None) -> Segments:
    """Every segment, or what is wrong with it: that is the fault of the flags that use it."""
    segments: dict[str, CompiledSegment | str] = {}
    for segment_id, document in documents.items():
        old = previous.segments.get(segment_id) if previous is not None else None
        try:
            unchanged = isinstance(old, CompiledSegment) and same(old.document, document)
            segments[segment_id] = old if old is not None and unchanged else compile_segment(segment_id, document)
        except Exception as error:  # whatever it is: the other segments are sound
            segments[segment_id] = _why(error)
    return segments


def _why(error: Exception) -> str:
    return str(error) or repr(error)


def _is_unchanged(old: CompiledFlag, document: object, segments: Segments) -> bool:
    return all(segments.get(segment.id) is segment for segment, _ in old.overrides) and same(old.document, document)


def _flag_list(flags: list[CompiledFlag]) -> FlagList:
    return FlagList(
        constant=tuple(flag.constant for flag in flags if flag.constant is not None),
        dynamic=tuple((place, flag) for place, flag in enumerate(flags) if flag.constant is None),
        template=tuple(flag.constant or not_found(flag.key) for flag in flags),
    )
