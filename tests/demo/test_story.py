"""What the demo shows: whoever opens it should find one of everything."""

from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from server.accounts.authors import Scope
from server.accounts.models import ApiKey, User
from server.accounts.permissions import Permission, may
from server.accounts.roles import Role
from server.audit.models import AuditRecord
from server.demo.access import EDITOR_EMAIL, OWNER_EMAIL
from server.demo.free import flags_to_try
from server.demo.shop import Shop
from server.evaluation.rules import parse_rules
from server.evaluation.rules.language import Rule
from server.experimentation.models import Experiment, Status
from server.features.models import Feature, Segment, SegmentVersion, ValueType
from server.projects.models import Environment, Versioning
from server.versioning.models import Flag, FlagVersion, IdentityOverride, Placement

pytestmark = pytest.mark.usefixtures("shop")


def test_there_is_a_production_with_versions_and_a_staging_in_place() -> None:
    assert dict(Environment.objects.values_list("name", "versioning")) == {
        "production": Versioning.V2,
        "staging": Versioning.V1,
    }


def test_there_are_experiments_in_each_status_and_with_each_decision() -> None:
    experiments = Counter(Experiment.objects.values_list("environment__name", "status"))
    drafts = Experiment.objects.filter(status=Status.DRAFT, environment__name="production")
    completed = Experiment.objects.filter(status=Status.COMPLETED, environment__name="production")

    assert experiments == {
        ("production", Status.DRAFT): 2,
        ("production", Status.RUNNING): 2,
        ("production", Status.PAUSED): 1,
        ("production", Status.COMPLETED): 3,
        ("staging", Status.DRAFT): 1,
        ("staging", Status.RUNNING): 1,
        ("staging", Status.COMPLETED): 1,
    }
    assert {hasattr(draft, "rollout") for draft in drafts} == {True, False}
    assert set(completed.values_list("receipt__decision", flat=True)) == {
        "KEEP_CONTROL",
        "SHIP_TO_EVERYONE",
        "SHIP_TO_GATE",
    }
    assert not Experiment.objects.filter(hypothesis="").exists()


def test_there_are_features_of_every_value_type_with_and_without_options() -> None:
    of_type = Counter(Feature.objects.values_list("value_type", flat=True))
    multivariate = Feature.objects.filter(options__isnull=False).distinct()

    assert set(of_type) == set(ValueType.values)
    assert set(multivariate.values_list("value_type", flat=True)) == set(ValueType.values)
    assert Feature.objects.count() - multivariate.count() == 3
    assert list(Feature.objects.exclude(archived_at=None).values_list("key", flat=True)) == ["summer-sale"]
    assert Feature.objects.filter(server_only=True).exists()
    assert Feature.objects.filter(options__default_allocation__gt=0).exists()
    assert not Feature.objects.filter(description="").exists()


def test_segments_show_many_operators_and_every_rule_is_sound() -> None:
    operators = set()
    for version in SegmentVersion.objects.filter(segment__is_system=False):
        operators |= operators_of(parse_rules(version.rules))

    assert {"MATCHES", "IN", "SEMVER_GREATER_OR_EQUAL", "PERCENTAGE_SPLIT", "GREATER", "IS_NOT_SET"} <= operators
    assert Segment.objects.get(name="EU customers").versions.count() == 2


def operators_of(rule: Rule) -> set[str]:
    inner = {operator for part in rule.rules for operator in operators_of(part)}
    return inner | {condition.operator.value for condition in rule.conditions}


def test_flags_have_overrides_in_their_order_and_a_past(shop: Shop) -> None:
    dark_mode = Flag.objects.get(feature__key="dark-mode", environment=shop.environments["production"])
    live = Placement.objects.filter(version_id=dark_mode.live_version_id, priority__isnull=False)

    assert list(live.values_list("priority", "segment__name")) == [(1, "Mobile app 4.2 and newer"), (2, "Staff")]
    assert FlagVersion.objects.filter(flag=dark_mode).count() == 6


def test_a_visitor_finds_flags_that_are_free_for_an_experiment(shop: Shop) -> None:
    production, staging = shop.environments["production"], shop.environments["staging"]

    of_owner = flags_to_try(shop.authors["owner"])
    of_editor = flags_to_try(shop.authors["editor"])

    assert list(of_owner.filter(environment=production).values_list("feature__key", flat=True)) == [
        "hero-banner",
        "review-sort-order",
        "product-image-ratio",
        "delivery-promise",
        "checkout-layout",
        "loyalty-discount",
    ]
    assert {flag.environment for flag in of_editor} == {staging}


def test_two_users_and_a_machine_have_different_roles(shop: Shop) -> None:
    organisation = Scope(shop.project.organisation_id)
    staging = Scope(shop.project.organisation_id, shop.project.pk, shop.environments["staging"].pk)
    owner, editor, ci = shop.authors["owner"], shop.authors["editor"], shop.authors["ci"]

    assert set(User.objects.values_list("email", flat=True)) == {OWNER_EMAIL, EDITOR_EMAIL}
    assert may(owner, Permission.MANAGE_ACCESS, organisation)
    assert may(editor, Permission.VIEW, organisation)
    assert not may(editor, Permission.EDIT, organisation)
    assert may(editor, Permission.EDIT, staging)
    assert not may(ci, Permission.VIEW, organisation)
    assert may(ci, Permission.EDIT, staging)
    assert ApiKey.objects.get(name="CI").grants.get().role == Role.EDITOR


def test_everything_happened_in_order_within_the_last_six_weeks() -> None:
    moments = list(AuditRecord.objects.order_by("id").values_list("created_at", flat=True))

    assert moments == sorted(moments)
    assert moments[0] > timezone.now() - timedelta(weeks=6, hours=1)
    assert moments[-1] < timezone.now() - timedelta(days=1)


def test_experiments_have_phases_ramps_and_an_audience() -> None:
    wording = Experiment.objects.get(key="checkout-button-wording")
    better = Experiment.objects.get(key="better-recommendations")

    steps = [(step.kind, step.percentage) for step in wording.phases.get().steps.all()]
    assert steps == [("OPENED", 1000), ("RAMPED", 2000), ("RAMPED", 4000)]
    assert list(wording.ramps.values_list("percentage", "status")) == [(6000, "PENDING"), (10_000, "PENDING")]
    assert wording.ramps.filter(due_at__lt=timezone.now()).count() == 0
    assert [phase.closed_at is None for phase in better.phases.all()] == [False, True]
    assert Experiment.objects.get(key="search-in-stock-first").audience.segment.name == "EU customers"
    assert IdentityOverride.objects.get().targeting_key == "screenshot-robot"
