"""Results as files: who gets them, and what comes with them."""

from csv import DictReader
from io import StringIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from server.accounts.authors import Scope
from server.accounts.models import Grant
from server.accounts.roles import Role
from server.accounts.services.create_api_key import create_api_key
from server.experimentation.models import Experiment
from tests.experimentation.results.made_up import Seen
from tests.experimentation.results.storing import EVEN, failed, running, with_results
from tests.factories import NOW, World, new_world
from tests.schema.api import gid
from tests.web.pages import an_editor_of

pytestmark = pytest.mark.django_db
ENDINGS = ["csv", "parquet"]


@pytest.fixture
def world() -> World:
    return new_world()


def path(id: str, ending: str = "csv") -> str:
    return f"/exports/experiments/{id}/results.{ending}"


def bearer(world: World) -> dict[str, str]:
    """The header of a machine that may read all of the organisation."""
    scope = Scope(world.organisation.pk)
    Grant.objects.create(
        user_id=world.author.holder_id, role=Role.OWNER, organisation=world.organisation, created_at=NOW
    )
    made = create_api_key(name="reader", role=Role.VIEWER, scope=scope, author=world.author, now=NOW)
    return {"Authorization": f"Bearer {made.key}"}


@pytest.mark.parametrize(
    ("ending", "media_type", "begins"),
    [
        ("csv", "text/csv; charset=utf-8", b"experiment,computation,as_of,"),
        ("parquet", "application/vnd.apache.parquet", b"PAR1"),
    ],
)
def test_who_is_signed_in_downloads_the_last_results(
    ending: str, media_type: str, begins: bytes, world: World, client: Client
) -> None:
    experiment = with_results(world)
    failed(experiment)
    client.force_login(an_editor_of(world))

    response = client.get(path(gid(experiment), ending))

    assert (response.status_code, response["Content-Type"]) == (200, media_type)
    assert response["Content-Disposition"] == f'attachment; filename="{experiment.key}-results-1.{ending}"'
    assert response["Cache-Control"] == "private, no-store"
    assert response.content.startswith(begins)


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_api_key_does_as_well(ending: str, world: World, client: Client) -> None:
    response = client.get(path(gid(with_results(world)), ending), headers=bearer(world))

    assert response.status_code == 200


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_stranger_and_a_wrong_key_are_refused(ending: str, world: World, client: Client) -> None:
    asked = path(gid(with_results(world)), ending)

    stranger = client.get(asked)
    wrong = client.get(asked, headers={"Authorization": f"Bearer fsk_{'x' * 43}"})

    assert (stranger.status_code, stranger["WWW-Authenticate"]) == (401, "Bearer")
    assert (wrong.status_code, wrong["WWW-Authenticate"]) == (401, 'Bearer error="invalid_token"')
    assert wrong.content == b"There is no such API key.\n"


def test_what_one_may_not_see_what_is_not_there_and_what_has_no_results_look_the_same(
    world: World, client: Client
) -> None:
    hidden, empty = with_results(new_world()), running(world)
    client.force_login(an_editor_of(world))

    answers = [client.get(path(id)) for id in (gid(hidden), gid(empty), gid(world.project), "nonsense", "x" * 500)]

    assert {(answer.status_code, answer.content) for answer in answers} == {
        (404, b"There is no such experiment that you may see, or it has no results yet.\n")
    }


def test_the_metrics_by_the_values_of_a_property_are_in_it(world: World, client: Client) -> None:
    values = {"browser": {"Firefox": EVEN, None: EVEN}, "country": {"CH": EVEN}}
    plain, broken_down = with_results(world), with_results(world, dimensions=list(values), seen=Seen(values=values))
    client.force_login(an_editor_of(world))

    def exported(experiment: Experiment) -> tuple[str, int]:
        with CaptureQueriesContext(connection) as queries:
            return client.get(path(gid(experiment))).content.decode(), len(queries)

    exported(plain)  # who signed in has been asked for
    (before, few), (found, statements) = exported(plain), exported(broken_down)

    rows = list(DictReader(StringIO(found)))
    of_values = [(row["property"], row["property_value"]) for row in rows if row["scope"] == "VALUE" and row["metric"]]
    assert statements == few
    assert of_values == [
        (name, value or "")
        for name, value in (("browser", None), ("browser", "Firefox"), ("country", "CH"))
        for _ in range(6)
    ]
    assert "VALUE" not in before


def test_nothing_is_sent_there(world: World, client: Client) -> None:
    client.force_login(an_editor_of(world))

    assert client.post(path(gid(with_results(world)))).status_code == 405
