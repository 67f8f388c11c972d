"""Features and their options, segments and their versions, and the holds on them."""

from typing import Any

from django.db import models
from django.utils.functional import cached_property

from server.accounts.authored import AuthoredModel
from server.projects.models import Environment, Project

MAX_KEY = 150
MAX_NAME = 200
MAX_DESCRIPTION = 2_000


class ValueType(models.TextChoices):
    """What every value of a feature is."""

    BOOLEAN = "BOOLEAN"
    STRING = "STRING"
    INTEGER = "INTEGER"
    FLOAT = "FLOAT"
    JSON = "JSON"


class Feature(models.Model):
    """A key, a value type and a default value, in one project."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="features")
    key = models.CharField(max_length=MAX_KEY)
    description = models.CharField(max_length=MAX_DESCRIPTION, blank=True)
    value_type = models.CharField(max_length=8, choices=ValueType.choices)
    default_value = models.JSONField()
    server_only = models.BooleanField(default=False)
    archived_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "key"], name="feature_key_unique"),
            models.CheckConstraint(
                condition=models.Q(value_type__in=ValueType.values), name="feature_value_type_known"
            ),
            models.CheckConstraint(
                condition=models.Q(key__regex=r"^[A-Za-z][A-Za-z0-9_.-]*$"), name="feature_key_form"
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @cached_property
    def present_options(self) -> "list[Option]":
        """The options that the feature has now, in the order in which they were added."""
        return list(self.options.filter(removed_at=None).order_by("id"))


class Option(models.Model):
    """An alternative value of a feature, with a key of its own: a multivariate option.

    A removed option stays as a row, because the past of a flag refers to it.
    """

    feature = models.ForeignKey(Feature, on_delete=models.PROTECT, related_name="options")
    key = models.CharField(max_length=MAX_KEY)
    value = models.JSONField()
    default_allocation = models.PositiveSmallIntegerField(default=0)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["feature", "key"],
                condition=models.Q(removed_at__isnull=True),
                name="option_key_unique",
            ),
            models.CheckConstraint(
                condition=models.Q(default_allocation__range=(0, 10_000)),
                name="option_default_allocation_range",
            ),
            models.CheckConstraint(
                condition=models.Q(key__regex=r"^[A-Za-z][A-Za-z0-9_.-]*$") & ~models.Q(key="control"),
                name="option_key_form",
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Segment(models.Model):
    """A named rule over a unit's traits.

    A *system* segment belongs to an experiment: it holds the gate, is hidden from
    segment lists, and is closed (matches nobody) unless its experiment runs.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="segments")
    name = models.CharField(max_length=MAX_NAME)
    description = models.CharField(max_length=MAX_DESCRIPTION, blank=True)
    is_system = models.BooleanField(default=False)
    is_open = models.BooleanField(default=True)
    current = models.ForeignKey("SegmentVersion", on_delete=models.PROTECT, null=True, related_name="+")
    removed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "name"],
                condition=models.Q(is_system=False, removed_at__isnull=True),
                name="segment_name_unique",
            ),
            models.CheckConstraint(
                condition=models.Q(is_system=True) | models.Q(is_open=True), name="segment_ordinary_is_open"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def current_rules(self) -> dict[str, Any]:
        """The rules that count now: a segment has a version from its first moment on."""
        assert self.current is not None
        rules: dict[str, Any] = self.current.rules
        return rules


class SegmentVersion(AuthoredModel):
    """The rules that a segment has from one moment on. Never changes."""

    segment = models.ForeignKey(Segment, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    rules = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["segment", "number"], name="segment_version_number_unique"),
        ]


class Forbids(models.TextChoices):
    """What a hold forbids to everyone but its holder."""

    OVERRIDE = "OVERRIDE", "changing the override for the held segment"
    FEATURE = "FEATURE", "changing the feature's options, value type or archival"
    AHEAD = "AHEAD", "putting an override ahead of the one for the held segment"
    RULES = "RULES", "changing the rules of the held segment"
    REMOVAL = "REMOVAL", "removing the held segment"


class Hold(models.Model):
    """A lock on what somebody stands on: on a feature in one environment, and often on one segment.

    The holder is named and not referred to: a lower floor refuses for a higher one
    without knowing it.
    """

    feature = models.ForeignKey(Feature, on_delete=models.PROTECT, related_name="holds")
    environment = models.ForeignKey(Environment, on_delete=models.PROTECT, related_name="+")
    segment = models.ForeignKey(Segment, on_delete=models.PROTECT, null=True, related_name="holds")
    forbids = models.CharField(max_length=8, choices=Forbids.choices)
    holder_type = models.CharField(max_length=32)
    holder_id = models.BigIntegerField()
    holder_name = models.CharField(max_length=MAX_NAME)

    class Meta:
        indexes = [models.Index(fields=["holder_type", "holder_id"], name="hold_holder")]
        constraints = [
            models.UniqueConstraint(
                fields=["feature", "environment", "segment", "forbids"],
                condition=models.Q(segment__isnull=False),
                name="hold_on_segment_unique",
            ),
            models.UniqueConstraint(
                fields=["feature", "environment", "forbids"],
                condition=models.Q(segment__isnull=True),
                name="hold_on_feature_unique",
            ),
            models.CheckConstraint(condition=models.Q(forbids__in=Forbids.values), name="hold_forbids_known"),
            models.CheckConstraint(
                condition=models.Q(forbids="FEATURE") | models.Q(segment__isnull=False),
                name="hold_names_its_segment",
            ),
        ]
