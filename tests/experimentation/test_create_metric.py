"""A new metric: its definition is checked, and kept in a first version."""

from dataclasses import replace
from typing import Any

import pytest

from server.accounts.permissions import MissingRole
from server.accounts.roles import Role
from server.audit.models import AuditRecord
from server.errors import InvalidInput, NotFound
from server.experimentation.metrics.definitions import Definition, Measured, definition_of
from server.experimentation.metrics.rows import MetricKeyTaken
from server.experimentation.models import Metric, MetricKind
from server.experimentation.services.create_metric import NewMetric, create_metric
from server.experimentation.stats.terms import Direction
from tests.experimentation.measuring import BOUGHT, REVENUE, new_metric
from tests.experimentation.reading import problems, revision
from tests.factories import NOW, World, new_author, new_world
from tests.races import race
from tests.rows import unchanged


def asked(world: World, **fields: Any) -> NewMetric:
    request = NewMetric(project_id=world.project.pk, key="conversion", name="Conversion", definition=BOUGHT)
    return replace(request, **fields)


def test_it_has_its_definition_in_a_first_version(v2: World) -> None:
    request = asked(
        v2, definition=REVENUE, direction=Direction.LOWER_IS_BETTER, key="refunds.v1", description="What we give back"
    )

    metric = create_metric(request=request, author=v2.author, now=NOW)

    metric = Metric.objects.get(pk=metric.pk)
    version = metric.versions.get()
    assert (metric.key, metric.name, metric.description) == ("refunds.v1", "Conversion", "What we give back")
    assert (metric.project, metric.version, metric.current, metric.archived_at) == (v2.project, 1, version, None)
    assert (metric.created_at, metric.updated_at, metric.author_id) == (NOW, NOW, v2.author.id)
    assert (version.number, version.kind, version.higher_is_better) == (1, "SUM", False)
    assert definition_of(version) == REVENUE
    assert (version.created_at, version.author_id) == (NOW, v2.author.id)


def test_it_is_recorded_and_nothing_is_served_differently(v2: World) -> None:
    before = revision(v2)

    metric = create_metric(request=asked(v2), author=v2.author, now=NOW)

    row = AuditRecord.objects.latest("pk")
    assert (row.action, row.object_type, row.object_id, row.object_name) == (
        "metric.create",
        "Metric",
        metric.pk,
        "Conversion",
    )
    assert (row.project_id, row.environment_id, row.before) == (v2.project.pk, None, None)
    assert row.after == {
        "key": "conversion",
        "name": "Conversion",
        "description": "",
        "archived": False,
        "version": 1,
        "metricKind": "PROPORTION",
        "direction": "HIGHER_IS_BETTER",
        "definition": {
            "measured": {"event": "purchase", "aggregate": "COUNT", "filters": [], "valueProperty": None},
            "denominator": None,
            "windowHours": None,
            "fromHours": None,
            "toHours": None,
            "percentile": None,
            "cap": None,
            "winsorise": None,
        },
    }
    assert revision(v2) == before


def test_every_problem_is_told_at_once(v2: World) -> None:
    bad = Definition(MetricKind.COUNT, Measured(""), window_hours=0)

    with unchanged(), pytest.raises(InvalidInput) as refused:
        request = asked(v2, key="_", name=" ", description="x" * 5_001, definition=bad)
        create_metric(request=request, author=v2.author, now=NOW)

    assert problems(refused) == [
        ("input.key", "BAD_KEY"),
        ("input.name", "BLANK"),
        ("input.description", "TOO_LONG"),
        ("input.definition.count.event", "BLANK"),
        ("input.definition.count.windowHours", "OUT_OF_RANGE"),
    ]


@pytest.mark.parametrize(
    ("fields", "path", "code"),
    [
        ({"key": ""}, "input.key", "BLANK"),
        ({"key": "x" * 151}, "input.key", "TOO_LONG"),
        ({"key": "a b"}, "input.key", "BAD_KEY"),
        ({"name": "x" * 201}, "input.name", "TOO_LONG"),
        ({"name": None}, "input.name", "WRONG_TYPE"),
        ({"description": "\0"}, "input.description", "BAD_TEXT"),
    ],
)
def test_what_is_refused(v2: World, fields: dict[str, Any], path: str, code: str) -> None:
    with unchanged(), pytest.raises(InvalidInput) as refused:
        create_metric(request=asked(v2, **fields), author=v2.author, now=NOW)

    assert problems(refused) == [(path, code)]


def test_a_key_in_use_is_refused_in_its_project_only(v2: World) -> None:
    metric = new_metric(v2, key="conversion", name="The first")

    with unchanged(), pytest.raises(MetricKeyTaken) as refused:
        create_metric(request=asked(v2), author=v2.author, now=NOW)

    holder = refused.value.collides_with
    assert (refused.value.code, holder and (holder.type, holder.id, holder.name)) == (
        "KEY_TAKEN",
        ("Metric", metric.pk, "The first"),
    )
    assert new_metric(v2.with_project(), key="conversion").key == "conversion"


def test_an_editor_of_the_project_may_and_nobody_below(v2: World) -> None:
    in_project = {"project_id": v2.project.pk}
    in_environment = {**in_project, "environment_id": v2.environment.pk}
    below = [
        new_author(v2.organisation, Role.VIEWER),
        new_author(v2.organisation, Role.OWNER, **in_environment),
    ]

    for author in below:
        with unchanged(), pytest.raises(MissingRole):
            create_metric(request=asked(v2), author=author, now=NOW)

    editor = new_author(v2.organisation, Role.EDITOR, **in_project)
    assert create_metric(request=asked(v2), author=editor, now=NOW).author_name == editor.name


def test_another_tenants_project_is_not_found(v2: World) -> None:
    elsewhere = new_world()

    with unchanged(), pytest.raises(NotFound) as refused:
        create_metric(request=asked(elsewhere), author=v2.author, now=NOW)

    assert refused.value.field == "projectId"


@pytest.mark.django_db(transaction=True)
def test_of_two_with_one_key_at_once_one_is_refused(v2: World) -> None:
    def create() -> Metric:
        return create_metric(request=asked(v2), author=v2.author, now=NOW)

    answers = race(create, create)

    assert sorted(type(answer).__name__ for answer in answers) == ["Metric", "MetricKeyTaken"]
    assert Metric.objects.count() == 1
