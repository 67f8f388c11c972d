"""What the name of a project or an environment may be, and the refusal when it is taken."""

from django.db.models import QuerySet

from server.accounts.authors import Author
from server.accounts.permissions import sees
from server.checks import text_problems
from server.errors import Conflict, Problem, Reference
from server.projects.locks import scope_of, scope_of_project
from server.projects.models import MAX_NAME, Environment, Project


class NameTaken(Conflict):
    """Another object of this kind has the name already."""

    code = "NAME_TAKEN"

    def __init__(self, what: str, name: str, existing: Reference | None = None) -> None:
        self.what, self.name, self.collides_with = what, name, existing
        article = "an" if what[0] in "aeiou" else "a"
        super().__init__(f"There is {article} {what} called “{name}” here already: choose another name.")


def refuse_taken_name(others: QuerySet[Project] | QuerySet[Environment], *, name: str, author: Author) -> None:
    """Refuse a name that one of the others has, in whatever case; which one, only an author who sees it is told.

    Raises:
        NameTaken: one has it.
    """
    existing = others.filter(name__iexact=name).first()
    if existing is not None:
        type_name = type(existing).__name__
        scope = scope_of(existing) if isinstance(existing, Environment) else scope_of_project(existing)
        told = Reference(type_name, existing.pk, existing.name) if sees(author, scope) else None
        raise NameTaken(type_name.lower(), name, told)


def name_problems(name: object, *, field: str = "name") -> list[Problem]:
    """Everything that is wrong with a name."""
    return text_problems(name, path=(field,), max_length=MAX_NAME, allow_blank=False)
