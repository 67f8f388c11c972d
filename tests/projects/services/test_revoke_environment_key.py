"""Revoking environment keys: for good, by who administers the environment."""

import pytest

from server.accounts.authors import Author
from server.accounts.refusals import AlreadyRevoked
from server.accounts.roles import Role
from server.audit.models import AuditRecord
from server.errors import NotFound, Reference
from server.projects.models import Environment, EnvironmentKey, EnvironmentKeyKind
from server.projects.services.create_environment_key import create_environment_key
from server.projects.services.revoke_environment_key import revoke_environment_key
from tests.factories import NOW, World, new_author, new_world
from tests.races import race
from tests.rows import unchanged


def a_key(world: World) -> EnvironmentKey:
    created = create_environment_key(
        environment_id=world.environment.pk,
        name="Web shop",
        kind=EnvironmentKeyKind.CLIENT,
        author=world.author,
        now=NOW,
    )
    return created.environment_key


def revoke(key: EnvironmentKey, author: Author) -> EnvironmentKey:
    return revoke_environment_key(environment_key_id=key.pk, author=author, now=NOW)


def revision(world: World) -> int:
    return Environment.objects.get(pk=world.environment.pk).revision


def test_a_revoked_key_is_kept_and_the_log_tells(world: World) -> None:
    key = a_key(world)

    revoked = revoke(key, world.author)

    assert revoked == EnvironmentKey.objects.get()
    assert EnvironmentKey.objects.get().revoked_at == NOW
    row = AuditRecord.objects.first()
    assert row is not None
    assert (row.action, row.object_type, row.object_id, row.environment_id) == (
        "environment_key.revoke",
        "EnvironmentKey",
        key.pk,
        world.environment.pk,
    )
    facts = {"name": "Web shop", "kind": "CLIENT", "prefix": key.prefix, "expiresAt": None}
    assert row.before == {**facts, "revokedAt": None}
    assert row.after == {**facts, "revokedAt": NOW.isoformat()}


def test_the_revision_grows_so_that_it_is_noticed(world: World) -> None:
    key = a_key(world)
    before = revision(world)

    revoke(key, world.author)

    assert revision(world) == before + 1


def test_what_is_revoked_is_not_revoked_again(world: World) -> None:
    key = revoke(a_key(world), world.author)

    with unchanged(), pytest.raises(AlreadyRevoked, match="The environment key Web shop is revoked") as refused:
        revoke(key, world.author)

    assert refused.value.collides_with == Reference("EnvironmentKey", key.pk, "Web shop")


def test_for_who_does_not_administer_its_environment_there_is_no_key(world: World) -> None:
    staging = world.with_environment(world.environment.versioning)  # type: ignore[arg-type]
    key = a_key(world)
    next_door = {"project_id": world.project.pk, "environment_id": staging.environment.pk}
    place = {"project_id": world.project.pk, "environment_id": world.environment.pk}
    authors = [
        new_author(world.organisation, Role.EDITOR),
        new_author(world.organisation, Role.OWNER, **next_door),
        new_world().author,
    ]

    for author in authors:
        with unchanged(), pytest.raises(NotFound, match=r"no environment key .*\(environmentKeyId\)"):
            revoke(key, author)
    with unchanged(), pytest.raises(NotFound):
        revoke(EnvironmentKey(pk=0), world.author)
    assert revoke(key, new_author(world.organisation, Role.ADMIN, **place)).revoked_at == NOW


@pytest.mark.django_db(transaction=True)
def test_of_eight_who_revoke_at_once_one_does(world: World) -> None:
    key = a_key(world)
    before = revision(world)

    outcomes = race(*[lambda: revoke(key, world.author)] * 8)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AlreadyRevoked"] * 7 + ["EnvironmentKey"]
    assert AuditRecord.objects.filter(action="environment_key.revoke").count() == 1
    assert revision(world) == before + 1
