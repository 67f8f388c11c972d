"""Creating a project."""

from datetime import datetime

from django.db import transaction

from server.accounts.authors import Author, Scope
from server.accounts.models import Organisation
from server.accounts.permissions import Permission, authorise, visible_organisations
from server.audit.record import record
from server.database.integrity import refused_by
from server.errors import InvalidInput, NotFound, Problem, Reference
from server.projects.models import Project
from server.projects.names import NameTaken, name_problems, refuse_taken_name


@transaction.atomic(durable=True)
def create_project(*, organisation_id: int | None, name: str, author: Author, now: datetime) -> Project:
    """Create a project, in the author's only organisation where none is named.

    Raises:
        NotFound: no organisation with this id that the author may see.
        NotAllowed: the author may not administer the organisation.
        InvalidInput: the name, or an organisation left out by who belongs to several.
        NameTaken: the organisation has a project of this name.
    """
    organisation = _organisation(organisation_id, author)
    scope = Scope(organisation.pk)
    authorise(author, Permission.ADMINISTER, scope)
    if problems := name_problems(name):
        raise InvalidInput([problem.below("input") for problem in problems])
    refuse_taken_name(Project.objects.filter(organisation=organisation), name=name, author=author)
    with refused_by({"project_name_unique": lambda: NameTaken("project", name)}):
        project = Project.objects.create(organisation=organisation, name=name, created_at=now)
    record(
        author=author,
        action="project.create",
        scope=Scope(organisation.pk, project.pk),
        object=Reference("Project", project.pk, name),
        before=None,
        after={"name": name},
        now=now,
    )
    return project


def _organisation(organisation_id: int | None, author: Author) -> Organisation:
    organisations = Organisation.objects.filter(visible_organisations(author)).order_by("pk")
    if organisation_id is not None:
        organisation = organisations.filter(pk=organisation_id).first()
        if organisation is None:
            raise NotFound("organisation", "organisationId")
        return organisation
    first_two = organisations[:2]
    if len(first_two) == 1:
        return first_two[0]
    message = "You belong to more than one organisation, or to none: name the one that this is for."
    raise InvalidInput([Problem(("input", "organisationId"), "MISSING", message)])
