"""Makes flags and segments that can be asked out of their documents; asks none, and keeps none.

Whatever is not as the format says is a ``BadSnapshot`` with the place and what is wrong.
"""

from collections.abc import Mapping
from dataclasses import replace
from itertools import accumulate
from typing import Any

from server.errors import InvalidInput
from server.evaluation.flags import CompiledFlag, CompiledSegment, Split, State
from server.evaluation.hashing import BUCKETS, Domain, hasher
from server.evaluation.outcomes import DEFAULT_VARIANT, Encode, ErrorCode, Evaluation, Reason
from server.evaluation.rules import AS_KEPT, parse_rules
from server.evaluation.rules.matching import compile_rule
from server.evaluation.snapshot import (
    CONTROL_ARM,
    BadSnapshot,
    FlagDocument,
    SegmentDocument,
    SplitDocument,
    fault_of,
    read,
    read_value,
)

Segments = Mapping[str, CompiledSegment | str]
"""By id: each one, or what is wrong with it."""

_KEYLESS = "This flag is split by the targeting key, and the context has none."


def compile_segment(segment_id: str, document: SegmentDocument) -> CompiledSegment:
    """A segment that can be asked.

    Raises:
        BadSnapshot: it is not as the format says, or its rules are none.
    """
    _refuse_fault(document)
    name, system = read(document, "name", str), read(document, "system", bool)
    if not read(document, "open", bool):
        return CompiledSegment(segment_id, name, system, document, None, lambda key, traits: False)
    try:
        rule = parse_rules(document.get("rules"), AS_KEPT)
        return CompiledSegment(segment_id, name, system, document, rule, compile_rule(rule))
    except (InvalidInput, ValueError) as error:
        raise BadSnapshot(f"the rules of segment {segment_id}: {error}") from error


def compile_flag(key: str, document: FlagDocument, segments: Segments, encode: Encode | None = None) -> CompiledFlag:
    """A flag that can be asked.

    Raises:
        BadSnapshot: it is not as the format says, or uses a segment that is not given.
    """
    _refuse_fault(document)
    return _FlagCompiler(key, document, encode).flag(segments)


def _refuse_fault(document: object) -> None:
    if (fault := fault_of(document)) is not None:
        raise BadSnapshot(fault)


