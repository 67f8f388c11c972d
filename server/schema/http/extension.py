"""What stands between a request and execution: limits, sign-in, caches. Never runs per field.

One Strawberry extension with two hooks, parsing and validation. It holds nothing of a
request; the caches belong to the list that ``schema_extensions`` made.
"""

from collections.abc import Callable, Iterator
from typing import Any

from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.types import ExecutionContext

from server.schema.http.cache import BoundedCache
from server.schema.http.documents import Document, Operation
from server.schema.http.errors import TOO_COMPLEX, UNAUTHENTICATED, ClientError, too_complex
from server.schema.http.limits import Limits


class DocumentStore:
    """The documents seen lately. Those that anyone may send have a small cache of their own."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.private: BoundedCache[Document] = BoundedCache(limits.cached_documents)
        self.public: BoundedCache[Document] = BoundedCache(limits.cached_public_documents)
        self.parsed = 0

    def find(self, text: str) -> Document | None:
        return self.private.get(text) or self.public.get(text)

    def read(self, text: str, context: ExecutionContext) -> Document:
        self.parsed += 1
        try:
            return Document(text, context.schema._schema, self.limits)
        except RecursionError:
            raise ClientError("The document is nested too deeply.", code=TOO_COMPLEX) from None

    def keep(self, text: str, document: Document) -> None:
        (self.public if document.is_public else self.private).put(text, document)


class Gate(SchemaExtension):
    """Lets a request through to execution, or refuses it with a request error."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store

    def on_parse(self) -> Iterator[None]:
        context = self.execution_context
        text = context.query or ""
        document = self._store.find(text)
        known = document is not None
        if document is None:
            document = self._store.read(text, context)
        operation = document.operation(context._provided_operation_name)
        if not operation.is_public and not _author(context):
            raise ClientError("Sign in, or send an API key as `Authorization: Bearer <key>`.", code=UNAUTHENTICATED)
        if not known:
            self._store.keep(text, document)
        context.graphql_document = document.node
        self._document, self._operation = document, operation
        yield

    def on_validate(self) -> Iterator[None]:
        context = self.execution_context
        errors = self._document.validation_errors()
        context.pre_execution_errors = errors or self._over_budget(self._operation, context.variables)
        yield

    def _over_budget(self, operation: Operation, variables: dict[str, Any] | None) -> list[GraphQLError]:
        limits = self._document.limits
        try:
            _check_variables(variables, limits)
            nodes = operation.nodes(self._document, variables)
        except ClientError as refused:
            return [refused]
        if nodes <= limits.nodes:
            return []
        shown = min(nodes, 10**12)
        return [
            too_complex(
                f"This operation could return {shown:,} nodes; at most {limits.nodes:,} are allowed."
                " Ask for smaller pages, or nest fewer lists in each other.",
                limit=limits.nodes,
                actual=shown,
            )
        ]


def _check_variables(variables: dict[str, Any] | None, limits: Limits) -> None:
    """Bound what coercion would have to walk through."""
    if not variables:
        return
    values, level, depth = 0, [variables], 0
    while level:
        depth += 1
        below: list[Any] = []
        for container in level:
            items = container.values() if isinstance(container, dict) else container
            values += len(items)
            below.extend(item for item in items if isinstance(item, dict | list))
        if values > limits.variable_values:
            message = f"The variables hold more than {limits.variable_values:,} values, which is the limit."
            raise too_complex(message, limit=limits.variable_values, actual=values)
        if depth > limits.variable_depth:
            message = f"The variables are nested more than {limits.variable_depth} levels deep, the limit."
            raise too_complex(message, limit=limits.variable_depth, actual=depth)
        level = below


def _author(context: ExecutionContext) -> Any:
    return getattr(context.context, "author", None)


def schema_extensions(limits: Limits | None = None) -> list[Callable[[], SchemaExtension]]:
    """The extensions for one ``Schema``: pass the list to it, and to no other schema."""
    store = DocumentStore(limits or Limits())
    return [lambda: Gate(store)]
