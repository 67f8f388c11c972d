"""A tenant with everything that there can be, every text of it marked. Asserts nothing."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count

from django.db.models import Model

from server.accounts.authors import Author, Scope
from server.accounts.models import ApiKey, Grant, Organisation, User
from server.accounts.roles import Role
from server.accounts.selectors.authors import author_of_api_key, author_of_user
from server.accounts.services.create_api_key import create_api_key
from server.accounts.services.grant_role import grant_role
from server.audit.models import AuditRecord
from server.experimentation.models import Experiment, Status
from server.features.models import Feature, Option, Segment, SegmentVersion
from server.features.services.create_segment import create_segment
from server.projects.models import Environment, Project, Versioning
from server.projects.services.create_project import create_project
from server.versioning.change_sets import StateChange
from server.versioning.models import Flag, FlagVersion
from server.versioning.services.create_environment import create_environment
from tests.experimentation.acting import bring_to, change_flag, override
from tests.factories import NOW, World, split_of
from tests.schema.api import gid

_number = count(1)

ORGANISATION_OF: dict[type[Model], str] = {
    Organisation: "id",
    User: "grants__organisation",
    ApiKey: "organisation",
    Grant: "organisation",
    Project: "organisation",
    Environment: "project__organisation",
    Feature: "project__organisation",
    Option: "feature__project__organisation",
    Segment: "project__organisation",
    SegmentVersion: "segment__project__organisation",
    Flag: "environment__project__organisation",
    FlagVersion: "flag__environment__project__organisation",
    Experiment: "environment__project__organisation",
    AuditRecord: "organisation_id",
}


@dataclass
class Tenant:
    """An organisation with everything in it. ``mark`` stands in every text of it."""

    mark: str
    production: World
    staging: World
    experiments: dict[str, Experiment]
    free: Feature
    spare_segment: Segment
    used_segment: Segment
    api_key: ApiKey
    key_author: Author

    @property
    def owner(self) -> Author:
        """The user who owns it all."""
        return self.production.author

    @property
    def organisation(self) -> Organisation:
        return self.production.organisation

    @property
    def project(self) -> Project:
        return self.production.project

    def member(self, role: Role, scope: Scope | None = None, *, mark: str | None = None) -> Author:
        """A stored user with this role; in the whole organisation unless said otherwise."""
        user = a_user(mark or self.mark)
        grant_role(
            role=role, scope=scope or Scope(self.organisation.pk), email=user.email, author=self.owner, now=NOW
        )
        return author_of_user(user)

    def scope(self, environment: Environment | None = None) -> Scope:
        """The project as a place, or one environment of it."""
        return Scope(self.organisation.pk, self.project.pk, environment.pk if environment else None)

    @cached_property
    def ids(self) -> dict[str, list[str]]:
        """The global ids of all that there is in it now, by the name of the type."""
        return {type_name: sorted(ids) for type_name, ids in self._ids()}

    def _ids(self) -> Iterator[tuple[str, set[str]]]:
        for model, path in ORGANISATION_OF.items():
            rows = model._default_manager.filter(**{path: self.organisation.pk})
            ids = {gid(row) for row in rows}
            yield next(name for name, those in _names(ids)), ids


def _names(ids: set[str]) -> Iterator[tuple[str, set[str]]]:
    from_id = {decode_name(id) for id in ids}
    assert len(from_id) == 1, f"a populated tenant has rows of every type, and has none of {ids}"
    yield from_id.pop(), ids
