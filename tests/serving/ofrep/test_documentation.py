"""Runs what `docs/openfeature.md` shows, as it stands there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from server.serving.ofrep_context import MAX_BODY, MAX_TRAITS
from tests.serving.ofrep.clients.build import HERE, wheel_folder
from tests.serving.ofrep.serving import CHECKOUT, CLIENT_KEY, SERVER_KEY, Serving
from tests.serving.ofrep.shop import flag

PAGE = (CHECKOUT / "docs" / "openfeature.md").read_text()
SECONDS = 30
WORDING = "checkout-button-wording"
NEARLY_ALL = {"salt": "s", "runs": [[1, "control"], [9_999, "order"]]}


@pytest.fixture
def demo(shop: Serving) -> Serving:
    """The shop, with the demo's flag that the programs ask for, and an experiment that takes them in."""
    taken = {"segment": "7", "enabled": True, "value": "Buy now", "split": NEARLY_ALL}
    shop.publish(
        **{
            "checkout-button-text": flag(
                "STRING",
                "Buy now",
                options={"order": "Place order"},
                overrides=[taken | {"experiment": {"key": WORDING, "phase": 1}}],
            )
        }
    )
    return shop


def shown(heading: str) -> str:
    """The program below a heading."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.split(r"```\w*\n", section)[1]


def expected() -> list[str]:
    """What the page says that the first program prints: taking part, or not."""
    section = PAGE.partition("\n## Python\n")[2].partition("\n## ")[0]
    return re.split(r"```\w*\n", section)[3].splitlines()


def output(command: list[str | Path], shop: Serving) -> str:
    environment = os.environ | {"FAIRSPLIT_URL": shop.url, "FAIRSPLIT_KEY": SERVER_KEY}
    return subprocess.run(command, check=True, env=environment, capture_output=True, text=True, timeout=SECONDS).stdout


def bundled(code: str, side: str) -> str:
    """With the packages that the tests have, in place of those of the same names that npm would install."""
    return re.sub(r'from "@openfeature/[\w-]+"', f'from "{HERE / side}.mjs"', code)


def test_python(demo: Serving) -> None:
    taking_part = output([sys.executable, "-c", shown("Python")], demo)
    nobody = output([sys.executable, "-c", shown("Python").replace('"user-1"', "None")], demo)

    assert [*taking_part.splitlines(), *nobody.splitlines()] == expected()


def test_python_tells_a_whole_number_from_a_float(shop: Serving) -> None:
    asked = shown("Python").replace('get_string_details("checkout-button-text", "Buy"', "{}")

    as_float = output([sys.executable, "-c", asked.replace("{}", 'get_float_details("integer", 1.0')], shop)
    as_integer = output([sys.executable, "-c", asked.replace("{}", 'get_integer_details("integer", 1')], shop)

    assert (as_float, as_integer) == ("1.0 None ERROR TYPE_MISMATCH {}\n", "7 control STATIC None {}\n")


@pytest.mark.parametrize(("heading", "side"), [("Node", "server"), ("The browser", "web")])
def test_javascript(demo: Serving, tmp_path: Path, heading: str, side: str) -> None:
    code = bundled(shown(heading), side).replace("https://flags.example", demo.url).replace("fsc_…", CLIENT_KEY)
    program = tmp_path / "program.mjs"
    program.write_text(f"{code}\nprocess.exit(0);")

    printed = output([wheel_folder() / "bin" / "node", program], demo)

    facts = f"{{ experiment: '{WORDING}', phase: 1, inExperiment: true }}"
    assert printed.split() == f"Place order order SPLIT undefined {facts}".split()


def test_the_limits_are_those_that_hold() -> None:
    assert f"{MAX_BODY:,} bytes" in PAGE
    assert f"{MAX_TRAITS:,} traits" in PAGE
