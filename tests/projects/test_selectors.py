"""Which projects and environments exist for whom, and in which order."""

import pytest

from server.accounts.authors import Author
from server.accounts.roles import Role
from server.projects.models import Environment, Project, Versioning
from server.projects.selectors import environments_for, projects_for
from server.projects.services.create_project import create_project
from server.versioning.services.create_environment import create_environment
from tests.factories import NOW, SYSTEM, World, new_author, new_world


@pytest.fixture
def staging(world: World) -> Environment:
    """A second environment of the project; there is a second project and another organisation as well."""
    create_project(organisation_id=world.organisation.pk, name="Blog", author=world.author, now=NOW)
    new_world()
    return create_environment(
        project_id=world.project.pk, name="Staging", versioning=Versioning.V1, author=world.author, now=NOW
    )


def seen(author: Author) -> tuple[list[str], list[str]]:
    projects = projects_for(Project.objects.all(), author)
    environments = environments_for(Environment.objects.all(), author)
    return [str(project) for project in projects], [str(environment) for environment in environments]


def test_an_organisation_sees_its_own(world: World, staging: Environment) -> None:
    projects, environments = seen(new_author(world.organisation, Role.VIEWER))

    assert (projects, set(environments)) == (["Blog", "Shop"], {"production", "Staging"})


def test_a_grant_in_a_project_is_for_all_of_it(world: World, staging: Environment) -> None:
    projects, environments = seen(new_author(world.organisation, Role.VIEWER, project_id=world.project.pk))

    assert (projects, set(environments)) == (["Shop"], {"production", "Staging"})


def test_a_grant_in_an_environment_shows_the_way_there(world: World, staging: Environment) -> None:
    author = new_author(world.organisation, Role.OWNER, project_id=world.project.pk, environment_id=staging.pk)

    assert seen(author) == (["Shop"], ["Staging"])


def test_nobody_sees_nothing_and_the_server_itself_sees_all(world: World, staging: Environment) -> None:
    nobody = Author(world.author.kind, world.author.id, world.author.name)

    assert seen(nobody) == ([], [])
    assert [len(found) for found in seen(SYSTEM)] == [3, 3]
