"""Strawberry's schema without its own error log. Adds no types and no rules."""

import strawberry
from graphql import GraphQLError
from strawberry.types import ExecutionContext


class Schema(strawberry.Schema):
    """A schema whose errors are logged by the view, once, and only those that are bugs.

    Strawberry's logs every error with its traceback, a client's misspelt field included.
    """

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Leave it to ``errors.public_errors``."""
