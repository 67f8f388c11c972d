"""Random rules, flags and environments from a seed: small worlds of values that are near each other.

By a seed and not by hypothesis, because the same documents are written to the vectors.
"""

from random import Random
from typing import Any

from server.evaluation.rules import Operator

TEXTS = ["", "a", "b", "ab", "A", "5", "1.2.3", "1.2.3-rc.1", "1.10.0", "é", "a\n", "\U0001f600", "\ufffd"]
NUMBERS = [0, 1, 2, 5, -1, -0.0, 1.0, 0.5, 2.5, 5.0, 2**53 - 1, -(2**53) + 1, 1e20]
VERSIONS = ["1.2.3", "1.2.3-rc.1", "1.2.3-rc.2", "1.2.3+b", "1.10.0", "0.0.0"]
PATTERNS = ["a", "^a$", "^$", r"\d", "[$]", "a|5", "(?i)A", r"^\w+$", ".", r"\.", "[^a]$", r"^.\s?$"]
TRAITS = ["a", "b", "c"]
SALTS = ["s1", "s2", "ü"]
OPTIONS = ["blue", "red", "green"]
KEYS = ["", "user-1", "user-2", "zoë", "用户", *(f"u{number}" for number in range(12))]

FURTHER_TRAITS = [
    *(None, True, False, [], ["a"], {}, {"a": 1}, 10**20, 2**53, 2**53 + 1, -(2**53), 1e300, 0.1),
    *("v1.2.3", "1.2.3-rc.10", "a" * 1001, "\u2028", "\r", "\u212a", 3, -4, 1.5),
]

VALUES: dict[str, list[Any]] = {
    "BOOLEAN": [True, False],
    "STRING": ["on", "off", "", "é"],
    "INTEGER": [0, 1, -5, 2**53 - 1],
    "FLOAT": [0, 1, 2.5, -0.5, 20],
    "JSON": [True, 1, 1.0, "a", [], [1, None], {"a": {"b": 1}}, {}],
}

Document = dict[str, Any]


def scalar(rng: Random) -> Any:
    return rng.choice([rng.choice(TEXTS), rng.choice(NUMBERS), rng.random() < 0.5])


def trait(rng: Random) -> Any:
    return rng.choice([scalar(rng), rng.choice(FURTHER_TRAITS)])


def context(rng: Random) -> dict[str, Any]:
    return {name: trait(rng) for name in TRAITS if rng.random() < 0.8}


def targeting_key(rng: Random) -> str | None:
    return rng.choice([None, rng.choice(KEYS), rng.choice(KEYS), f"user-{rng.randrange(10**6)}"])


def condition(rng: Random, operator: Operator | None = None) -> Document:
    operator = operator or rng.choice(list(Operator))
    document: Document = {"trait": rng.choice(TRAITS), "operator": operator.value}
    match operator:
        case Operator.IS_SET | Operator.IS_NOT_SET:
            pass
        case Operator.PERCENTAGE_SPLIT:
            document["percentage"] = rng.choice([0, 1, 5000, 5000, 9999, 10_000])
            document["salt"] = rng.choice(SALTS)
            if rng.random() < 0.5:
                document["trait"] = None
        case Operator.IN | Operator.NOT_IN:
            document["value"] = [scalar(rng) for _ in range(rng.randint(1, 4))]
        case Operator.CONTAINS | Operator.NOT_CONTAINS:
            document["value"] = rng.choice(TEXTS[1:])
        case Operator.MATCHES:
            document["value"] = rng.choice(PATTERNS)
        case Operator.MODULO:
            divisor, remainder = rng.choice([(2, 1), (3, 0), (3, 2), (7, 5), (0.75, 0.25), (1.5, 0), (1, 0.5)])
            document["value"] = {"divisor": divisor, "remainder": remainder}
        case Operator.EQUAL | Operator.NOT_EQUAL:
            document["value"] = scalar(rng)
        case _ if operator.startswith("SEMVER"):
            document["value"] = rng.choice(VERSIONS)
        case _:
            document["value"] = rng.choice([rng.choice(TEXTS), rng.choice(NUMBERS)])
    return document


def rule(rng: Random, depth: int = 3) -> Document:
    rules = [rule(rng, depth - 1) for _ in range(rng.choice([0, 0, 1, 2]))] if depth > 1 else []
    return {
        "type": rng.choice(["ALL", "ANY", "NONE"]),
        "rules": rules,
        "conditions": [condition(rng) for _ in range(rng.randint(0 if rules else 1, 3))],
    }


def segment(rng: Random) -> Document:
    return {
        "name": rng.choice(TEXTS),
        "system": rng.random() < 0.5,
        "open": rng.random() < 0.8,
        "rules": rule(rng),
    }


def split(rng: Random, options: list[str]) -> Document | None:
    if rng.random() < 0.5:
        return None
    cuts = sorted(rng.sample(range(1, 10_000), rng.randint(0, 4)))
    lengths = [end - start for start, end in zip([0, *cuts], [*cuts, 10_000], strict=True)]
    return {
        "salt": rng.choice(SALTS),
        "runs": [[length, rng.choice(["control", *options])] for length in lengths],
    }


def state(rng: Random, values: list[Any], options: list[str]) -> Document:
    return {"enabled": rng.random() < 0.8, "value": rng.choice(values), "split": split(rng, options)}


def flag(rng: Random, segments: list[str]) -> Document:
    kind = rng.choice(list(VALUES))
    values = VALUES[kind]
    options = {name: rng.choice(values) for name in rng.sample(OPTIONS, rng.randint(0, 3))}
    overrides: list[Document] = [
        {"segment": segment_id, **state(rng, values, list(options)), "experiment": None}
        for segment_id in rng.sample(segments, rng.randint(0, len(segments)))
    ]
    if overrides and rng.random() < 0.5:
        rng.choice(overrides)["experiment"] = {"key": "new-checkout", "phase": rng.randint(1, 3)}
    forced: list[Document] = [{"enabled": True, "value": rng.choice(values)}, {"enabled": False}]
    forced += [{"enabled": rng.random() < 0.8, "variant": name} for name in options]
    return {
        "type": kind,
        "serverOnly": rng.random() < 0.3,
        "default": rng.choice(values),
        "options": options,
        "identities": {key: rng.choice(forced) for key in rng.sample(KEYS, rng.choice([0, 0, 2]))},
        "overrides": overrides,
        "state": state(rng, values, list(options)),
    }


def environment(rng: Random) -> Document:
    segments = {str(number): segment(rng) for number in range(1, rng.randint(2, 5))}
    return {
        "format": 1,
        "environment": {"id": "12", "name": "production"},
        "revision": rng.randrange(1000),
        "segments": segments,
        "flags": {key: flag(rng, list(segments)) for key in rng.sample("fghijk", rng.randint(1, 6))},
    }
