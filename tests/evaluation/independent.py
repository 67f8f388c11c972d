"""Assignment and segments written a second time, from docs/assignment.md and docs/segments.md alone.

Slow, plain, and without an import of ours: it works on documents as JSON has them. What
it and the engine disagree about, the pages do not say clearly enough.
"""

import hashlib
import math
import re
import struct
from fractions import Fraction
from typing import Any

BUCKETS = 10_000
SAFE = 2**53 - 1


# Hashing


def utf8(text: str) -> bytes:
    units = text.encode("utf-16-le", "surrogatepass")
    return units.decode("utf-16-le", "replace").encode("utf-8")


def bucket(domain: str, salt: str, key: str) -> int:
    digest = hashlib.sha256(utf8(domain) + bytes([0]) + utf8(salt) + bytes([0]) + utf8(key)).digest()
    number = int.from_bytes(digest[0:8], byteorder="big", signed=False)
    return (number * BUCKETS) // (2**64)


# Bucket maps


def spread(runs: list[list[Any]]) -> list[Any]:
    return [arm for length, arm in runs for _ in range(length)]


def gather(arms: list[Any]) -> list[list[Any]]:
    runs: list[list[Any]] = []
    for arm in arms:
        if runs and runs[-1][1] == arm:
            runs[-1][0] += 1
        else:
            runs.append([1, arm])
    return runs


def move(runs: list[list[int]], shares: dict[int, int]) -> list[list[int]]:
    arms: list[int | None] = list(spread(runs))
    wanted = {**shares, 0: BUCKETS - sum(shares.values())}
    growth = {arm: wanted[arm] - arms.count(arm) for arm in sorted(wanted)}
    for arm in set(arms):
        own = [place for place, owner in enumerate(arms) if owner == arm]
        keeps = wanted.get(arm, 0)  # type: ignore[arg-type]
        for place in own[keeps:]:
            arms[place] = None
    free = iter([place for place, owner in enumerate(arms) if owner is None])
    for arm, more in growth.items():
        for _ in range(more):
            arms[next(free)] = arm
    return gather(arms)


# Segments


def kind(value: Any) -> str:
    if value is None:
        return "nothing"
    if value is True or value is False:
        return "boolean"
    if isinstance(value, str):
        return "text"
    if isinstance(value, (int, float)) and math.isfinite(as_number(value)):
        return "number"
    return "other"


def as_number(value: Any) -> Any:
    if isinstance(value, int) and abs(value) > SAFE:
        try:
            return float(value)
        except OverflowError:
            return math.inf
    return value


def is_safe_whole(number: Any) -> bool:
    return Fraction(number).denominator == 1 and abs(Fraction(number)) <= SAFE


def split_key(value: Any) -> str | None:
    if kind(value) == "text":
        return str(value)
    if kind(value) != "number":
        return None
    number = as_number(value)
    if is_safe_whole(number):
        return str(Fraction(number).numerator)
    return "".join(f"{byte:02x}" for byte in struct.pack(">d", float(number)))


VERSION = re.compile(
    r"^(0|[1-9][0-9]*)[.](0|[1-9][0-9]*)[.](0|[1-9][0-9]*)(?:-([0-9A-Za-z.-]+))?(?:[+]([0-9A-Za-z.-]+))?\Z"
)


def version(value: Any) -> Any:
    found = VERSION.match(value) if isinstance(value, str) and len(value) <= 1000 else None
    if found is None:
        return None
    parts = found[4].split(".") if found[4] is not None else []
    build = found[5].split(".") if found[5] is not None else []
    if "" in parts + build or any(re.match(r"^0[0-9]+\Z", part) for part in parts):
        return None
    ranks = [(0, int(part), "") if re.match(r"^[0-9]+\Z", part) else (1, 0, part) for part in parts]
    return (int(found[1]), int(found[2]), int(found[3]), not parts, ranks)


def found_in(pattern: str, text: str) -> bool:
    written, place = "", 0
    in_set = False
    while place < len(pattern):
        char = pattern[place]
        if char == "\\":
            written += pattern[place : place + 2]
            place += 2
            continue
        in_set = (char == "[") or (in_set and char != "]")
        written += r"(?![\s\S])" if char == "$" and not in_set else char
        place += 1
    return re.search(written, text, re.ASCII) is not None


def remainder(number: Any, divisor: Any) -> Any:
    whole, by = Fraction(number), Fraction(divisor)
    left = whole - by * math.trunc(whole / by)
    return float(left + by) if left < 0 else left


