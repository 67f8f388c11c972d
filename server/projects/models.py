"""Projects, the environments in which their features have a state, and the keys that applications come with."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower

from server.accounts.authored import AuthoredModel
from server.accounts.keys import DIGEST_LENGTH, PREFIX_LENGTH
from server.accounts.models import Organisation

MAX_NAME = 200
MAX_ORIGIN = 270
"""As long as the longest host name (253), with its scheme and port."""
MAX_ORIGINS = 50


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
    allowed_origins = ArrayField(
        models.CharField(max_length=MAX_ORIGIN),
        default=list,
        db_default=[],  # for processes of the version before, which run on beside a migration
        help_text="The origins whose pages may ask for flags with a client-side key; * for all.",
    )
    record_exposures = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Whether the evaluation of one flag over OFREP records the exposure itself.",
    )
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("project", Lower("name"), name="environment_name_unique"),
            models.UniqueConstraint(fields=["id", "project"], name="environment_scope"),
            models.CheckConstraint(
                condition=models.Q(versioning__in=Versioning.values), name="environment_versioning_known"
            ),
            models.CheckConstraint(
                condition=models.Q(allowed_origins__len__lte=MAX_ORIGINS), name="environment_origins_bounded"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class EnvironmentKeyKind(models.TextChoices):
    """Where an application keeps a key, and so how much it may be told."""

    SERVER = "SERVER", "server-side"
    CLIENT = "CLIENT", "client-side"


class EnvironmentKey(AuthoredModel):
    """What an application asks for an environment's flags with. Only a digest is stored: the key is shown once.

    The author is who created it.
    """

    environment = models.ForeignKey(Environment, on_delete=models.PROTECT, related_name="keys")
    name = models.CharField(max_length=MAX_NAME)
    kind = models.CharField(max_length=6, choices=EnvironmentKeyKind.choices)
    prefix = models.CharField(max_length=PREFIX_LENGTH, help_text="The start of the key, to recognise it by.")
    digest = models.CharField(max_length=DIGEST_LENGTH, unique=True, help_text="SHA-256 of the whole key, in hex.")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=EnvironmentKeyKind.values), name="environment_key_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name
