"""Mutations of organisations, API keys and grants: each makes one call to a service."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import ID, Info

from server.accounts import models
from server.accounts.authors import Scope
from server.accounts.roles import Role
from server.accounts.selectors.authors import refreshed
from server.accounts.services import change_grant as grants
from server.accounts.services.create_api_key import create_api_key
from server.accounts.services.create_organisation import create_organisation
from server.accounts.services.grant_role import grant_role
from server.accounts.services.revoke_api_key import revoke_api_key
from server.accounts.services.update_organisation import update_organisation
from server.schema.accounts.types import ApiKey, CreatedApiKey, Grant, Organisation
from server.schema.authors import author_of, now
from server.schema.ids import decode_id
from server.schema.mutations import mutation, result


@strawberry.input(description="A place to hold a role in: an organisation, one project of it, or one environment.")
class PlaceInput:
    organisation_id: ID = strawberry.field(description="The organisation.")
    project_id: ID | None = strawberry.field(default=None, description="The project; left out, all of them.")
    environment_id: ID | None = strawberry.field(
        default=None, description="The environment of that project; left out, all of them."
    )

    def scope(self) -> Scope:
        """The place as the services name it; an environment without its project is in none."""
        environment_id = None if self.environment_id is None else decode_id(self.environment_id, "Environment")
        project_id = None if self.project_id is None else decode_id(self.project_id, "Project")
        if environment_id is not None and project_id is None:
            project_id = decode_id("", "Project")
        return Scope(decode_id(self.organisation_id, "Organisation"), project_id, environment_id)


@strawberry.input(description="An organisation that is to be created.")
class CreateOrganisationInput:
    name: str = strawberry.field(description="The organisation's name: at most 200 characters.")


@strawberry.input(description="What changes in an organisation.")
class UpdateOrganisationInput:
    name: str = strawberry.field(description="The organisation's name: at most 200 characters.")


@strawberry.input(description="An API key that is to be created.")
class CreateApiKeyInput:
    place: PlaceInput = strawberry.field(description="Where the key holds its role.")
    name: str = strawberry.field(description="What the key is for: at most 200 characters.")
    role: Role = strawberry.field(description="The role that the key holds there.")
    expires_at: datetime | None = strawberry.field(
        default=None, description="From when on the key counts for nothing; left out, it does not expire."
    )


@strawberry.input(description="A role that is to be granted: to a user, or to an API key.")
class CreateGrantInput:
    place: PlaceInput = strawberry.field(description="Where the role is held.")
    role: Role = strawberry.field(description="The role.")
    email: str | None = strawberry.field(default=None, description="The address of the user who is to hold it.")
    api_key_id: ID | None = strawberry.field(default=None, description="The key that is to hold it.")


@strawberry.input(description="What changes in a grant.")
class UpdateGrantInput:
    role: Role = strawberry.field(description="The role that it makes from now on.")


GrantId = Annotated[ID, strawberry.argument(description="The grant.")]


@strawberry.type
class AccountMutations:
    @mutation(
        result("CreateOrganisationResult", Organisation),
        description="Create an organisation, and become its owner. For users, not for API keys.",
    )
    def create_organisation(
        self,
        info: Info,
        input: Annotated[CreateOrganisationInput, strawberry.argument(description="The organisation.")],
    ) -> models.Organisation:
        author = author_of(info)
        created = create_organisation(name=input.name, author=author, now=now())
        info.context.author = refreshed(author)  # the answer shows what the new role lets see
        return created

    @mutation(result("UpdateOrganisationResult", Organisation), description="Rename an organisation.")
    def update_organisation(
        self,
        info: Info,
        organisation_id: Annotated[ID, strawberry.argument(description="The organisation.")],
        input: Annotated[UpdateOrganisationInput, strawberry.argument(description="What changes.")],
    ) -> models.Organisation:
        return update_organisation(
            organisation_id=decode_id(organisation_id, "Organisation"),
            name=input.name,
            author=author_of(info),
            now=now(),
        )

    @mutation(
        result("CreateApiKeyResult", CreatedApiKey),
        description="Create an API key. It is shown in the answer, and never again.",
    )
    def create_api_key(
        self,
        info: Info,
        input: Annotated[CreateApiKeyInput, strawberry.argument(description="The key.")],
    ) -> CreatedApiKey:
        created = create_api_key(
            name=input.name,
            role=input.role,
            scope=input.place.scope(),
            expires_at=input.expires_at,
            author=author_of(info),
            now=now(),
        )
        return CreatedApiKey(key=created.key, api_key=created.api_key)  # type: ignore[arg-type]

    @mutation(
        result("RevokeApiKeyResult", ApiKey),
        description="Revoke an API key: it counts for nothing from the next request on.",
    )
    def revoke_api_key(
        self, info: Info, api_key_id: Annotated[ID, strawberry.argument(description="The key.")]
    ) -> models.ApiKey:
        return revoke_api_key(api_key_id=decode_id(api_key_id, "ApiKey"), author=author_of(info), now=now())

    @mutation(
        result("CreateGrantResult", Grant),
        description="Give a user or an API key a role. Exactly one of `email` and `apiKeyId` names the holder.",
    )
    def create_grant(
        self, info: Info, input: Annotated[CreateGrantInput, strawberry.argument(description="The grant.")]
    ) -> models.Grant:
        return grant_role(
            role=input.role,
            scope=input.place.scope(),
            email=input.email,
            api_key_id=None if input.api_key_id is None else decode_id(input.api_key_id, "ApiKey"),
            author=author_of(info),
            now=now(),
        )

    @mutation(result("UpdateGrantResult", Grant), description="Make a grant another role.")
    def update_grant(
        self,
        info: Info,
        grant_id: GrantId,
        input: Annotated[UpdateGrantInput, strawberry.argument(description="What changes.")],
    ) -> models.Grant:
        return grants.change_grant(
            grant_id=decode_id(grant_id, "Grant"), role=input.role, author=author_of(info), now=now()
        )

    @mutation(
        result("RevokeGrantResult", Grant),
        description="Take a role away. Answers with the grant that was. An organisation keeps an owner.",
    )
    def revoke_grant(self, info: Info, grant_id: GrantId) -> models.Grant:
        return grants.revoke_grant(grant_id=decode_id(grant_id, "Grant"), author=author_of(info), now=now())
