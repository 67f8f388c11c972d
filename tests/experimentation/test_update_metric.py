"""Changing a metric: another meaning is another version, texts are none, and its kind stays."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from server.accounts.permissions import MissingRole
from server.accounts.roles import Role
from server.audit.models import AuditRecord
from server.errors import InvalidInput, NotFound
from server.experimentation.metrics.definitions import Definition, Measured, definition_of
from server.experimentation.models import Metric, MetricKind, MetricVersion
from server.experimentation.services.update_metric import update_metric
from server.experimentation.stats.terms import Direction
from server.versioning.locks import VersionMoved
from tests.experimentation.measuring import BOUGHT, change_metric, new_metric, redefine
from tests.experimentation.reading import facts, problems
from tests.factories import NOW, World, new_author, new_world
from tests.races import race
from tests.rows import unchanged

LATER = NOW + timedelta(days=1)


def audited() -> AuditRecord:
    return AuditRecord.objects.latest("pk")


def test_another_definition_is_another_version(v2: World) -> None:
    metric = new_metric(v2, name="Sales")
    sold = replace(BOUGHT, measured=Measured("sale"), window_hours=24)

    changed = change_metric(v2, metric, definition=sold, now=LATER)

    first, second = MetricVersion.objects.order_by("number")
    assert (first.number, definition_of(first), second.number, definition_of(second)) == (1, BOUGHT, 2, sold)
    assert (second.created_at, second.higher_is_better) == (LATER, True)
    changed = Metric.objects.get(pk=changed.pk)
    assert (changed.current, changed.version, changed.updated_at, changed.name) == (second, 2, LATER, "Sales")
    row = audited()
    assert (row.action, row.object_id, facts(row.before)["version"], facts(row.after)["version"]) == (
        "metric.update",
        metric.pk,
        1,
        2,
    )
    assert facts(row.after)["definition"]["measured"]["event"] == "sale"


def test_another_direction_is_another_version(v2: World) -> None:
    metric = change_metric(v2, new_metric(v2), direction=Direction.LOWER_IS_BETTER)

    assert list(metric.versions.values_list("number", "higher_is_better")) == [(1, True), (2, False)]
    assert (facts(audited().before)["direction"], facts(audited().after)["direction"]) == (
        "HIGHER_IS_BETTER",
        "LOWER_IS_BETTER",
    )


def test_texts_alone_make_no_version(v2: World) -> None:
    metric = new_metric(v2)

    changed = change_metric(v2, metric, name="Other", description="Why", now=LATER)

    changed = Metric.objects.get(pk=changed.pk)
    assert (changed.name, changed.description, changed.version, changed.updated_at) == ("Other", "Why", 2, LATER)
    assert (changed.versions.count(), changed.current_id) == (1, metric.current_id)
    assert (audited().object_name, facts(audited().after)["name"]) == ("Other", "Other")


@pytest.mark.parametrize(
    "same",
    [
        {},
        {"name": "Sales"},
        {"description": ""},
        {"definition": BOUGHT},
        {"direction": Direction.HIGHER_IS_BETTER},
        {"name": "Sales", "definition": replace(BOUGHT, window_hours=None), "expected_version": 1},
    ],
)
def test_an_edit_that_changes_nothing_writes_nothing(v2: World, same: dict[str, Any]) -> None:
    metric = new_metric(v2, name="Sales")

    with unchanged():
        answer = change_metric(v2, metric, now=LATER, **same)

    assert (answer.version, answer.updated_at) == (1, NOW)


def test_whole_hours_and_the_same_as_a_float_are_the_same(v2: World) -> None:
    metric = new_metric(v2, replace(BOUGHT, window_hours=24.0))

    with unchanged():
        change_metric(v2, metric, definition=replace(BOUGHT, window_hours=24))


def test_its_kind_stays(v2: World) -> None:
    metric = new_metric(v2)

    with unchanged(), pytest.raises(InvalidInput) as refused:
        change_metric(v2, metric, name=" ", definition=Definition(MetricKind.COUNT, Measured("")))

    assert problems(refused) == [("input.name", "BLANK"), ("input.definition.count", "WRONG_KIND")]


def test_every_problem_is_told_at_once(v2: World) -> None:
    metric = new_metric(v2)

    with unchanged(), pytest.raises(InvalidInput) as refused:
        change_metric(v2, metric, name="", description=None, definition=replace(BOUGHT, cap=1.0, window_hours=-1))

    assert problems(refused) == [
        ("input.name", "BLANK"),
        ("input.description", "WRONG_TYPE"),
        ("input.definition.proportion.cap", "UNEXPECTED_VALUE"),
        ("input.definition.proportion.windowHours", "OUT_OF_RANGE"),
    ]


def test_an_edit_for_another_version_is_refused(v2: World) -> None:
    metric = redefine(v2, new_metric(v2))

    with unchanged(), pytest.raises(VersionMoved) as refused:
        change_metric(v2, metric, name="Other", expected_version=1)

    assert (refused.value.code, refused.value.expected, refused.value.actual) == ("VERSION_MOVED", 1, 2)
    assert change_metric(v2, metric, name="Other", expected_version=2).version == 3


def test_an_editor_of_the_project_may_and_nobody_below(v2: World) -> None:
    metric = new_metric(v2)
    in_project = {"project_id": v2.project.pk}
    viewer = new_author(v2.organisation, Role.VIEWER)
    in_environment = new_author(v2.organisation, Role.OWNER, **in_project, environment_id=v2.environment.pk)

    for author in (viewer, in_environment):
        with unchanged(), pytest.raises(MissingRole):
            update_metric(metric_id=metric.pk, name="Other", author=author, now=NOW)

    editor = new_author(v2.organisation, Role.EDITOR, **in_project)
    assert update_metric(metric_id=metric.pk, name="Other", author=editor, now=NOW).name == "Other"


def test_another_tenants_metric_is_not_found(v2: World) -> None:
    metric = new_metric(new_world())

    with unchanged(), pytest.raises(NotFound) as refused:
        change_metric(v2, metric, name=" ")

    assert refused.value.field == "metricId"


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_two_versions_one_after_the_other(v2: World) -> None:
    metric = new_metric(v2)

    answers = race(lambda: redefine(v2, metric, "sale"), lambda: redefine(v2, metric, "order"))

    assert [type(answer) for answer in answers] == [Metric, Metric], answers
    assert list(metric.versions.values_list("number", flat=True)) == [1, 2, 3]
    metric.refresh_from_db()
    assert (metric.version, metric.current) == (3, metric.versions.get(number=3))
