"""What is not said is as `make run` has it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from simulation.options import read_options
from tests.web.running import CHECKOUT


def test_by_default_the_server_is_that_of_make_run_with_the_key_of_its_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAIRSPLIT_DATA", str(tmp_path))
    for name in ("PORT", "FAIRSPLIT_URL", "FAIRSPLIT_API_KEY"):
        monkeypatch.delenv(name, raising=False)

    options = read_options([])

    assert options.url == "http://127.0.0.1:8000"
    assert options.api_key == json.loads((tmp_path / "secrets.json").read_text())["demo_api_key"]
    assert options.broken_split == 0
    assert not options.running


def test_what_is_said_counts_and_no_key_of_a_data_folder_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAIRSPLIT_URL", "https://flags.example/")
    monkeypatch.setenv("FAIRSPLIT_API_KEY", "fsk_mine")
    monkeypatch.setenv("FAIRSPLIT_DATA", "/dev/null/nowhere")

    options = read_options(["--seed", "7", "--broken-split", "0.25"])

    assert (options.url, options.api_key) == ("https://flags.example", "fsk_mine")
    assert (options.run, options.broken_split) == ("sim7", 0.25)
    assert "fsk_mine" not in repr(options)


@pytest.mark.parametrize(
    "wrong", ["--visitors=0", "--rate=-1", "--broken-split=1.5", "--broken-split=nan", "--seconds=x"]
)
def test_what_cannot_be_meant_is_refused(wrong: str) -> None:
    with pytest.raises(SystemExit):
        read_options(["--api-key=k", wrong])


def test_it_is_a_client_and_loads_nothing_of_a_server() -> None:
    code = "import simulation.__main__, sys; print({'django', 'psycopg2', 'duckdb', 'granian'} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout

    assert said == "set()\n"
