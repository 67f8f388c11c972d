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

PAGE = (CHECKOUT / "docs" / "openfeature.md").read_text()
SECONDS = 30


def shown(heading: str) -> str:
    """The program below a heading."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    opened, code, _ = re.split(r"```\w*\n", section)
    assert opened
    return code


def output(command: list[str | Path], shop: Serving) -> str:
    environment = os.environ | {"FAIRSPLIT_URL": shop.url, "FAIRSPLIT_KEY": SERVER_KEY}
    return subprocess.run(command, check=True, env=environment, capture_output=True, text=True, timeout=SECONDS).stdout


def bundled(code: str, side: str) -> str:
    """With the packages that the tests have, in place of those of the same names that npm would install."""
    return re.sub(r'from "@openfeature/[\w-]+"', f'from "{HERE / side}.mjs"', code)


def test_python(shop: Serving) -> None:
    printed = output([sys.executable, "-c", shown("Python")], shop)

    assert printed == "#00f blue {'experiment': 'new-checkout', 'phase': 2, 'inExperiment': True}\n"


@pytest.mark.parametrize(("heading", "side"), [("Node", "server"), ("The browser", "web")])
def test_javascript(shop: Serving, tmp_path: Path, heading: str, side: str) -> None:
    code = bundled(shown(heading), side).replace("https://flags.example", shop.url).replace("fsc_…", CLIENT_KEY)
    program = tmp_path / "program.mjs"
    program.write_text(f"{code}\nprocess.exit(0);")

    printed = output([wheel_folder() / "bin" / "node", program], shop)

    assert printed == "#00f blue { experiment: 'new-checkout', phase: 2, inExperiment: true }\n"


def test_the_limits_are_those_that_hold() -> None:
    assert f"{MAX_BODY:,} bytes" in PAGE
    assert f"{MAX_TRAITS:,} traits" in PAGE
