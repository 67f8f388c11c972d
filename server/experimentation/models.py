"""Experiments and their rollouts."""

from django.db import models
from django.db.models import F, Q
from django.utils.functional import cached_property

from server.accounts.authored import AuthoredModel
from server.features.models import Feature, Segment, SegmentVersion
from server.projects.models import Environment
from server.versioning.models import Flag, FlagState, FlagVersion, Placement

MAX_KEY = 150
MAX_NAME = 200
MAX_HYPOTHESIS = 5_000


class Status(models.TextChoices):
    """Where an experiment is in its life."""

    DRAFT = "DRAFT"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    COMPLETED = "COMPLETED"


class Experiment(AuthoredModel):
    """A comparison of a flag's control with its options, on the units that its rollout takes in.

    ``version`` counts the edits. ``gate_salt`` deals units into the gate; it is made
    once and never changes, so that a gate which widens only adds units. ``receipt``
    holds what completion changed.
    """

    flag = models.ForeignKey(Flag, on_delete=models.PROTECT, related_name="experiments")
    # The flag's own two columns again, tied to it by a foreign key over all three.
    feature = models.ForeignKey(Feature, on_delete=models.PROTECT, related_name="experiments")
    environment = models.ForeignKey(Environment, on_delete=models.PROTECT, related_name="experiments")
    key = models.CharField(max_length=MAX_KEY)
    name = models.CharField(max_length=MAX_NAME)
    hypothesis = models.CharField(max_length=MAX_HYPOTHESIS, blank=True)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.DRAFT)
    version = models.PositiveIntegerField(default=1)
    unit = models.CharField(max_length=32, default="targetingKey")
    gate_salt = models.CharField(max_length=32)
    receipt = models.JSONField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["flag"], condition=~Q(status="COMPLETED"), name="experiment_one_active_per_flag"
            ),
            models.UniqueConstraint(fields=["environment", "key"], name="experiment_key_unique"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="experiment_status_known"),
            models.CheckConstraint(
                condition=Q(status="DRAFT", started_at__isnull=True)
                | (~Q(status="DRAFT") & Q(started_at__isnull=False)),
                name="experiment_started_unless_draft",
            ),
            models.CheckConstraint(
                condition=Q(status="COMPLETED", ended_at__isnull=False, receipt__isnull=False)
                | (~Q(status="COMPLETED") & Q(ended_at__isnull=True, receipt__isnull=True)),
                name="experiment_ended_with_receipt",
            ),
            models.CheckConstraint(condition=Q(key__regex=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"), name="experiment_key_form"),
        ]
        indexes = [
            models.Index(fields=["environment", "status"], name="experiment_by_status"),
            models.Index(fields=["environment", "-created_at", "-id"], name="experiment_newest"),
        ]

    def __str__(self) -> str:
        return self.name


class Rollout(models.Model):
    """An experiment's gate and split: which segment version holds the gate, which state the split.

    Both are immutable rows; setting the rollout again points at new ones.
    """

    experiment = models.OneToOneField(Experiment, on_delete=models.CASCADE, related_name="rollout")
    segment = models.OneToOneField(Segment, on_delete=models.PROTECT, related_name="rollout")
    gate = models.ForeignKey(SegmentVersion, on_delete=models.PROTECT, related_name="+")
    state = models.ForeignKey(FlagState, on_delete=models.PROTECT, related_name="+")
    flag_version = models.ForeignKey(FlagVersion, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"rollout of experiment {self.experiment_id}"

    @cached_property
    def priority(self) -> int | None:
        """The override's place in the flag's live version; None when it is on the flag no more."""
        live = Placement.objects.filter(
            segment_id=self.segment_id,
            version__flag__experiments=self.experiment_id,
            version__flag__live_version=F("version"),
        )
        return live.values_list("priority", flat=True).first()
