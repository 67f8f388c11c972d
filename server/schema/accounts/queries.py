"""Who asks, and the organisations that they see."""

import strawberry
from django.db.models import QuerySet
from strawberry import Info

from server.accounts import models
from server.accounts.selectors import access
from server.audit.authorship import AuthorKind
from server.schema.accounts.lists import InOrganisationOrder, OrganisationText
from server.schema.accounts.types import HeldRole, Organisation, Viewer
from server.schema.authors import author_of
from server.schema.connections import Connection, connection
from server.schema.fields import query
from server.schema.ids import encode_id
from server.schema.texts import sound


def _organisations(
    info: Info, text: OrganisationText = None, order: InOrganisationOrder = access.OrganisationOrder.NAME
) -> QuerySet[models.Organisation]:
    return access.organisations(author_of(info), text=sound(text), order=order)


@strawberry.type
class AccountQueries:
    organisations: Connection[Organisation] = connection(
        resolver=_organisations, description="The organisations that you belong to."
    )

    @query(description="Who asks.")
    def viewer(self, info: Info) -> Viewer:
        author = author_of(info)
        type_name = "User" if author.kind is AuthorKind.USER else "ApiKey"
        return Viewer(
            kind=author.kind,
            id=encode_id(type_name, author.holder_id),
            name=author.name,
            grants=[
                HeldRole(
                    role=held.role,
                    organisation_id=encode_id("Organisation", held.scope.organisation_id),
                    project_id=_id("Project", held.scope.project_id),
                    environment_id=_id("Environment", held.scope.environment_id),
                )
                for held in author.grants
            ],
        )


def _id(type_name: str, key: int | None) -> strawberry.ID | None:
    return None if key is None else encode_id(type_name, key)
