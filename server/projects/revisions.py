"""The revision of an environment: it grows with every write that could change what is served there."""

from collections.abc import Iterable

from django.db.models import F

from server.projects.models import Environment


def bump_revision(*environment_ids: int) -> None:
    """Raise the revision of these environments: the last lock that a write takes."""
    Environment.objects.filter(pk__in=environment_ids).update(revision=F("revision") + 1)


def bump_revisions_of_project(project_id: int) -> None:
    """Raise the revision of every environment of a project, in the order of their keys."""
    bump_revision(*_locked_ids(project_id))


def _locked_ids(project_id: int) -> Iterable[int]:
    environments = Environment.objects.filter(project_id=project_id).order_by("pk")
    return list(environments.select_for_update(no_key=True).values_list("pk", flat=True))
