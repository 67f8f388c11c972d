import json
import shutil
from pathlib import Path

import pytest

from tests.serving.ofrep.clients.build import HERE, INPUTS, MANIFEST, OUTPUTS, differences, digests


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(HERE, tmp_path / "clients", ignore=shutil.ignore_patterns("node_modules")))


def test_the_committed_clients_are_those_of_the_last_build() -> None:
    assert differences() == []
    assert set(OUTPUTS) < set(digests())
    assert {"package.json", "package-lock.json", "build.mjs", "src/server.js", "src/web.js"} < set(digests())


def test_an_edited_input_or_output_is_out_of_step(copy: Path) -> None:
    (copy / "src" / "web.js").write_text("// edited")
    (copy / "server.mjs").write_text("// edited")
    (copy / "LICENSES.txt").unlink()

    assert differences(copy) == ["LICENSES.txt", "server.mjs", "src/web.js"]


def test_the_pinned_versions_are_those_that_are_locked() -> None:
    asked = json.loads((HERE / "package.json").read_text())
    locked = json.loads((HERE / "package-lock.json").read_text())["packages"]

    for name, version in (asked["dependencies"] | asked["devDependencies"]).items():
        assert locked[f"node_modules/{name}"]["version"] == version
    assert not [path for path, package in locked.items() if "resolved" in package]


def test_the_manifest_names_what_is_built_and_nothing_else() -> None:
    assert set(json.loads(MANIFEST.read_text())) == set(digests())
    assert len(INPUTS) + len(OUTPUTS) == len(set(INPUTS + OUTPUTS))