def condition_matches(condition: dict[str, Any], key: str | None, traits: dict[str, Any]) -> bool:
    name = condition["operator"]
    value: Any = condition.get("value")
    if name == "PERCENTAGE_SPLIT":
        text = key if condition.get("trait") is None else split_key(traits.get(condition["trait"]))
        return text is not None and bucket("gate", condition["salt"], text) < condition["percentage"]
    trait: Any = traits.get(condition["trait"])
    of = kind(trait)
    if name == "IS_SET":
        return of != "nothing"
    if name == "IS_NOT_SET":
        return of == "nothing"
    if name in ("IN", "NOT_IN", "EQUAL", "NOT_EQUAL"):
        values = value if isinstance(value, list) else [value]
        same_kind = [item for item in values if kind(item) == of]
        is_one = any(as_number(item) == as_number(trait) for item in same_kind)
        return is_one if name in ("IN", "EQUAL") else bool(same_kind) and not is_one
    if name.startswith("SEMVER_"):
        one, other = version(trait), version(value)
        return one is not None and in_order(name.removeprefix("SEMVER_"), one, other)
    if name == "MODULO":
        return of == "number" and remainder(as_number(trait), value["divisor"]) == value["remainder"]
    if of != kind(value):
        return False
    if name == "MATCHES":
        return len(trait) <= 1000 and found_in(value, trait)
    if name == "CONTAINS":
        return value in trait
    if name == "NOT_CONTAINS":
        return value not in trait
    return in_order(name, as_number(trait), as_number(value))


def in_order(name: str, one: Any, other: Any) -> bool:
    return bool(
        {
            "EQUAL": one == other,
            "GREATER": one > other,
            "GREATER_OR_EQUAL": one >= other,
            "LESS": one < other,
            "LESS_OR_EQUAL": one <= other,
        }[name]
    )


def rule_matches(rule: dict[str, Any], key: str | None, traits: dict[str, Any]) -> bool:
    outcomes = [condition_matches(part, key, traits) for part in rule.get("conditions") or []]
    outcomes += [rule_matches(part, key, traits) for part in rule.get("rules") or []]
    return {"ALL": all(outcomes), "ANY": any(outcomes), "NONE": not any(outcomes)}[rule["type"]]


# Flags


def served(
    flag: dict[str, Any], segments: dict[str, Any], targeting_key: str | None, traits: dict[str, Any]
) -> list[Any]:
    """``[value, variant, reason, error code, experiment, phase, in experiment]``."""
    key = None if targeting_key == "" else targeting_key
    running = [override["experiment"] for override in flag["overrides"] if override["experiment"]]
    there = [override for override in flag["overrides"] if segments[override["segment"]]["open"]]
    value, variant, reason, error, taking_part = decided(flag, there, segments, key, traits)
    facts = [running[0]["key"], running[0]["phase"], taking_part] if running else [None, None, None]
    return [float(value) if flag["type"] == "FLOAT" else value, variant, reason, error, *facts]


def decided(
    flag: dict[str, Any], there: list[Any], segments: dict[str, Any], key: str | None, traits: dict[str, Any]
) -> tuple[Any, str, str, str | None, bool]:
    if key is not None and key in flag["identities"]:
        identity = flag["identities"][key]
        if not identity["enabled"]:
            return flag["default"], "default", "DISABLED", None, False
        if "variant" in identity:
            return flag["options"][identity["variant"]], identity["variant"], "TARGETING_MATCH", None, False
        return identity["value"], "control", "TARGETING_MATCH", None, False
    for override in there:
        if rule_matches(segments[override["segment"]]["rules"], key, traits):
            return state_serves(flag, override, key, "TARGETING_MATCH", bool(override["experiment"]))
    return state_serves(flag, flag["state"], key, "DEFAULT" if there or flag["identities"] else "STATIC", False)


def state_serves(
    flag: dict[str, Any], state: dict[str, Any], key: str | None, plain: str, of_experiment: bool
) -> tuple[Any, str, str, str | None, bool]:
    if not state["enabled"]:
        return flag["default"], "default", "DISABLED", None, False
    runs = state["split"]["runs"] if state["split"] else [[BUCKETS, "control"]]
    if len(runs) > 1:
        if key is None:
            return flag["default"], "default", "ERROR", "TARGETING_KEY_MISSING", False
        arm, plain = spread(runs)[bucket("split", state["split"]["salt"], key)], "SPLIT"
    else:
        arm = runs[0][1]
    return state["value"] if arm == "control" else flag["options"][arm], arm, plain, None, of_experiment
