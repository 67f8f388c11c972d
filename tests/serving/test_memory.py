"""What a process that serves flags and nothing else holds: little memory, and no GraphQL."""

import subprocess
import sys

import pytest

from server.projects.models import EnvironmentKeyKind, Versioning
from server.projects.services.create_environment_key import create_environment_key
from server.versioning.services.create_environment import create_environment
from tests.factories import NOW, new_world
from tests.serving.processes import serving, url_of_the_test_database
from tests.web.running import CHECKOUT, environment

MOST_MEGABYTES = 150
ENVIRONMENTS = 20
FLAGS = 500


def test_it_loads_no_graphql() -> None:
    loaded = (
        "import sys, server.serving.dedicated; print([m for m in sys.modules if 'strawberry' in m or 'graphql' in m])"
    )
    given = environment(DATABASE_URL="postgres://nobody@localhost/nothing")
    ended = subprocess.run(
        [sys.executable, "-c", loaded], env=given, cwd=CHECKOUT, capture_output=True, text=True, check=True
    )

    assert ended.stdout == "[]\n"


@pytest.mark.django_db(transaction=True)
def test_many_flags_fit_into_little_memory() -> None:
    world = new_world()
    keys = []
    for number in range(ENVIRONMENTS):
        made = create_environment(
            project_id=world.project.pk, name=f"e{number}", versioning=Versioning.V1, author=world.author, now=NOW
        )
        keys.append(
            create_environment_key(
                environment_id=made.pk, name="app", kind=EnvironmentKeyKind.SERVER, author=world.author, now=NOW
            ).key
        )

    with serving(url_of_the_test_database(), FLAGS=str(FLAGS)) as process:
        answers = [process.evaluate(key) for key in keys for _ in range(5)]
        megabytes = process.worker().memory_info().rss / 1_000_000

    assert {status for status, _, _ in answers} == {200}
    assert megabytes < MOST_MEGABYTES
