"""What the name of a project or an environment may be, and the refusal when it is taken."""

from server.checks import text_problems
from server.errors import Conflict, Problem
from server.projects.models import MAX_NAME


class NameTaken(Conflict):
    """Another object of this kind has the name already."""

    code = "NAME_TAKEN"

    def __init__(self, what: str, name: str) -> None:
        self.what, self.name = what, name
        super().__init__(f"There is a {what} called “{name}” here already: choose another name.")


def name_problems(name: object, *, field: str = "name") -> list[Problem]:
    """Everything that is wrong with a name."""
    return text_problems(name, path=(field,), max_length=MAX_NAME, allow_blank=False)
