"""A query that is restricted shows exactly what the pure answers say, whoever asks."""

from itertools import combinations

import pytest

from server.accounts.authors import Author, Scope, system_author
from server.accounts.models import Grant, Organisation
from server.accounts.permissions import may, permitted, sees, visible, visible_organisations
from server.accounts.roles import Permission, Role
from server.projects.models import Environment, Project
from tests.accounts.people import a_grant, a_project, a_user, an_author, an_environment, an_organisation


@pytest.fixture
def places(db: None) -> list[Scope]:
    """Two organisations of two projects with two environments each, and all that they are part of."""
    found: list[Scope] = []
    for organisation in (an_organisation("Shop"), an_organisation("Bank")):
        found.append(Scope(organisation.pk))
        for project in (a_project(organisation, "Web"), a_project(organisation, "App")):
            found.append(project)
            found.extend(an_environment(project, name) for name in ("Production", "Staging"))
    return found


def everybody(places: list[Scope]) -> list[Author]:
    """The server itself, and who holds nothing, one role anywhere, or two roles in any two places."""
    worker = system_author("worker")
    single = [an_author((Role.EDITOR, place)) for place in places]
    pairs = [an_author((Role.VIEWER, a), (Role.EDITOR, b)) for a, b in combinations(places, 2)]
    return [worker, an_author(), *single, *pairs]


def test_visible_rows_are_those_that_the_author_sees(places: list[Scope]) -> None:
    for author in everybody(places):
        seen = {place for place in places if sees(author, place)}

        organisations = Organisation.objects.filter(visible_organisations(author))
        projects = Project.objects.filter(visible(author, project="id"))
        environments = Environment.objects.filter(
            visible(author, organisation="project__organisation_id", environment="id")
        )

        assert {Scope(o.pk) for o in organisations} == {s for s in seen if s.kind == "organisation"}
        assert {Scope(p.organisation_id, p.pk) for p in projects} == {s for s in seen if s.kind == "project"}
        assert {e.pk for e in environments} == {s.environment_id for s in seen} - {None}


def test_permitted_rows_are_those_of_places_where_the_author_may(places: list[Scope]) -> None:
    holder = a_user()
    for place in places:
        a_grant(holder, Role.VIEWER, place)

    for author in everybody(places):
        for permission in (Permission.VIEW, Permission.EDIT):
            rows = Grant.objects.filter(permitted(author, permission))

            assert {row.scope for row in rows} == {p for p in places if may(author, permission, p)}
