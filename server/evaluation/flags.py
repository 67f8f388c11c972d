"""One flag as it is evaluated: every outcome is made, what is left is a hash and a search; reads no documents."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

from server.evaluation.hashing import Hasher
from server.evaluation.outcomes import Evaluation
from server.evaluation.rules import Rule
from server.evaluation.rules.matching import Matcher
from server.evaluation.rules.traits import Traits
from server.evaluation.snapshot import FlagDocument, SegmentDocument

Memo = dict["CompiledSegment", bool]
"""Which segments a unit was found in or out of, in one look at several flags."""


@dataclass(frozen=True, slots=True, eq=False)
class CompiledSegment:
    """A segment that can be asked. A closed one has no rule: its override is not there for anybody."""

    id: str
    name: str
    system: bool
    document: SegmentDocument
    rule: Rule | None
    matches: Matcher

    @property
    def open(self) -> bool:
        return self.rule is not None


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """A bucket map that deals: ``ends`` of its runs, and the outcome of each run."""

    bucket: Hasher
    ends: list[int]
    outcomes: list[Evaluation]
    keyless: Evaluation
    """For a unit without a targeting key."""


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """What one state of a flag serves: the same to everyone, or by a split."""

    always: Evaluation | None
    split: Split | None

    def serve(self, targeting_key: str | None) -> Evaluation:
        split = self.split
        if split is None:
            assert self.always is not None
            return self.always
        if targeting_key is None:
            return split.keyless
        return split.outcomes[bisect_right(split.ends, split.bucket(targeting_key))]


@dataclass(frozen=True, slots=True, eq=False)
class CompiledFlag:
    """A flag that can be asked, by precedence: identity, overrides in their order, default state."""

    key: str
    server_only: bool
    document: FlagDocument
    identities: Mapping[str, Evaluation]
    overrides: tuple[tuple[CompiledSegment, State], ...]
    """All of them, closed ones too."""

    live: tuple[tuple[CompiledSegment, State], ...]
    """Those that can match."""

    state: State
    constant: Evaluation | None
    """The outcome, if it is the same for everyone."""

    def resolve(self, targeting_key: str | None, traits: Traits, memo: Memo) -> Evaluation:
        if targeting_key is not None and targeting_key in self.identities:
            return self.identities[targeting_key]
        for segment, state in self.live:
            matched = memo.get(segment)
            if matched is None:
                matched = memo[segment] = segment.matches(targeting_key, traits)
            if matched:
                return state.serve(targeting_key)
        return self.state.serve(targeting_key)
