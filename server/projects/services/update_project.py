"""Renaming a project."""

from datetime import datetime

from django.db import transaction

from server.accounts.authors import Author
from server.accounts.permissions import Permission, authorise
from server.audit.record import record
from server.database.integrity import refused_by
from server.errors import InvalidInput, Reference
from server.projects.locks import lock_project, scope_of_project
from server.projects.models import Project
from server.projects.names import NameTaken, name_problems, refuse_taken_name


@transaction.atomic(durable=True)
def update_project(*, project_id: int, name: str, author: Author, now: datetime) -> Project:
    """Rename a project.

    Raises:
        NotFound: no project with this id that the author may see.
        NotAllowed: the author may not administer the project.
        InvalidInput: the name.
        NameTaken: the organisation has another project of this name.
    """
    project = lock_project(project_id, author=author)
    scope = scope_of_project(project)
    authorise(author, Permission.ADMINISTER, scope)
    if problems := name_problems(name):
        raise InvalidInput([problem.below("input") for problem in problems])
    if name == project.name:
        return project
    others = Project.objects.filter(organisation_id=project.organisation_id).exclude(pk=project.pk)
    refuse_taken_name(others, name=name, author=author)
    before, project.name = project.name, name
    with refused_by({"project_name_unique": lambda: NameTaken("project", name)}):
        project.save(update_fields=["name"])
    record(
        author=author,
        action="project.update",
        scope=scope,
        object=Reference("Project", project.pk, name),
        before={"name": before},
        after={"name": name},
        now=now,
    )
    return project
