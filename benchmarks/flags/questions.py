"""What applications ask for, and what a right answer has. Plain values; sends nothing."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.flags.world import FlagsWorld, Served

PATH = "/ofrep/v1/evaluate/flags"
CONNECTIONS = 32
UNITS = 1_000
"""Different ones that are asked for, in turn."""

COUNTRIES, PLANS, VERSIONS = ("DE", "FR", "US", "JP"), ("free", "pro", "team"), ("3.9.1", "4.2.0", "4.10.3")
MAIL = ("example.org", "shop.example")
ENTRY = '"variant":"'


@dataclass(frozen=True, slots=True)
class Question:
    """One kind of request. ``flags`` are those that the answer has, ``of`` those of the environment."""

    name: str
    served: Served
    path: str
    flags: int
    repeats: bool = False
    """Whether the client has the answer already: it asks for one unit, and gets a 304."""

    @property
    def of(self) -> int:
        return self.served.flags

    @property
    def is_bulk(self) -> bool:
        return self.path == PATH and not self.repeats


def questions(world: FlagsWorld) -> list[Question]:
    """Everything that is asked, single flags first."""
    some = world.served[100 if 100 in world.served else max(world.served)]
    kinds = {"the same for everyone": some.constant, "split by default": some.split, "experiment": some.experiments}
    found = [Question(f"one flag, {kind}", some, f"{PATH}/{keys[-1]}", 1) for kind, keys in kinds.items()]
    for size, served in sorted(world.served.items()):
        found.append(Question(f"all {size} flags", served, PATH, size))
    found.append(Question(f"all {some.flags} flags, not modified (304)", some, PATH, 0, repeats=True))
    return found


def bodies() -> list[bytes]:
    """A request for each of many units."""
    return [json.dumps({"context": context}).encode() for context in contexts()]


def contexts() -> Iterator[dict[str, str]]:
    """Units as a shop knows them: some are in each of its segments."""
    for number in range(UNITS):
        yield {
            "targetingKey": f"user-{number * 7919:06}",
            "country": COUNTRIES[number % len(COUNTRIES)],
            "plan": PLANS[number % len(PLANS)],
            "appVersion": VERSIONS[number // 2 % len(VERSIONS)],
            "email": f"user-{number}@{MAIL[number % 20 == 0]}",
        }
