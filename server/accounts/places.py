"""Answers for grants in a place that is not there. Knows constraints, not the tables behind them."""

from contextlib import AbstractContextManager

from server.database.integrity import refused_by
from server.errors import NotFound

PROJECT_CONSTRAINT = "grant_project_in_organisation"
ENVIRONMENT_CONSTRAINT = "grant_environment_in_project"


def refused_in_no_place() -> AbstractContextManager[None]:
    """Turn the violation of a place's foreign key, added by the floor of projects, into NotFound."""
    return refused_by(
        {
            PROJECT_CONSTRAINT: lambda: NotFound("project", "projectId"),
            ENVIRONMENT_CONSTRAINT: lambda: NotFound("environment", "environmentId"),
        }
    )
