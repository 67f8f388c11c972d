"""What the database itself keeps of projects and environments: a grant holds for a place that there is."""

import pytest
from django.db import IntegrityError, connection, transaction

from server.accounts.models import Grant, User
from server.accounts.places import ENVIRONMENT_CONSTRAINT, PROJECT_CONSTRAINT
from server.accounts.roles import Role
from server.projects.models import Environment
from tests.factories import NOW, World, new_world
from tests.rows import unchanged


def grant(world: World, **place: int) -> Grant:
    return Grant.objects.create(
        user=User.objects.get(pk=world.author.holder_id),
        role=Role.EDITOR,
        organisation=world.organisation,
        created_at=NOW,
        **place,
    )


def test_a_grant_is_for_a_project_of_its_organisation(world: World) -> None:
    elsewhere = new_world().project

    for missing in (elsewhere.pk, 0):
        with unchanged(), pytest.raises(IntegrityError, match=PROJECT_CONSTRAINT), transaction.atomic():
            grant(world, project_id=missing)
    assert grant(world, project_id=world.project.pk).pk


def test_a_grant_is_for_an_environment_of_its_project(world: World) -> None:
    elsewhere = new_world().environment

    for missing in (elsewhere.pk, 0):
        with unchanged(), pytest.raises(IntegrityError, match=ENVIRONMENT_CONSTRAINT), transaction.atomic():
            grant(world, project_id=world.project.pk, environment_id=missing)
    assert grant(world, project_id=world.project.pk, environment_id=world.environment.pk).pk


def test_an_environment_has_one_of_the_two_modes(world: World) -> None:
    with unchanged(), pytest.raises(IntegrityError, match="environment_versioning_known"), transaction.atomic():
        Environment.objects.update(versioning="V3")


def test_the_constraints_are_there_under_the_names_that_refusals_know(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint WHERE conrelid = 'accounts_grant'::regclass")
        names = {name for (name,) in cursor.fetchall()}

    assert {PROJECT_CONSTRAINT, ENVIRONMENT_CONSTRAINT} <= names


def test_an_environment_has_fifty_origins_at_most(world: World) -> None:
    with unchanged(), pytest.raises(IntegrityError, match="environment_origins_bounded"), transaction.atomic():
        Environment.objects.update(allowed_origins=["https://shop.example"] * 51)


def test_who_does_not_know_of_origins_yet_still_creates_environments(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO projects_environment (project_id, name, versioning, revision, created_at) "
            "VALUES (%s, 'old', 'V1', 1, now())",
            [world.project.pk],
        )

    assert Environment.objects.get(name="old").allowed_origins == []
