"""The audit log's one table. Its rows are written once; the database refuses to change or delete one.

Numbers instead of foreign keys: a record outlives what it tells about.
"""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from server.audit.authorship import AuthorKind


class AuditRecord(models.Model):
    """Who did what, to which object, where and when, and what the object was before and after."""

    organisation_id = models.BigIntegerField()
    project_id = models.BigIntegerField(null=True)
    environment_id = models.BigIntegerField(null=True)
    author_kind = models.CharField(max_length=10, choices=AuthorKind.choices)
    author_id = models.BigIntegerField(null=True)
    author_name = models.TextField()
    action = models.TextField(help_text='What was done, as "experiment.create".')
    object_type = models.TextField(help_text="The name of the object's type in the API.")
    object_id = models.BigIntegerField()
    object_name = models.TextField()
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    created_at = models.DateTimeField()
    request_id = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["organisation_id", "-id"], name="audit_by_organisation"),
            models.Index(fields=["project_id", "-id"], name="audit_by_project"),
            models.Index(
                fields=["environment_id", "-id"],
                condition=models.Q(environment_id__isnull=False),
                name="audit_by_environment",
            ),
            models.Index(fields=["object_type", "object_id", "-id"], name="audit_by_object"),
            models.Index(fields=["organisation_id", "author_kind", "author_id", "-id"], name="audit_by_author"),
            # Rows arrive in the order of time, so a block-range index finds a time span at next to no cost.
            BrinIndex(fields=["created_at"], name="audit_by_time"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(environment_id=None) | models.Q(project_id__isnull=False),
                name="audit_environment_has_project",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.object_type} {self.object_id} by {self.author_name}"
