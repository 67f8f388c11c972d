"""The revision of an environment: it grows with every write that could change what is served there."""

from django.db.models import F

from server.database.rows import count_up
from server.projects.models import Environment


def bump_revision(environment: Environment) -> None:
    """Raise the environment's revision: the last lock that a write takes."""
    count_up(environment, "revision")


def bump_revisions_of_project(project_id: int) -> None:
    """Raise the revision of every environment of a project, in the order of their keys."""
    environments = Environment.objects.filter(project_id=project_id).order_by("pk")
    locked = list(environments.select_for_update(no_key=True).values_list("pk", flat=True))
    Environment.objects.filter(pk__in=locked).update(revision=F("revision") + 1)
