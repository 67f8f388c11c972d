"""Flags, their versions, and the states that a version consists of.

A state never changes: an edit writes a new one. A version says which states stand
in which order (*placements*), so that versions share what an edit left alone. Row
triggers keep sealed versions, and every state, as they are.
"""

from django.db import models
from django.db.models.expressions import Func
from django.utils.functional import cached_property

from server.accounts.authored import AuthoredModel
from server.evaluation.percentages import EVERYTHING, BasisPoints
from server.features.models import Feature, Option, Segment
from server.projects.models import Environment

MAX_TARGETING_KEY = 500


class CurrentTransaction(Func):
    """The number of the running transaction, savepoints included."""

    function = "txid_current"
    output_field = models.BigIntegerField()


class Flag(models.Model):
    """A feature in one environment: what versions, states and locks belong to.

    ``version`` counts the edits, in both modes: it is what an edit's expected version
    is compared with. ``live_version`` is the one place that says what is live.
    """

    feature = models.ForeignKey(Feature, on_delete=models.PROTECT, related_name="flags")
    environment = models.ForeignKey(Environment, on_delete=models.PROTECT, related_name="flags")
    version = models.PositiveIntegerField(default=1)
    live_version = models.ForeignKey("FlagVersion", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["feature", "environment"], name="flag_unique"),
            # What an experiment refers to: the flag together with what it is a flag of.
            models.UniqueConstraint(fields=["id", "feature", "environment"], name="flag_scope"),
        ]

    def __str__(self) -> str:
        return f"flag {self.pk}"


class Cause(models.TextChoices):
    """What brought a flag version into being."""

    FEATURE_CREATED = "FEATURE_CREATED", "the feature, or its environment, was created"
    FLAG_UPDATED = "FLAG_UPDATED", "somebody changed the flag"
    VERSION_RESTORED = "VERSION_RESTORED", "somebody restored an earlier version"
    VERSIONING_CHANGED = "VERSIONING_CHANGED", "the environment went from V2 to V1"
    ROLLOUT_SET = "ROLLOUT_SET", "an experiment's rollout was set"
    EXPERIMENT_COMPLETED = "EXPERIMENT_COMPLETED", "an experiment was completed"
    EXPERIMENT_DELETED = "EXPERIMENT_DELETED", "a draft experiment was deleted"
    COMPLETION_REVERTED = "COMPLETION_REVERTED", "an experiment's completion was reverted"


class FlagVersion(AuthoredModel):
    """The states that a flag has from one moment on; a sealed one never changes."""

    flag = models.ForeignKey(Flag, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    live_from = models.DateTimeField()
    sealed_at = models.DateTimeField(null=True)
    based_on = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    cause = models.CharField(max_length=24, choices=Cause.choices)
    # A version is published and sealed at once: only the transaction that wrote the
    # row may still put states into it. Row triggers compare this.
    written_in = models.BigIntegerField(db_default=CurrentTransaction(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["flag", "number"], name="flag_version_number_unique"),
            models.UniqueConstraint(
                fields=["flag"], condition=models.Q(sealed_at__isnull=True), name="flag_version_one_unsealed"
            ),
        ]


class Lineage(models.Model):
    """The history of one thing that deals units out: a flag's default, or its override for one segment.

    The salt is random, made once, and stays when the override is removed and added again.
    """

    flag = models.ForeignKey(Flag, on_delete=models.PROTECT, related_name="lineages")
    segment = models.ForeignKey(Segment, on_delete=models.PROTECT, null=True, related_name="+")
    salt = models.CharField(max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["flag", "segment"], name="lineage_of_override_unique"),
            models.UniqueConstraint(
                fields=["flag"], condition=models.Q(segment__isnull=True), name="lineage_of_default_unique"
            ),
        ]


