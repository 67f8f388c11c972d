"""Founds the demo's shop and tells its story, through the services, as its people would have. Holds no rule."""

from datetime import datetime, timedelta

from server.accounts.authors import Author, Scope
from server.accounts.models import Organisation
from server.accounts.roles import Role
from server.accounts.selectors.authors import author_of_api_key, author_of_user
from server.accounts.services.create_api_key import create_api_key
from server.accounts.services.create_owner import create_owner
from server.accounts.services.create_user import create_user
from server.accounts.services.grant_role import grant_role
from server.demo.access import EDITOR_EMAIL, OWNER_EMAIL, add_key
from server.demo.experiments import EXPERIMENTS
from server.demo.features import FEATURES
from server.demo.flags import FLAGS
from server.demo.metrics import METRICS, PLANS
from server.demo.segments import SEGMENTS
from server.demo.shop import ORGANISATION, PRODUCTION, PROJECT, STAGING, Shop, tell
from server.projects.models import Versioning
from server.projects.services.create_project import create_project
from server.versioning.services.create_environment import create_environment

FOUNDED = timedelta(days=42)


def tell_the_story(*, password: str, key: str, now: datetime) -> Shop:
    """Found the shop, let its people in, and do what they did in the six weeks before ``now``."""
    founded = now - FOUNDED
    user, organisation = create_owner(
        email=OWNER_EMAIL, name="Ada Owner", password=password, organisation_name=ORGANISATION, now=founded
    )
    owner = author_of_user(user)
    project = create_project(organisation_id=organisation.pk, name=PROJECT, author=owner, now=founded)
    production = create_environment(
        project_id=project.pk, name=PRODUCTION, versioning=Versioning.V2, author=owner, now=founded
    )
    staging = create_environment(
        project_id=project.pk, name=STAGING, versioning=Versioning.V1, author=owner, now=founded
    )
    add_key(organisation, key, now=founded)
    in_staging = Scope(organisation.pk, project.pk, staging.pk)
    authors = {
        "owner": owner,
        "editor": _editor(organisation, in_staging, password=password, owner=owner, now=founded),
        "ci": _ci(in_staging, owner=owner, now=founded),
    }
    shop = Shop(project, {PRODUCTION: production, STAGING: staging}, authors)
    tell(shop, [*FEATURES, *SEGMENTS, *FLAGS, *METRICS, *EXPERIMENTS, *PLANS], now=now)
    return shop


def _editor(organisation: Organisation, staging: Scope, *, password: str, owner: Author, now: datetime) -> Author:
    """Who may read everything, and change things in staging only."""
    user = create_user(email=EDITOR_EMAIL, name="Ben Editor", password=password, now=now)
    grant_role(role=Role.VIEWER, scope=Scope(organisation.pk), email=EDITOR_EMAIL, author=owner, now=now)
    grant_role(role=Role.EDITOR, scope=staging, email=EDITOR_EMAIL, author=owner, now=now)
    return author_of_user(user)


def _ci(staging: Scope, *, owner: Author, now: datetime) -> Author:
    """A machine that may change things in staging only; nobody knows its key."""
    created = create_api_key(name="CI", role=Role.EDITOR, scope=staging, author=owner, now=now)
    return author_of_api_key(created.api_key)
