"""The rows of this floor that writes lock, and the order in which every write locks rows.

project → feature → flag → experiment → segments, by primary key → environment key → environment

A write takes the ones that it needs, in this order, and never one to the left of what
it has. The locks leave the keys of a row free (``FOR NO KEY UPDATE``), so that another
row may refer to a locked one. A metric is locked alone.
"""

from server.accounts.authors import Author, Scope
from server.accounts.permissions import visible
from server.errors import NotFound
from server.projects.models import Environment, EnvironmentKey, Project
from server.projects.selectors import environment_keys_for


def lock_project(project_id: int, *, author: Author) -> Project:
    """The project, locked until the transaction ends.

    Raises:
        NotFound: no project with this id that the author may see.
    """
    projects = Project.objects.filter(visible(author, project="id"))
    project = projects.select_for_update(no_key=True).filter(pk=project_id).first()
    if project is None:
        raise NotFound("project", "projectId")
    return project


def find_environment(environment_id: int, *, author: Author) -> Environment:
    """The environment with its project, as it was a moment ago: for facts that never change.

    Raises:
        NotFound: no environment with this id that the author may see.
    """
    environments = Environment.objects.select_related("project").filter(
        visible(author, organisation="project__organisation_id", project="project_id", environment="id")
    )
    environment = environments.filter(pk=environment_id).first()
    if environment is None:
        raise NotFound("environment", "environmentId")
    return environment


def lock_environment_key(environment_key_id: int, *, author: Author) -> EnvironmentKey:
    """The key with its environment, locked until the transaction ends.

    Raises:
        NotFound: no key with this id that the author may administer.
    """
    keys = EnvironmentKey.objects.select_related("environment__project").filter(pk=environment_key_id)
    key = environment_keys_for(keys, author).select_for_update(of=("self",), no_key=True).first()
    if key is None:
        raise NotFound("environment key", "environmentKeyId")
    return key


def scope_of_project(project: Project) -> Scope:
    """The place that a project is, for permissions and the audit log."""
    return Scope(project.organisation_id, project.pk)


def scope_of(environment: Environment) -> Scope:
    """The place that an environment is; its project must be loaded."""
    return Scope(environment.project.organisation_id, environment.project_id, environment.pk)
