"""What experiments measure: metrics of a project, and the plan of each experiment. Both keep all their versions."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property

from server.accounts.authored import AuthoredModel
from server.experimentation.models.experiments import MAX_KEY, MAX_NAME, Experiment
from server.projects.models import Project

MAX_DESCRIPTION = 5_000
MAX_DIMENSION = 100


class MetricKind(models.TextChoices):
    """What a metric makes of a unit's events."""

    PROPORTION = "PROPORTION"
    COUNT = "COUNT"
    SUM = "SUM"
    MEAN = "MEAN"
    RATIO = "RATIO"
    QUANTILE = "QUANTILE"
    RETENTION = "RETENTION"


class Metric(AuthoredModel):
    """Something that a project measures of its units. What it means is in its versions."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="metrics")
    key = models.CharField(max_length=MAX_KEY)
    name = models.CharField(max_length=MAX_NAME)
    description = models.CharField(max_length=MAX_DESCRIPTION, blank=True)
    version = models.PositiveIntegerField(default=1)
    current = models.ForeignKey("MetricVersion", on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "key"], name="metric_key_unique"),
            models.CheckConstraint(condition=Q(key__regex=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"), name="metric_key_form"),
        ]

    def __str__(self) -> str:
        return self.key


class MetricVersion(AuthoredModel):
    """What a metric means from one moment on. Never changes: plans refer to one.

    ``definition`` is what `server.experimentation.metrics` writes and reads.
    """

    metric = models.ForeignKey(Metric, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=MetricKind.choices)
    higher_is_better = models.BooleanField()
    definition = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["metric", "number"], name="metric_version_number_unique"),
            models.CheckConstraint(condition=Q(kind__in=MetricKind.values), name="metric_version_kind_known"),
        ]


class Plan(AuthoredModel):
    """How an experiment is to be judged. Never changes: another plan is another row, and the newest is in force.

    Whether it was written after the start, and after there were results to see, is part of it: a
    plan is fixed by the start. ``rule`` is ``{"kind": "ALWAYS_VALID", "tuning"}`` or
    ``{"kind": "FIXED_HORIZON", "units", "days"}``; ``prior`` is null for a flat one, or
    ``{"mean", "standardDeviation", "scale"}``.
    """

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="plans")
    number = models.PositiveIntegerField()
    scale = models.CharField(max_length=8)
    minimum_effect = models.FloatField()
    alpha = models.FloatField()
    power = models.FloatField()
    rule = models.JSONField()
    prior = models.JSONField(null=True)
    correction = models.CharField(max_length=20)
    expected_days = models.FloatField(null=True)
    lookback_days = models.PositiveSmallIntegerField()
    dimensions = ArrayField(models.CharField(max_length=MAX_DIMENSION), default=list)
    created_at = models.DateTimeField()
    after_start = models.BooleanField()
    after_results = models.BooleanField()
    changes_judgement = models.BooleanField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["experiment", "number"], name="plan_number_unique"),
            models.CheckConstraint(condition=Q(scale__in=["ABSOLUTE", "RELATIVE"]), name="plan_scale_known"),
            models.CheckConstraint(condition=Q(alpha__gt=0, alpha__lt=1), name="plan_alpha_range"),
            models.CheckConstraint(condition=Q(power__gt=0, power__lt=1), name="plan_power_range"),
            models.CheckConstraint(condition=Q(minimum_effect__gte=0), name="plan_minimum_effect_range"),
        ]

    @cached_property
    def measured(self) -> "list[PlanMetric]":
        """Its metrics in their order."""
        return list(self.metrics.select_related("version__metric__current").order_by("position"))


class MetricRole(models.TextChoices):
    """What a metric is for in an experiment."""

    PRIMARY = "PRIMARY"
    SECONDARY = "SECONDARY"
    GUARDRAIL = "GUARDRAIL"


class PlanMetric(models.Model):
    """A metric, as it was when the plan was written, in its role. Only a guardrail has a margin, on its own scale."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="metrics")
    version = models.ForeignKey(MetricVersion, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=9, choices=MetricRole.choices)
    position = models.PositiveSmallIntegerField()
    margin = models.FloatField(null=True)
    margin_scale = models.CharField(max_length=8, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "position"], name="plan_metric_position_unique"),
            models.UniqueConstraint(fields=["plan"], condition=Q(role="PRIMARY"), name="plan_one_primary_metric"),
            models.CheckConstraint(condition=Q(role__in=MetricRole.values), name="plan_metric_role_known"),
            models.CheckConstraint(
                condition=Q(role="GUARDRAIL", margin__isnull=False, margin__gte=0) & ~Q(margin_scale="")
                | (~Q(role="GUARDRAIL") & Q(margin__isnull=True, margin_scale="")),
                name="plan_metric_margin_of_guardrails",
            ),
        ]
