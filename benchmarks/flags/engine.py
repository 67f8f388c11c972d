"""Times the engine alone, in this process and on one core: no HTTP, no JSON, no bytes joined."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice

import orjson

from benchmarks.cells import WrongAnswer
from benchmarks.flags.questions import contexts
from benchmarks.flags.world import Served
from server.evaluation.engine import CompiledEnvironment, compile_environment, evaluate, evaluate_all
from server.evaluation.outcomes import Evaluation
from server.evaluation.rules.traits import Traits
from server.experimentation.snapshots import environment_document

Ask = Callable[[str, Traits], Evaluation | list[Evaluation]]

TRIES = 5
UNITS = 1_000


@dataclass(frozen=True, slots=True)
class EngineRow:
    """How long one unit takes, and how many flags it was asked about."""

    name: str
    flags: int
    microseconds: float

    @property
    def per_flag(self) -> float:
        """Microseconds."""
        return self.microseconds / self.flags

    @property
    def flags_per_second(self) -> float:
        """Evaluations of one flag, on one core."""
        return 1_000_000 / self.per_flag


def engine_rows(environments: list[Served]) -> list[EngineRow]:
    """All flags of each environment for one unit; then one flag of each kind."""
    rows = []
    for served in environments:
        compiled = _compiled(served)
        seconds = _seconds(partial(evaluate_all, compiled), flags=served.flags)
        rows.append(EngineRow(f"all {served.flags} flags", served.flags, seconds * 1e6))
    some = environments[-1]
    compiled = _compiled(some)
    kinds = {
        "the same for everyone": some.constant,
        "override for a segment": some.overridden,
        "split by default": some.split,
        "experiment": some.experiments,
    }
    for kind, keys in kinds.items():
        seconds = _seconds(partial(evaluate, compiled, keys[-1]), flags=1)
        rows.append(EngineRow(f"one flag, {kind}", 1, seconds * 1e6))
    return rows


def _compiled(served: Served) -> CompiledEnvironment:
    """As a process compiles it that has read the document from JSON."""
    return compile_environment(orjson.loads(orjson.dumps(environment_document(served.environment.pk))))


def _seconds(ask: Ask, *, flags: int) -> float:
    """The least of some tries, for one unit: what disturbs a try only ever adds to it."""
    units = [(context.pop("targetingKey"), dict[str, object](context)) for context in contexts()]
    for key, traits in units:
        answer = ask(key, traits)
        found = answer if isinstance(answer, list) else [answer]
        if len(found) != flags or any(evaluation.error_code for evaluation in found):
            raise WrongAnswer(f"the engine on {key}: {found}")
    times = max(UNITS, 200_000 // flags)
    best = float("inf")
    for _ in range(TRIES):
        started = time.perf_counter()
        for key, traits in islice(cycle(units), times):
            ask(key, traits)
        best = min(best, time.perf_counter() - started)
    return best / times