class _FlagCompiler:
    """One pass over a flag's document: the facts that all of its outcomes share."""

    def __init__(self, key: str, document: FlagDocument, encode: Encode | None) -> None:
        self.key, self.document, self.encode = key, document, encode
        self.type = read(document, "type", str)
        self.default = read_value(document, "default", self.type)
        options = read(document, "options", dict)
        if CONTROL_ARM in options:
            raise BadSnapshot(f"options: {CONTROL_ARM!r} is no option's key")
        self.options = {name: read_value(options, name, self.type, where="options.") for name in options}
        self.experiment = self._experiment()
        self.disabled = self._outcome(self.default, DEFAULT_VARIANT, Reason.DISABLED)

    def flag(self, segments: Segments) -> CompiledFlag:
        identities = self._identities()
        overrides = tuple(
            self._override(place, override, segments)
            for place, override in enumerate(read(self.document, "overrides", list))
        )
        live = tuple((segment, state) for segment, state in overrides if segment.open)
        alone = not identities and not live
        plain = Reason.STATIC if alone else Reason.DEFAULT
        state = self._state(read(self.document, "state", dict), plain, False, where="state.")
        return CompiledFlag(
            key=self.key,
            server_only=read(self.document, "serverOnly", bool),
            document=self.document,
            identities=identities,
            overrides=overrides,
            live=live,
            state=state,
            constant=state.always if alone else None,
        )

    def _experiment(self) -> tuple[str, int] | None:
        """The running experiment of the flag; there is one at most."""
        found = None
        for place, override in enumerate(read(self.document, "overrides", list)):
            running = override.get("experiment") if isinstance(override, dict) else None
            if running is None:
                continue
            if found is not None:
                raise BadSnapshot("overrides: a flag is in one running experiment at most")
            where = f"overrides.{place}.experiment."
            found = read(running, "key", str, where=where), read(running, "phase", int, where=where)
        return found

    def _identities(self) -> dict[str, Evaluation]:
        """One outcome for all who are given the same option: a flag may name thousands."""
        forced = {name: self._outcome(value, name, Reason.TARGETING_MATCH) for name, value in self.options.items()}
        return {
            targeting_key: self._identity(identity, forced, where=f"identities.{targeting_key}.")
            for targeting_key, identity in read(self.document, "identities", dict).items()
        }

    def _identity(self, identity: object, forced: Mapping[str, Evaluation], *, where: str) -> Evaluation:
        if not read(identity, "enabled", bool, where=where):
            return self.disabled
        if isinstance(identity, dict) and identity.get("variant") is None:
            value = read_value(identity, "value", self.type, where=where)
            return self._outcome(value, CONTROL_ARM, Reason.TARGETING_MATCH)
        variant = read(identity, "variant", str, where=where)
        if variant not in forced:
            raise BadSnapshot(f"{where}variant is no option's key")
        return forced[variant]

    def _override(self, place: int, override: Any, segments: Segments) -> tuple[CompiledSegment, State]:
        where = f"overrides.{place}."
        segment = segments.get(read(override, "segment", str, where=where))
        if segment is None:
            raise BadSnapshot(f"{where}segment is none of the snapshot")
        if isinstance(segment, str):
            raise BadSnapshot(segment)
        takes_part = override.get("experiment") is not None
        return segment, self._state(override, Reason.TARGETING_MATCH, takes_part, where=where)

    def _state(self, state: Any, plain: Reason, takes_part: bool, *, where: str) -> State:
        enabled = read(state, "enabled", bool, where=where)
        arms = {CONTROL_ARM: read_value(state, "value", self.type, where=where), **self.options}
        split = state.get("split")
        runs = [(BUCKETS, CONTROL_ARM)] if split is None else self._runs(split, where=f"{where}split.")
        if not enabled:
            return State(self.disabled, None)
        if split is None or len(runs) == 1:
            arm = runs[0][1]
            return State(self._outcome(arms[arm], arm, plain, takes_part), None)
        dealt = {arm: self._outcome(arms[arm], arm, Reason.SPLIT, takes_part) for _, arm in runs}
        return State(
            None,
            Split(
                bucket=hasher(Domain.SPLIT, split["salt"]),
                ends=list(accumulate(length for length, _ in runs)),
                outcomes=[dealt[arm] for _, arm in runs],
                keyless=self._keyless(),
            ),
        )

    def _runs(self, split: SplitDocument, *, where: str) -> list[tuple[int, str]]:
        read(split, "salt", str, where=where)
        runs = [self._run(run, where=where) for run in read(split, "runs", list, where=where)]
        if sum(length for length, _ in runs) != BUCKETS:
            raise BadSnapshot(f"{where}runs must add up to {BUCKETS}")
        return runs

    def _run(self, run: object, *, where: str) -> tuple[int, str]:
        match run:
            case [int(length), str(arm)] if length > 0 and (arm == CONTROL_ARM or arm in self.options):
                return length, arm
        raise BadSnapshot(f"{where}runs must be pairs of a length above 0 and an arm of the flag")

    def _keyless(self) -> Evaluation:
        outcome = self._outcome(self.default, DEFAULT_VARIANT, Reason.ERROR, encode=False)
        return self._encoded(replace(outcome, error_code=ErrorCode.TARGETING_KEY_MISSING, error_message=_KEYLESS))

    def _outcome(
        self, value: Any, variant: str, reason: Reason, takes_part: bool = False, *, encode: bool = True
    ) -> Evaluation:
        experiment, phase = self.experiment or (None, None)
        in_experiment = None if self.experiment is None else takes_part
        outcome = Evaluation(
            key=self.key,
            value=value,
            variant=variant,
            reason=reason,
            experiment=experiment,
            phase=phase,
            in_experiment=in_experiment,
        )
        return self._encoded(outcome) if encode else outcome

    def _encoded(self, outcome: Evaluation) -> Evaluation:
        return outcome if self.encode is None else replace(outcome, encoded=self.encode(outcome))
