"""The API as a client sees it: documents in, answers out, with an author in place of a key."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from server.accounts.authors import Author
from server.schema.http.context import Context
from server.schema.http.errors import public_errors
from server.schema.ids import encode_id
from server.schema.nodes import NAMES
from server.schema.schema import schema


@dataclass
class Api:
    """Executes documents as one author."""

    author: Author

    def __call__(self, document: str, **variables: Any) -> dict[str, Any]:
        """The data; a document that does not execute cleanly fails the test."""
        result = schema.execute_sync(
            document, variable_values=variables, context_value=SimpleNamespace(author=self.author)
        )
        assert result.errors is None, result.errors
        assert result.data is not None
        return result.data

    def errors(self, document: str, **variables: Any) -> list[dict[str, Any]]:
        """What a client reads where a document does not execute cleanly; fails if it does."""
        context = SimpleNamespace(author=self.author, request_id="-")
        result = schema.execute_sync(document, variable_values=variables, context_value=context)
        assert result.errors, f"no errors: {result.data}"
        return public_errors(result.errors, cast(Context, context))

    def codes(self, document: str, **variables: Any) -> list[str]:
        """The codes of what a client reads where a document does not execute cleanly."""
        return [error["extensions"]["code"] for error in self.errors(document, **variables)]

    def statements(self, document: str, **variables: Any) -> int:
        """How many SQL statements the document takes, transaction control included."""
        with CaptureQueriesContext(connection) as queries:
            self(document, **variables)
        return len(queries)


def gid(row: Model) -> str:
    """The row's global id."""
    return encode_id(NAMES[type(row)], row.pk)
