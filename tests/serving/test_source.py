"""What PostgreSQL tells who follows it, and when: real notifications, keys and revisions."""

import contextlib
import os
import threading
import time
from typing import Any

import psycopg2
import pytest

from server.projects.models import Environment, EnvironmentKeyKind
from server.projects.revisions import bump_revision
from server.projects.services.create_environment_key import CreatedEnvironmentKey, create_environment_key
from server.projects.services.revoke_environment_key import revoke_environment_key
from server.serving.keys import Key
from server.serving.source import CHANNEL, DatabaseSource
from tests.factories import NOW, World, new_world
from tests.serving.documents import document
from tests.serving.processes import url_of_the_test_database

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db: None) -> World:
    return new_world()


def source() -> DatabaseSource:
    return DatabaseSource(lambda environment_id, _previous: document(1, environment_id))


def new_key(world: World, kind: EnvironmentKeyKind) -> CreatedEnvironmentKey:
    return create_environment_key(
        environment_id=world.environment.pk, name="app", kind=kind, author=world.author, now=NOW
    )


def test_a_new_revision_is_announced_and_nothing_else(world: World) -> None:
    with contextlib.closing(psycopg2.connect(url_of_the_test_database())) as listening:
        listening.autocommit = True
        listening.cursor().execute(f"LISTEN {CHANNEL}")
        Environment.objects.filter(pk=world.environment.pk).update(name="renamed")
        Environment.objects.filter(pk=world.environment.pk).update(revision=7)
        Environment.objects.filter(pk=world.environment.pk).update(revision=7)
        listening.cursor().execute("SELECT 1")

        told = [notification.payload for notification in listening.notifies]

    assert told == [f"{world.environment.pk}:7"]


def test_who_waits_is_woken_by_a_notification_and_by_a_wish(world: World) -> None:
    read, write = os.pipe()
    ready, waited = threading.Event(), list[float]()

    def wait() -> None:
        followed = source()
        followed.connect()
        for _ in range(2):
            ready.set()
            started = time.monotonic()
            followed.wait(read, 20)
            waited.append(time.monotonic() - started)
        followed.close()

    waiting = threading.Thread(target=wait)
    waiting.start()
    ready.wait(10)
    bump_revision(world.environment)
    while not waited:
        time.sleep(0.01)
    os.write(write, b"\0")
    waiting.join(20)

    assert max(waited) < 5
    assert len(waited) == 2


def test_keys_in_force_are_read_by_digest_and_every_change_shows(world: World) -> None:
    followed, states = source(), list[Any]()
    states.append(followed.keys_state())
    server, client = new_key(world, EnvironmentKeyKind.SERVER), new_key(world, EnvironmentKeyKind.CLIENT)
    states.append(followed.keys_state())
    keys = followed.keys()
    revoke_environment_key(environment_key_id=server.environment_key.pk, author=world.author, now=NOW)
    states.append(followed.keys_state())

    assert keys == {
        server.environment_key.digest: Key(world.environment.pk, client=False),
        client.environment_key.digest: Key(world.environment.pk, client=True),
    }
    assert followed.keys() == {client.environment_key.digest: Key(world.environment.pk, client=True)}
    assert states[0] != states[1] != states[2]


def test_revisions_are_of_those_that_exist(world: World) -> None:
    known = world.environment.pk
    Environment.objects.filter(pk=known).update(
        revision=5, allowed_origins=["https://shop.example"], record_exposures=True
    )

    assert source().revisions([known, known + 1]) == {known: 5}
    assert source().settings(known) == (frozenset({"https://shop.example"}), True)
    assert source().settings(known + 1) == (frozenset(), False)
