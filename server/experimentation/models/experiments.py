"""Experiments and their rollouts."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils.functional import cached_property

from server.accounts.authored import AuthoredModel
from server.evaluation.percentages import EVERYTHING, BasisPoints
from server.features.models import Feature, Segment, SegmentVersion
from server.projects.models import Environment
from server.versioning.models import BucketMap, Flag, FlagState, FlagVersion, Placement

if TYPE_CHECKING:
    from server.experimentation.models.metrics import Plan

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
    # Who may take part at all: pinned when it is set, and anew when a draft starts.
    audience = models.ForeignKey(SegmentVersion, on_delete=models.PROTECT, null=True, related_name="+")
    receipt = models.JSONField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    archived_at = models.DateTimeField(null=True)

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
            models.CheckConstraint(
                condition=Q(archived_at__isnull=True) | Q(status="COMPLETED"), name="experiment_archived_when_completed"
            ),
            models.CheckConstraint(condition=Q(key__regex=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"), name="experiment_key_form"),
        ]
        indexes = [
            models.Index(fields=["environment", "status"], name="experiment_by_status"),
            models.Index(fields=["environment", "-created_at", "-id"], name="experiment_newest"),
        ]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def open_phases(self) -> "list[Phase]":
        """The phase that goes on, if there is one."""
        return list(self.phases.filter(closed_at=None))

    @cached_property
    def plans_in_force(self) -> "list[Plan]":
        """The newest plan, if there is one."""
        return list(self.plans.order_by("-number")[:1])


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


class Phase(AuthoredModel):
    """A stretch of an experiment in which split, audience and values mean the same.

    What it holds was true when it opened, and never changes; only its end is written
    later. ``arms`` are ``{"optionId", "key", "value", "basisPoints"}``, those with a share.
    The flag version says where it came from, and nothing is read from it.
    """

    experiment = models.ForeignKey(Experiment, on_delete=models.PROTECT, related_name="phases")
    number = models.PositiveIntegerField()
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    enabled = models.BooleanField()
    percentage = models.PositiveSmallIntegerField()
    gate_salt = models.CharField(max_length=32)
    split_salt = models.CharField(max_length=32)
    bucket_map = models.ForeignKey(BucketMap, on_delete=models.PROTECT, null=True, related_name="+")
    control_value = models.JSONField()
    arms = models.JSONField()
    audience = models.ForeignKey(SegmentVersion, on_delete=models.PROTECT, null=True, related_name="+")
    flag_version = models.ForeignKey(FlagVersion, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["experiment", "number"], name="phase_number_unique"),
            models.UniqueConstraint(fields=["experiment"], condition=Q(closed_at__isnull=True), name="phase_one_open"),
            models.CheckConstraint(condition=Q(percentage__range=(0, 10_000)), name="phase_percentage_range"),
        ]

    def __str__(self) -> str:
        return f"phase {self.number} of experiment {self.experiment_id}"

    @property
    def control_share(self) -> BasisPoints:
        """What the options left."""
        return BasisPoints(EVERYTHING - sum(arm["basisPoints"] for arm in self.arms))

    @cached_property
    def widest(self) -> int:
        """The largest share of the units, in basis points, that the phase has taken in so far."""
        steps = PhaseStep.objects.filter(phase=self).order_by("-percentage").values_list("percentage", flat=True)
        return steps.first() or self.percentage


class StepKind(models.TextChoices):
    """What happened to a phase."""

    OPENED = "OPENED"
    RAMPED = "RAMPED"
    PAUSED = "PAUSED"
    RESUMED = "RESUMED"
    CLOSED = "CLOSED"


class PhaseStep(AuthoredModel):
    """What happened to a phase, and the gate from then on, in basis points. Never changes.

    A gate that is closed takes nobody in: 0.
    """

    phase = models.ForeignKey(Phase, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=7, choices=StepKind.choices)
    percentage = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=StepKind.values), name="phase_step_kind_known"),
            models.CheckConstraint(condition=Q(percentage__range=(0, 10_000)), name="phase_step_percentage_range"),
        ]


class RampStatus(models.TextChoices):
    """What became of a scheduled ramp."""

    PENDING = "PENDING"
    DONE = "DONE"
    SKIPPED = "SKIPPED"
    CANCELLED = "CANCELLED"


class ScheduledRamp(AuthoredModel):
    """A widening of the gate that is to happen at a time; once settled it never changes.

    ``reason`` is the code of the refusal that made the worker skip it.
    """

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="ramps")
    percentage = models.PositiveSmallIntegerField()
    due_at = models.DateTimeField()
    status = models.CharField(max_length=9, choices=RampStatus.choices, default=RampStatus.PENDING)
    reason = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["due_at", "id"]
        indexes = [models.Index(fields=["due_at"], condition=Q(status="PENDING"), name="ramp_due")]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=RampStatus.values), name="ramp_status_known"),
            models.CheckConstraint(condition=Q(percentage__range=(1, 10_000)), name="ramp_percentage_range"),
            models.CheckConstraint(
                condition=Q(status="PENDING", settled_at__isnull=True)
                | (~Q(status="PENDING") & Q(settled_at__isnull=False)),
                name="ramp_settled_unless_pending",
            ),
        ]
