"""The command against a real server with a real worker: what it makes, sends and says."""

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.accounts.authors import Scope, system_author
from server.accounts.roles import Role
from server.accounts.services.create_api_key import create_api_key
from server.experimentation.models import Experiment, Plan, Status
from server.projects.models import EnvironmentKey
from tests.factories import NOW, World, new_world
from tests.serving.processes import Process, serving, url_of_the_test_database
from tests.web.running import CHECKOUT, SECONDS, environment

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db: None) -> World:
    return new_world()


@pytest.fixture
def server(world: World, tmp_path: Path) -> Iterator[Process]:
    given = {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "WEB_CONCURRENCY": "1",
        "STATIC_ROOT": "/nonexistent",
        "WAREHOUSE_FOLDER": str(tmp_path / "warehouse"),
    }
    with serving(url_of_the_test_database(), "server.web.run", **given) as process:
        yield process


def simulation(world: World, server: Process, *arguments: str) -> "subprocess.Popen[str]":
    key = create_api_key(
        name="simulation", role=Role.OWNER, scope=Scope(world.organisation.pk), author=system_author("tests"), now=NOW
    ).key
    return subprocess.Popen(
        [sys.executable, "-m", "simulation", "--environment", world.environment.name, *arguments],
        env=environment(FAIRSPLIT_URL=f"http://127.0.0.1:{server.port}", FAIRSPLIT_API_KEY=key),
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_visitors_come_and_what_they_did_is_computed_and_told(world: World, server: Process) -> None:
    world.feature(key="layout")
    process = simulation(world, server, "--visitors", "300", "--rate", "0", "--seed", "5", "--broken-split", "0.5")
    said, complaints = process.communicate(timeout=2 * SECONDS)

    assert (process.returncode, complaints) == (0, "")
    experiment = Experiment.objects.get()
    assert (experiment.name, experiment.status) == ("Simulation on layout", Status.RUNNING)
    assert Plan.objects.get().experiment_id == experiment.pk
    assert EnvironmentKey.objects.get().expires_at is not None
    sent, lost, told = (
        said.index(" events sent in "),
        said.index(" exposures lost"),
        said.index("Simulation on layout:"),
    )
    assert sent < lost < told
    assert " 0 exposures lost" not in said
    assert " units (control " in said[told:]
    assert "Cannot be trusted" in said[told:] or "Keep collecting" in said[told:]


def test_ctrl_c_ends_it_with_what_it_has_done(world: World, server: Process) -> None:
    world.feature(key="layout")
    process = simulation(world, server, "--visitors", "3000", "--rate", "20")
    assert process.stdout is not None
    assert process.stdout.readline().startswith("Visiting “Simulation on layout”")
    assert ", 0 evaluations" not in process.stdout.readline()
    os.kill(process.pid, signal.SIGINT)
    said, complaints = process.communicate(timeout=SECONDS)

    assert (process.returncode, complaints) == (130, "")
    assert " visits of " in said
    assert " events sent in " in said
    assert "Waiting for the results" not in said
