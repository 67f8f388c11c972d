"""The committed front-end assets are what their sources build."""

import importlib.util
import shutil
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = Path("frontend/graphiql")
BUILT = Path("server/web/static/fairsplit/graphiql")


@pytest.fixture(scope="module")
def assets() -> ModuleType:
    """The build script, which is a program and part of no package."""
    spec = importlib.util.spec_from_file_location("assets", ROOT / SOURCES / "assets.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of sources and built files that a test may change."""
    shutil.copytree(ROOT / SOURCES, tmp_path / SOURCES, ignore=shutil.ignore_patterns("node_modules"))
    shutil.copytree(ROOT / BUILT, tmp_path / BUILT)
    return tmp_path


def test_the_committed_assets_are_in_step_with_their_sources(assets: ModuleType) -> None:
    assert assets.differences() == []


def test_an_edited_source_is_noticed(assets: ModuleType, checkout: Path) -> None:
    with (checkout / SOURCES / "src/main.jsx").open("a") as source:
        source.write("// edited\n")

    assert assets.differences(checkout) == ["input frontend/graphiql/src/main.jsx: changed since the last build"]


def test_a_new_source_is_noticed(assets: ModuleType, checkout: Path) -> None:
    (checkout / SOURCES / "src/new.js").write_text("")

    assert assets.differences(checkout) == ["input frontend/graphiql/src/new.js: unknown to the last build"]


def test_a_built_file_edited_by_hand_is_noticed(assets: ModuleType, checkout: Path) -> None:
    (checkout / BUILT / "graphiql.css").write_text("")

    assert assets.differences(checkout) == [
        "output server/web/static/fairsplit/graphiql/graphiql.css: changed since the last build"
    ]


def test_a_missing_built_file_is_noticed(assets: ModuleType, checkout: Path) -> None:
    (checkout / BUILT / "graphiql.js").unlink()

    assert assets.differences(checkout) == ["output server/web/static/fairsplit/graphiql/graphiql.js: missing"]


def test_the_lock_file_names_no_registry() -> None:
    lock = (ROOT / SOURCES / "package-lock.json").read_text()

    assert '"resolved"' not in lock


def test_the_built_files_stay_small() -> None:
    assert sum(file.stat().st_size for file in (ROOT / BUILT).iterdir()) < 2_000_000
