"""Which environment keys exist for whom, by what they can be narrowed, and in which order."""

from datetime import timedelta
from typing import Any

from server.accounts.authors import Author
from server.accounts.roles import Role
from server.projects.models import EnvironmentKey, EnvironmentKeyKind, Versioning
from server.projects.selectors import EnvironmentKeyOrder, environment_keys_for
from server.projects.services.create_environment_key import create_environment_key
from tests.factories import NOW, SYSTEM, World, new_author, new_world


def a_key(world: World, name: str, minutes: int = 0, **fields: Any) -> EnvironmentKey:
    request = {"kind": EnvironmentKeyKind.SERVER, **fields}
    now = NOW + timedelta(minutes=minutes)
    created = create_environment_key(
        environment_id=world.environment.pk, name=name, author=world.author, now=now, **request
    )
    return created.environment_key


def seen(author: Author, **narrowed: Any) -> list[str]:
    return [key.name for key in environment_keys_for(EnvironmentKey.objects.all(), author, **narrowed)]


def test_keys_are_seen_by_who_administers_their_environment(world: World) -> None:
    staging = world.with_environment(Versioning.V2)
    a_key(world, "live")
    a_key(staging, "test", 1)
    a_key(new_world(), "elsewhere", 2)
    project = {"project_id": world.project.pk}
    in_staging = {**project, "environment_id": staging.environment.pk}

    assert seen(new_author(world.organisation, Role.ADMIN)) == ["test", "live"]
    assert seen(new_author(world.organisation, Role.ADMIN, **project)) == ["test", "live"]
    assert seen(new_author(world.organisation, Role.ADMIN, **in_staging)) == ["test"]
    assert seen(new_author(world.organisation, Role.EDITOR)) == []
    assert seen(SYSTEM) == ["elsewhere", "test", "live"]


def test_they_are_narrowed_by_every_argument(world: World) -> None:
    a_key(world, "Shop")
    client = a_key(world, "Shop window", kind=EnvironmentKeyKind.CLIENT)
    old = a_key(world, "Blog")
    EnvironmentKey.objects.filter(pk=old.pk).update(revoked_at=NOW)

    assert seen(world.author, text="shop") == ["Shop window", "Shop"]
    assert seen(world.author, text=client.prefix) == ["Shop window"]
    assert seen(world.author, kind=EnvironmentKeyKind.SERVER) == ["Blog", "Shop"]
    assert seen(world.author, revoked=True) == ["Blog"]
    assert seen(world.author, revoked=False, kind=EnvironmentKeyKind.SERVER) == ["Shop"]


def test_they_come_in_the_order_that_is_asked_for(world: World) -> None:
    for minutes, name in enumerate(["b", "c", "a"]):
        a_key(world, name, minutes)

    found = {order.name: seen(world.author, order=order) for order in EnvironmentKeyOrder}

    assert found == {"NEWEST": ["a", "c", "b"], "OLDEST": ["b", "c", "a"], "NAME": ["a", "b", "c"]}


def test_the_digest_is_not_read(world: World) -> None:
    a_key(world, "Shop")

    assert environment_keys_for(EnvironmentKey.objects.all(), world.author).get().get_deferred_fields() == {"digest"}
