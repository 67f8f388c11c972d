"""Writes the vectors anew, from the engine: ``python -m tests.evaluation.vectors.make``.

For a new kind of row. A row that changes is a unit that is served something else: then the
engine is wrong, and not the vectors.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any

from server.evaluation.buckets import ALL_CONTROL, moved_runs
from server.evaluation.engine import compile_environment, evaluate
from server.evaluation.hashing import BUCKETS, Domain, bucket_of
from server.evaluation.outcomes import Evaluation
from server.evaluation.rules import Operator, parse_rules
from server.evaluation.rules.matching import compile_rule
from tests.evaluation import documents

FOLDER = Path(__file__).parent

SALTS = ["", "s", "f3a9c2d47b1e4d0f8a6b5c3d2e1f0a9b", "salt with spaces", "ü", "用"]
KEYS = [
    *(
        "",
        " ",
        "0",
        "user-1",
        "User-1",
        "user-1 ",
        "user\n1",
        "a\u0000b",
        "zoë",
        "zoe\u0308",
        "\uff55\uff53\uff45\uff52",
        "用户",
        "пользователь",
    ),
    *("\U0001f600", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\ufffd", "\ufeff", "\u202e", "\uffff", "\U0010ffff"),
    *("a" * 55, "a" * 56, "a" * 63, "a" * 64, "a" * 65, "a" * 1000, "é" * 500, "x" * 5000),
]


def buckets(rng: Random) -> Iterable[Any]:
    for domain in Domain:
        for salt in SALTS:
            keys = [*KEYS, *(f"user-{rng.randrange(10**9)}" for _ in range(60))]
            keys += [f"{rng.getrandbits(128):032x}" for _ in range(60)]
            keys += ["".join(chr(rng.randrange(0x20, 0xD800)) for _ in range(rng.randint(1, 12))) for _ in range(30)]
            yield from ([domain, salt, key, bucket_of(domain, salt, key)] for key in keys)


def moves(rng: Random) -> Iterable[Any]:
    for _ in range(60):
        runs = ALL_CONTROL
        for _ in range(rng.randint(1, 12)):
            shares, left = {}, BUCKETS
            for option in rng.sample(range(1, 7), rng.randint(0, 5)):
                shares[option] = rng.choice([0, left, left // 2, left // 3, rng.randint(0, left)])
                left -= shares[option]
            after = moved_runs(runs, shares)
            yield [runs, shares, after]
            runs = after


def conditions(rng: Random) -> Iterable[Any]:
    """Each operator as often, and every third time, if chance allows, with a unit that matches."""
    for operator in Operator:
        for number in range(100):
            for _ in range(50):
                condition = documents.condition(rng, operator)
                matches = compile_rule(parse_rules({"type": "ALL", "conditions": [condition]}))
                key, traits = documents.targeting_key(rng), documents.context(rng)
                matched = matches(key, traits)
                if matched or number % 3:
                    break
            yield [condition, key, traits, matched]


def flags(rng: Random) -> Iterable[Any]:
    for _ in range(60):
        document: Any = documents.environment(rng)
        environment = compile_environment(document)
        for key, flag in document["flags"].items():
            units = [(documents.targeting_key(rng), documents.context(rng)) for _ in range(12)]
            yield {
                "segments": {o["segment"]: document["segments"][o["segment"]] for o in flag["overrides"]},
                "flag": flag,
                "units": [[unit, traits, row(evaluate(environment, key, unit, traits))] for unit, traits in units],
            }


def row(outcome: Evaluation) -> list[Any]:
    return [
        *(outcome.value, outcome.variant, outcome.reason, outcome.error_code),
        *(outcome.experiment, outcome.phase, outcome.in_experiment),
    ]


def main() -> None:
    for make in (buckets, moves, conditions, flags):
        lines = [json.dumps(line, separators=(",", ":")) + "\n" for line in make(Random(20_26))]
        (FOLDER / f"{make.__name__}.jsonl").write_text("".join(lines))


if __name__ == "__main__":
    main()
