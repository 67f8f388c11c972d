"""The manifest of the warehouse's Parquet files: a file that is not listed does not count. Holds no event."""

from django.db import models
from django.db.models import Q

from server.projects.models import Environment
from server.warehouse.tables import FileKind


class WarehouseFile(models.Model):
    """One Parquet file of one environment, listed. The times are of its events, in microseconds since the epoch.

    ``block`` is the block that it came with; a file that compaction made of others has none, and those
    carry the time at which they were replaced until nobody can be reading them any more.
    """

    environment = models.ForeignKey(Environment, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=[(kind.value, kind.value) for kind in FileKind])
    path = models.CharField(max_length=200, unique=True)
    rows = models.BigIntegerField()
    size = models.BigIntegerField()
    first_time = models.BigIntegerField()
    last_time = models.BigIntegerField()
    block = models.BigIntegerField(null=True)
    listed_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in FileKind]), name="warehouse_file_kind_known"
            ),
            models.UniqueConstraint(fields=["environment", "kind", "block"], name="warehouse_file_once_a_block"),
        ]
        indexes = [
            models.Index(
                fields=["environment", "kind", "first_time"],
                condition=Q(replaced_at__isnull=True),
                name="warehouse_file_listed",
            ),
        ]
