"""Projects, and the environments in which their features have a state."""

from django.db import models
from django.db.models.functions import Lower

from server.accounts.models import Organisation

MAX_NAME = 200


class Versioning(models.TextChoices):
    """How an environment keeps the past of its flags."""

    V1 = "V1", "in place"
    V2 = "V2", "versions"


class Project(models.Model):
    """Owns features and segments; belongs to one organisation."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="projects")
    name = models.CharField(max_length=MAX_NAME)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("organisation", Lower("name"), name="project_name_unique"),
            # What a grant's scope refers to: the project together with its organisation.
            models.UniqueConstraint(fields=["id", "organisation"], name="project_scope"),
        ]

    def __str__(self) -> str:
        return self.name


class Environment(models.Model):
    """Where a project's features have a state: production, staging.

    ``revision`` grows with every write that could change what is served here.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="environments")
    name = models.CharField(max_length=MAX_NAME)
    versioning = models.CharField(max_length=2, choices=Versioning.choices)
    revision = models.BigIntegerField(default=1)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("project", Lower("name"), name="environment_name_unique"),
            models.UniqueConstraint(fields=["id", "project"], name="environment_scope"),
            models.CheckConstraint(
                condition=models.Q(versioning__in=Versioning.values), name="environment_versioning_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name
