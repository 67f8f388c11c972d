"""Who may do what where: pure answers, from roles and places alone."""

import pytest
from django.db.models import Q

from server.accounts.authors import Author, Scope, system_author
from server.accounts.permissions import (
    EVERYWHERE,
    MissingRole,
    authorise,
    may,
    permitted,
    sees,
    visible,
    visible_organisations,
)
from server.accounts.roles import Permission, Role
from server.audit.authorship import AuthorKind
from server.errors import NotFound
from tests.accounts.people import an_author

SHOP = Scope(1)
WEB = Scope(1, 10)
PRODUCTION = Scope(1, 10, 100)
STAGING = Scope(1, 10, 101)
APP = Scope(1, 11)
OTHER = Scope(2)
PLACES = (SHOP, WEB, PRODUCTION, STAGING, APP, OTHER)


@pytest.mark.parametrize(
    ("role", "permissions"),
    [
        (Role.VIEWER, {Permission.VIEW}),
        (Role.EDITOR, {Permission.VIEW, Permission.EDIT}),
        (Role.ADMIN, {Permission.VIEW, Permission.EDIT, Permission.ADMINISTER}),
        (Role.OWNER, set(Permission)),
    ],
)
def test_each_role_may_what_the_ones_below_it_may(role: Role, permissions: set[Permission]) -> None:
    author = an_author((role, SHOP))

    assert {permission for permission in Permission if may(author, permission, SHOP)} == permissions


@pytest.mark.parametrize(
    ("place", "may_edit", "seen"),
    [
        (SHOP, (SHOP, WEB, PRODUCTION, STAGING, APP), (SHOP, WEB, PRODUCTION, STAGING, APP)),
        (WEB, (WEB, PRODUCTION, STAGING), (SHOP, WEB, PRODUCTION, STAGING)),
        (PRODUCTION, (PRODUCTION,), (SHOP, WEB, PRODUCTION)),
    ],
)
def test_a_grant_holds_for_all_inside_its_place_and_shows_the_way_there(
    place: Scope, may_edit: tuple[Scope, ...], seen: tuple[Scope, ...]
) -> None:
    author = an_author((Role.EDITOR, place))

    assert tuple(scope for scope in PLACES if may(author, Permission.EDIT, scope)) == may_edit
    assert tuple(scope for scope in PLACES if sees(author, scope)) == seen


def test_who_holds_nothing_sees_nothing_and_costs_no_query() -> None:
    stranger = an_author()

    assert not any(sees(stranger, scope) for scope in PLACES)
    assert visible(stranger) == visible_organisations(stranger) == Q(pk__in=[])
    assert permitted(stranger, Permission.VIEW) == Q(pk__in=[])


def test_the_server_itself_may_do_everything_everywhere() -> None:
    worker = system_author("worker")

    assert all(may(worker, permission, scope) for permission in Permission for scope in PLACES)
    assert all(sees(worker, scope) for scope in PLACES)
    assert visible(worker) == visible_organisations(worker) == permitted(worker, Permission.EDIT) == EVERYWHERE


def test_roles_in_two_places_do_not_mix() -> None:
    author = an_author((Role.VIEWER, SHOP), (Role.EDITOR, PRODUCTION))

    assert may(author, Permission.EDIT, PRODUCTION)
    assert not may(author, Permission.EDIT, STAGING)
    assert not may(author, Permission.EDIT, WEB)
    assert may(author, Permission.VIEW, STAGING)


def test_a_missing_role_is_told_with_the_role_that_is_enough_and_where() -> None:
    author = an_author((Role.VIEWER, SHOP))

    with pytest.raises(MissingRole) as refused:
        authorise(author, Permission.EDIT, WEB)

    assert refused.value.code == "NOT_ALLOWED"
    assert refused.value.message == (
        "You need the role EDITOR or a higher one in this project, or in what it is part of."
    )
    assert (refused.value.permission, refused.value.scope) == (Permission.EDIT, WEB)


def test_the_highest_role_is_told_without_a_higher_one() -> None:
    with pytest.raises(MissingRole, match=r"^You need the role OWNER in this organisation\.$"):
        authorise(an_author((Role.ADMIN, SHOP)), Permission.MANAGE_ACCESS, SHOP)


def test_a_place_that_is_not_seen_does_not_exist() -> None:
    with pytest.raises(NotFound, match=r"^There is no environment with this id"):
        authorise(an_author((Role.OWNER, APP)), Permission.VIEW, PRODUCTION)


def test_what_may_be_done_is_not_refused() -> None:
    authorise(an_author((Role.EDITOR, WEB)), Permission.EDIT, PRODUCTION)


def test_a_restriction_names_each_place_once_and_only_the_look_ups_it_needs() -> None:
    author = an_author((Role.VIEWER, WEB), (Role.EDITOR, PRODUCTION), (Role.EDITOR, STAGING))

    assert visible(author, project="feature__project_id") == Q(feature__project_id__in=[10])
    assert visible(author, environment="id") == Q(project_id__in=[10]) | Q(id__in=[100, 101])
    assert permitted(author, Permission.EDIT) == Q(environment_id__in=[100, 101])
    assert visible_organisations(author) == Q(id__in=[1])


def test_an_environment_is_always_one_of_a_project() -> None:
    with pytest.raises(ValueError, match="always one of a project"):
        Scope(1, None, 100)


def test_only_the_server_itself_has_no_id() -> None:
    with pytest.raises(ValueError, match="has an id"):
        Author(AuthorKind.USER, None, "Ada")
    with pytest.raises(ValueError, match="has none"):
        Author(AuthorKind.SYSTEM, 1, "worker")
    with pytest.raises(ValueError, match="holds no grants"):
        _ = system_author("worker").holder_id