class BucketMap(models.Model):
    """Which arm has which of the 10,000 buckets of a lineage's hash line. Never changes.

    ``runs`` are ``[length, option id]``, from bucket 0 on; 0 stands for control. An edit of the
    shares makes the next map, which moves ``moved`` buckets from its predecessor: no more
    than the shares make necessary. The predecessor is the map that units met last; the
    first map of a lineage moves from one where control has everything.
    """

    lineage = models.ForeignKey(Lineage, on_delete=models.PROTECT, related_name="maps")
    predecessor = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    runs = models.JSONField()
    moved = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(moved__range=(0, 10_000)), name="bucket_map_moved_range"),
        ]

    @cached_property
    def option_keys(self) -> dict[str, str]:
        """The keys of the feature's options, removed ones too, by id as JSON has it."""
        options = Option.objects.filter(feature__flags=self.lineage.flag_id)
        return {str(option_id): key for option_id, key in options.values_list("pk", "key")}


class FlagState(models.Model):
    """What a flag serves by default, or to one segment. Never changes.

    Without a bucket map everything is control's, and always was in this lineage.
    """

    lineage = models.ForeignKey(Lineage, on_delete=models.PROTECT, related_name="states")
    bucket_map = models.ForeignKey(BucketMap, on_delete=models.PROTECT, null=True, related_name="states")
    enabled = models.BooleanField()
    value = models.JSONField()
    written_in = models.BigIntegerField(db_default=CurrentTransaction(), editable=False)

    @property
    def control_share(self) -> BasisPoints:
        """What the options leave; the state's allocations must be loaded."""
        return BasisPoints(EVERYTHING - sum(allocation.share for allocation in self.allocations.all()))


class Allocation(models.Model):
    """An option's share, in basis points, of the units that a state applies to. Never changes."""

    state = models.ForeignKey(FlagState, on_delete=models.PROTECT, related_name="allocations")
    option = models.ForeignKey(Option, on_delete=models.PROTECT, related_name="+")
    share = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["option_id"]
        constraints = [
            models.UniqueConstraint(fields=["state", "option"], name="allocation_unique"),
            models.CheckConstraint(condition=models.Q(share__range=(1, 10_000)), name="allocation_share_range"),
        ]


class Placement(models.Model):
    """Where a state stands in a version: priority 1 is looked at first, the default has none."""

    version = models.ForeignKey(FlagVersion, on_delete=models.PROTECT, related_name="placements")
    state = models.ForeignKey(FlagState, on_delete=models.PROTECT, related_name="placements")
    segment = models.ForeignKey(Segment, on_delete=models.PROTECT, null=True, related_name="+")
    priority = models.PositiveIntegerField(null=True)
    # Whether the override was an experiment's then: its segment may be an ordinary one since.
    by_experiment = models.BooleanField(default=False)

    class Meta:
        ordering = [models.F("priority").asc(nulls_last=True)]
        constraints = [
            models.UniqueConstraint(fields=["version", "priority"], name="placement_priority_unique"),
            models.UniqueConstraint(fields=["version", "segment"], name="placement_segment_unique"),
            models.UniqueConstraint(
                fields=["version"], condition=models.Q(segment__isnull=True), name="placement_one_default"
            ),
            models.CheckConstraint(
                condition=models.Q(segment__isnull=True, priority__isnull=True)
                # Said in full: a CHECK lets null through.
                | models.Q(segment__isnull=False, priority__isnull=False, priority__gte=1),
                name="placement_override_has_priority",
            ),
        ]


class IdentityOverride(AuthoredModel):
    """What a flag serves to one targeting key, whatever else it says: a forced value.

    Either an option, or a value of its own. It is no part of flag versions.
    """

    flag = models.ForeignKey(Flag, on_delete=models.PROTECT, related_name="identity_overrides")
    targeting_key = models.CharField(max_length=MAX_TARGETING_KEY)
    enabled = models.BooleanField(default=True)
    option = models.ForeignKey(Option, on_delete=models.PROTECT, null=True, related_name="+")
    value = models.JSONField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["flag", "targeting_key"], name="identity_override_unique"),
            models.CheckConstraint(
                condition=models.Q(option__isnull=True, value__isnull=False)
                | models.Q(option__isnull=False, value__isnull=True),
                name="identity_override_option_or_value",
            ),
        ]
