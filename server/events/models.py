"""The outbox: what was accepted and is on its way to the warehouse, and what was seen before. No result reads it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from server.projects.models import Environment


class Block(models.Model):
    """A large piece of the outbox that goes into the warehouse as a whole, or not at all.

    It is prepared in one transaction, which settles what belongs to it, and done in another. Between
    the two it may be written to the warehouse any number of times: always the same.
    ``duplicates`` are the places of events that were seen before, by batch: ``{"batch id": [place, …]}``.
    """

    prepared_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    events = models.PositiveIntegerField()
    duplicates = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["id"], condition=Q(done_at__isnull=True), name="block_to_do")]


class OutboxBatch(models.Model):
    """Events that were accepted together: durable once the row is, and deleted when the warehouse has them.

    ``lines`` is JSON, one event a line, as the warehouse's columns are; ``digests`` are of the
    events' ids, in the same order. ``size`` is the length of the lines in bytes.
    """

    environment = models.ForeignKey(Environment, on_delete=models.CASCADE, related_name="+")
    received_at = models.DateTimeField()
    events = models.PositiveIntegerField()
    size = models.PositiveIntegerField()
    lines = models.BinaryField()
    digests = ArrayField(models.UUIDField())
    block = models.ForeignKey(Block, on_delete=models.PROTECT, null=True, related_name="batches")


class SeenEvent(models.Model):
    """The id of an event that was taken over, remembered for as long as it may be sent again."""

    # Without the constraint: to check it row by row takes as long as half of the writing.
    pk = models.CompositePrimaryKey("environment_id", "digest")
    environment = models.ForeignKey(
        Environment, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    digest = models.UUIDField()
    seen_at = models.DateTimeField(db_index=True)


class Intake(models.Model):
    """What became of an environment's events on one day (UTC), since the start of the outbox."""

    environment = models.ForeignKey(Environment, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    stored = models.BigIntegerField(default=0)
    duplicates = models.BigIntegerField(default=0)
    last_received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["environment", "day"], name="intake_unique")]
