"""What the command line and the environment say of a simulation, and what is so where they say nothing."""

import argparse
import os
import secrets
from argparse import ArgumentTypeError
from collections.abc import Sequence
from dataclasses import dataclass, field

from server.web.data_folder import data_folder, secrets_of

LARGEST_SEED = 2**31


@dataclass(frozen=True, slots=True)
class Options:
    """How many come, how fast, for how long, and what is wrong with what they send."""

    url: str
    api_key: str = field(repr=False)
    environment: str
    project: str
    running: bool
    visitors: int
    rate: float
    seconds: float
    connections: int
    broken_split: float
    seed: int
    wait: float

    @property
    def run(self) -> str:
        """What the keys of visitors and the ids of events begin with: with the same seed, the same."""
        return f"sim{self.seed}"


def read_options(arguments: Sequence[str] | None = None) -> Options:
    """The options of a command line; by default the server is the one that `make run` starts.

    Raises:
        DataFolderFailure: no key was given, and the data folder with that of the demo cannot be used.
    """
    given = _parser().parse_args(arguments)
    return Options(
        url=given.url.rstrip("/"),
        api_key=given.api_key or secrets_of(data_folder()).demo_api_key,
        environment=given.environment,
        project=given.project,
        running=given.running,
        visitors=given.visitors,
        rate=given.rate,
        seconds=given.seconds,
        connections=given.connections,
        broken_split=given.broken_split,
        seed=secrets.randbelow(LARGEST_SEED) if given.seed is None else given.seed,
        wait=given.wait,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulation", description=__doc__)
    url = os.environ.get("FAIRSPLIT_URL") or f"http://127.0.0.1:{os.environ.get('PORT') or 8000}"
    key = os.environ.get("FAIRSPLIT_API_KEY", "")
    parser.add_argument("--url", default=url, help="the server (FAIRSPLIT_URL); by default that of `make run`")
    what = "the key of an owner (FAIRSPLIT_API_KEY); by default the demo's, from the data folder"
    parser.add_argument("--api-key", default=key, help=what)
    parser.add_argument("--environment", default="production", help="the environment's name")
    parser.add_argument(
        "--project", default="", help="the project's name; left out, the first with such an environment"
    )
    what = "visit what runs already, and not an experiment of the simulation's own on a free flag"
    parser.add_argument("--running", action="store_true", help=what)
    parser.add_argument(
        "--visitors", type=_at_least_one, default=3_000, help="how many come; most of them twice or more"
    )
    parser.add_argument("--rate", type=_not_negative, default=200.0, help="visits a second at most; 0 for no bound")
    parser.add_argument("--seconds", type=_not_negative, default=0.0, help="after how long at most; 0 for no bound")
    parser.add_argument("--connections", type=_at_least_one, default=8, help="how many visit at the same time")
    what = "the share (0 to 1) of one variant's exposures that is lost on the way: a broken split"
    parser.add_argument("--broken-split", type=_share, default=0.0, metavar="SHARE", help=what)
    what = "any number: the same visitors and ids of events again, which count once however often they are sent"
    parser.add_argument("--seed", type=int, help=what)
    parser.add_argument("--wait", type=_not_negative, default=120.0, help="seconds to wait for results; 0 for none")
    return parser


def _at_least_one(text: str) -> int:
    if (number := int(text)) < 1:
        raise ArgumentTypeError("it must be 1 or more")
    return number


def _not_negative(text: str) -> float:
    if not (number := float(text)) >= 0:
        raise ArgumentTypeError("it must be 0 or more")
    return number


def _share(text: str) -> float:
    if not 0 <= (number := float(text)) <= 1:
        raise ArgumentTypeError("it must be from 0 to 1")
    return number
