"""Mutations of projects, environments and their keys: each makes one call to a service."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import ID, Info

from server.projects import models
from server.projects.models import EnvironmentKeyKind, Versioning
from server.projects.services.create_environment_key import create_environment_key
from server.projects.services.create_project import create_project
from server.projects.services.revoke_environment_key import revoke_environment_key
from server.projects.services.update_project import update_project
from server.schema.authors import author_of, now
from server.schema.given import changed
from server.schema.ids import decode_id
from server.schema.mutations import mutation, result
from server.schema.projects.keys import CreatedEnvironmentKey, EnvironmentKey
from server.schema.projects.types import Environment, Project
from server.versioning.services.create_environment import create_environment
from server.versioning.services.update_environment import update_environment

RECORD_EXPOSURES = (
    "Whether asking for one flag over OFREP records the exposure, where the unit takes part in an experiment. "
    "Asking for all flags at once records nothing: nobody has met them yet."
)


@strawberry.input(description="A project that is to be created.")
class CreateProjectInput:
    name: str = strawberry.field(description="The project's name: at most 200 characters.")
    organisation_id: ID | None = strawberry.field(
        default=None, description="Whose project it is; left out by who belongs to one organisation only."
    )


@strawberry.input(description="What changes in a project.")
class UpdateProjectInput:
    name: str = strawberry.field(description="The project's name: at most 200 characters.")


@strawberry.input(description="An environment that is to be created.")
class CreateEnvironmentInput:
    project_id: ID = strawberry.field(description="Whose environment it is.")
    name: str = strawberry.field(description="The environment's name: at most 200 characters.")
    versioning: Versioning = strawberry.field(default=Versioning.V2, description="How the past of flags is kept here.")
    record_exposures: bool = strawberry.field(default=False, description=RECORD_EXPOSURES)


@strawberry.input(description="What changes in an environment; what is left out stays.")
class UpdateEnvironmentInput:
    name: str | None = strawberry.field(
        default=strawberry.UNSET, description="The environment's name: at most 200 characters."
    )
    versioning: Versioning | None = strawberry.field(
        default=strawberry.UNSET,
        description="How the past of flags is kept here. What is served does not change by it.",
    )
    allowed_origins: list[str] | None = strawberry.field(
        default=strawberry.UNSET,
        description=(
            "The origins whose pages may ask for flags with a client-side key, instead of those that were: at most "
            "50, each as browsers send it (`https://shop.example`), or `*` for every origin, whatever else is listed."
        ),
    )
    record_exposures: bool | None = strawberry.field(default=strawberry.UNSET, description=RECORD_EXPOSURES)


@strawberry.input(description="An environment key that is to be created.")
class CreateEnvironmentKeyInput:
    environment_id: ID = strawberry.field(description="The environment whose flags the key opens.")
    name: str = strawberry.field(description="What the key is for: at most 200 characters.")
    kind: EnvironmentKeyKind = strawberry.field(description="Where the application keeps the key.")
    expires_at: datetime | None = strawberry.field(
        default=None, description="From when on the key counts for nothing; left out, it does not expire."
    )


@strawberry.type
class ProjectMutations:
    @mutation(result("CreateProjectResult", Project), description="Create a project.")
    def create_project(
        self,
        info: Info,
        input: Annotated[CreateProjectInput, strawberry.argument(description="The project.")],
    ) -> models.Project:
        organisation_id = input.organisation_id
        return create_project(
            organisation_id=None if organisation_id is None else decode_id(organisation_id, "Organisation"),
            name=input.name,
            author=author_of(info),
            now=now(),
        )

    @mutation(result("UpdateProjectResult", Project), description="Rename a project.")
    def update_project(
        self,
        info: Info,
        project_id: Annotated[ID, strawberry.argument(description="The project.")],
        input: Annotated[UpdateProjectInput, strawberry.argument(description="What changes.")],
    ) -> models.Project:
        return update_project(
            project_id=decode_id(project_id, "Project"), name=input.name, author=author_of(info), now=now()
        )

    @mutation(
        result("CreateEnvironmentResult", Environment),
        description="Create an environment. Every feature of the project is enabled in it, and serves its value.",
    )
    def create_environment(
        self,
        info: Info,
        input: Annotated[CreateEnvironmentInput, strawberry.argument(description="The environment.")],
    ) -> models.Environment:
        return create_environment(
            project_id=decode_id(input.project_id, "Project"),
            name=input.name,
            versioning=input.versioning,
            record_exposures=input.record_exposures,
            author=author_of(info),
            now=now(),
        )

    @mutation(
        result("UpdateEnvironmentResult", Environment),
        description=(
            "Rename an environment, say which pages may ask for its flags and whether asking records exposures, "
            "or switch how it keeps the past of them."
        ),
    )
    def update_environment(
        self,
        info: Info,
        environment_id: Annotated[ID, strawberry.argument(description="The environment.")],
        input: Annotated[UpdateEnvironmentInput, strawberry.argument(description="What changes.")],
    ) -> models.Environment:
        return update_environment(
            environment_id=decode_id(environment_id, "Environment"),
            name=changed(input.name),
            versioning=changed(input.versioning),
            allowed_origins=changed(input.allowed_origins),
            record_exposures=changed(input.record_exposures),
            author=author_of(info),
            now=now(),
        )

    @mutation(
        result("CreateEnvironmentKeyResult", CreatedEnvironmentKey),
        description="Create a key for applications that ask for flags. It is shown in the answer, and never again.",
    )
    def create_environment_key(
        self,
        info: Info,
        input: Annotated[CreateEnvironmentKeyInput, strawberry.argument(description="The key.")],
    ) -> CreatedEnvironmentKey:
        created = create_environment_key(
            environment_id=decode_id(input.environment_id, "Environment"),
            name=input.name,
            kind=input.kind,
            expires_at=input.expires_at,
            author=author_of(info),
            now=now(),
        )
        return CreatedEnvironmentKey(key=created.key, environment_key=created.environment_key)  # type: ignore[arg-type]

    @mutation(
        result("RevokeEnvironmentKeyResult", EnvironmentKey),
        description="Revoke an environment key: it counts for nothing within a second, everywhere.",
    )
    def revoke_environment_key(
        self, info: Info, environment_key_id: Annotated[ID, strawberry.argument(description="The key.")]
    ) -> models.EnvironmentKey:
        return revoke_environment_key(
            environment_key_id=decode_id(environment_key_id, "EnvironmentKey"), author=author_of(info), now=now()
        )
