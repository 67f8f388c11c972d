"""Mutations of projects and environments: each makes one call to a service."""

from typing import Annotated

import strawberry
from strawberry import ID, Info

from server.projects import models
from server.projects.models import Versioning
from server.projects.services.create_project import create_project
from server.projects.services.update_project import update_project
from server.schema.authors import author_of, now
from server.schema.given import changed
from server.schema.ids import decode_id
from server.schema.mutations import mutation, result
from server.schema.projects.types import Environment, Project
from server.versioning.services.create_environment import create_environment
from server.versioning.services.update_environment import update_environment


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


@strawberry.input(description="What changes in an environment; what is left out stays.")
class UpdateEnvironmentInput:
    name: str | None = strawberry.field(
        default=strawberry.UNSET, description="The environment's name: at most 200 characters."
    )
    versioning: Versioning | None = strawberry.field(
        default=strawberry.UNSET,
        description="How the past of flags is kept here. What is served does not change by it.",
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
            author=author_of(info),
            now=now(),
        )

    @mutation(
        result("UpdateEnvironmentResult", Environment),
        description="Rename an environment, or switch how it keeps the past of its flags.",
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
            author=author_of(info),
            now=now(),
        )
