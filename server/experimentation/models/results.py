"""What was computed of experiments, and of metrics before there is one. A computation that ended never changes."""

from django.db import models
from django.db.models import Q

from server.accounts.authored import AuthoredModel
from server.experimentation.models.experiments import Experiment
from server.experimentation.models.metrics import MAX_DIMENSION, MetricVersion, Plan
from server.projects.models import Environment

MAX_ENGINE = 100
MAX_CODE = 64
MAX_MESSAGE = 2_000


class ComputationStatus(models.TextChoices):
    """What became of a computation."""

    DONE = "DONE"
    FAILED = "FAILED"


class Trigger(models.TextChoices):
    """Why something was computed."""

    SCHEDULE = "SCHEDULE"
    REQUEST = "REQUEST"


class Computation(models.Model):
    """One computation of an experiment's results, with what went into it. Never changes.

    ``document`` is what `server.experimentation.results` writes and reads. It counts what happened before ``as_of``.
    A final one is the last of a completed experiment, unless its completion is reverted. One that ``decides`` is the
    first whose verdict the plan's stopping rule made final: later ones only repeat it.
    """

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="computations")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=6, choices=ComputationStatus.choices)
    trigger = models.CharField(max_length=8, choices=Trigger.choices)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, null=True, related_name="+")
    as_of = models.DateTimeField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    engine = models.CharField(max_length=MAX_ENGINE, blank=True)
    inputs = models.JSONField(default=dict)
    document = models.JSONField(null=True)
    failure_code = models.CharField(max_length=MAX_CODE, blank=True)
    failure_message = models.CharField(max_length=MAX_MESSAGE, blank=True)
    is_final = models.BooleanField(default=False)
    decides = models.BooleanField(default=False)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["experiment", "number"], name="computation_number_unique"),
            models.CheckConstraint(
                condition=Q(status="DONE", document__isnull=False, failure_code="")
                | (Q(status="FAILED", document__isnull=True, is_final=False) & ~Q(failure_code="")),
                name="computation_done_or_failed",
            ),
            models.CheckConstraint(condition=Q(decides=False) | Q(status="DONE"), name="computation_done_to_decide"),
        ]


class Breakdown(models.Model):
    """What a computation found by the values of one property. Never changes, and goes when another one is shown.

    ``figures`` is what `server.experimentation.results` writes and reads.
    """

    computation = models.ForeignKey(Computation, on_delete=models.CASCADE, related_name="breakdowns")
    property = models.CharField(max_length=MAX_DIMENSION)
    figures = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["computation", "property"], name="breakdown_property_unique"),
        ]


class ResultsState(models.Model):
    """Which computation of an experiment is shown, and when the next one is due.

    ``current`` is the last good one, ``latest`` the last at all. ``decided`` is the last one that
    decides: its verdict stands for as long as what is judged, and what decides, stay the same.
    """

    experiment = models.OneToOneField(Experiment, on_delete=models.CASCADE, related_name="results_state")
    current = models.ForeignKey(Computation, on_delete=models.PROTECT, null=True, related_name="+")
    latest = models.ForeignKey(Computation, on_delete=models.PROTECT, null=True, related_name="+")
    decided = models.ForeignKey(Computation, on_delete=models.PROTECT, null=True, related_name="+")
    due_at = models.DateTimeField(null=True)
    requested_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="results_due")]


class Baseline(models.Model):
    """What a metric came to in an environment lately, without any experiment: what power is planned with.

    ``sums`` is what `server.experimentation.results` writes and reads. Where no number follows from them there is a
    ``reason``.
    """

    environment = models.ForeignKey(Environment, on_delete=models.CASCADE, related_name="+")
    version = models.ForeignKey(MetricVersion, on_delete=models.CASCADE, related_name="+")
    computed_at = models.DateTimeField()
    days = models.PositiveSmallIntegerField()
    units = models.BigIntegerField()
    units_per_day = models.FloatField()
    sums = models.JSONField()
    reason = models.CharField(max_length=MAX_CODE, blank=True)
    engine = models.CharField(max_length=MAX_ENGINE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["environment", "version"], name="baseline_unique")]


class Replay(AuthoredModel):
    """An A/A replay: the stored exposures of an experiment, dealt anew at random, many times.

    ``document`` is null until it is done, and ``plan`` as long;
    ``failure_code`` says why it will never be.
    """

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="replays")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, null=True, related_name="+")
    runs = models.PositiveIntegerField()
    seed = models.BigIntegerField()
    requested_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    document = models.JSONField(null=True)
    engine = models.CharField(max_length=MAX_ENGINE, blank=True)
    failure_code = models.CharField(max_length=MAX_CODE, blank=True)
    failure_message = models.CharField(max_length=MAX_MESSAGE, blank=True)

    class Meta:
        ordering = ["-id"]
