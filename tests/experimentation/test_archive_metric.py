"""Archiving a metric: it is offered to no more plans, and those that have it keep it."""

from datetime import timedelta

import pytest

from server.accounts.permissions import MissingRole
from server.accounts.roles import Role
from server.audit.models import AuditRecord
from server.errors import NotFound
from server.experimentation.metrics.rows import AlreadyThere
from server.experimentation.models import Metric
from server.experimentation.services.archive_metric import archive_metric
from tests.experimentation.measuring import new_metric, plan_of, put_metric_away, set_plan
from tests.experimentation.reading import facts
from tests.factories import NOW, World, new_author, new_world
from tests.rows import unchanged

LATER = NOW + timedelta(days=1)


def test_it_goes_and_comes_back(v2: World) -> None:
    metric = new_metric(v2)

    archive_metric(metric_id=metric.pk, author=v2.author, now=LATER)

    metric.refresh_from_db()
    assert (metric.archived_at, metric.version, metric.updated_at) == (LATER, 2, LATER)
    archive_metric(metric_id=metric.pk, archived=False, author=v2.author, now=LATER)
    metric.refresh_from_db()
    assert (metric.archived_at, metric.version, metric.versions.count()) == (None, 3, 1)
    rows = AuditRecord.objects.filter(object_type="Metric", object_id=metric.pk).order_by("pk")[1:]
    assert [(row.action, facts(row.before)["archived"], facts(row.after)["archived"]) for row in rows] == [
        ("metric.archive", False, True),
        ("metric.unarchive", True, False),
    ]


def test_where_it_is_already_is_refused(v2: World) -> None:
    metric = new_metric(v2)

    with unchanged(), pytest.raises(AlreadyThere) as in_use:
        put_metric_away(v2, metric, archived=False)
    put_metric_away(v2, metric)
    with unchanged(), pytest.raises(AlreadyThere) as archived:
        put_metric_away(v2, metric)

    assert (in_use.value.code, in_use.value.allowed) == ("ILLEGAL_TRANSITION", ("archiveMetric",))
    assert (archived.value.message, archived.value.allowed) == (
        "The metric is archived already.",
        ("unarchiveMetric",),
    )


def test_plans_that_have_it_keep_it(v2: World) -> None:
    metric = new_metric(v2)
    experiment = set_plan(v2, v2.experiment(), plan_of(metric))

    put_metric_away(v2, metric)

    assert [each.version for each in experiment.plans.get().metrics.all()] == [metric.current]


def test_an_editor_of_the_project_may_and_nobody_below(v2: World) -> None:
    metric, viewer = new_metric(v2), new_author(v2.organisation, Role.VIEWER)

    with unchanged(), pytest.raises(MissingRole):
        archive_metric(metric_id=metric.pk, author=viewer, now=NOW)

    editor = new_author(v2.organisation, Role.EDITOR, project_id=v2.project.pk)
    archive_metric(metric_id=metric.pk, author=editor, now=NOW)
    assert Metric.objects.get().archived_at == NOW


def test_another_tenants_metric_is_not_found(v2: World) -> None:
    metric = new_metric(new_world())

    with unchanged(), pytest.raises(NotFound):
        put_metric_away(v2, metric)
