"""Documents, parsed and measured once: what is known of a text before anyone executes it.

Refuses what is too large or too convoluted before validating it. Decides nothing about who
asks or with which variables; that is the extension's, at every request.
"""

from math import isfinite
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    TokenKind,
    parse,
)

from server.schema.http.errors import OPERATION_NOT_FOUND, VALIDATION_FAILED, ClientError, too_complex
from server.schema.http.limits import MAX_DIGITS, Limits
from server.schema.http.nodes import NodeCounter
from server.schema.http.shape import ShapeReader
from server.schema.http.validation import validation_errors

NUMBERS = (TokenKind.INT, TokenKind.FLOAT)


class Operation:
    """One operation of a document: what it selects at its root, and its cost if that is fixed."""

    __slots__ = ("_nodes", "node", "root_fields")

    def __init__(self, node: OperationDefinitionNode, reader: ShapeReader) -> None:
        self.node = node
        self.root_fields = reader.root_fields(node)
        self._nodes: int | None = None

    @property
    def is_public(self) -> bool:
        return self.root_fields == {"__typename"}

    def nodes(self, document: "Document", variables: dict[str, Any] | None) -> int:
        if self._nodes is not None:
            return self._nodes
        counter = NodeCounter(document.schema, document.fragments, variables or {}, document.limits)
        count = counter.count(self.node)
        if not counter.variables_matter:
            self._nodes = count
        return count


class Document:
    """A text that parsed and has an acceptable shape; validated when first needed.

    Raises:
        GraphQLSyntaxError: the text is not GraphQL, or has too many tokens.
        ClientError: it is beyond a limit.
    """

    def __init__(self, text: str, schema: GraphQLSchema, limits: Limits) -> None:
        self.schema, self.limits = schema, limits
        self.node = _parse(text, limits)
        self.fragments: dict[str, FragmentDefinitionNode] = {}
        operations = []
        for definition in self.node.definitions:
            if isinstance(definition, FragmentDefinitionNode):
                self.fragments[definition.name.value] = definition
            elif isinstance(definition, OperationDefinitionNode):
                operations.append(definition)
        _check_tokens(self.node, limits)
        _check("fragments", len(self.fragments), limits.fragments)
        reader = ShapeReader(self.fragments)
        for operation in operations:
            _check_shape(operation, reader, limits)
        self.operations = [Operation(operation, reader) for operation in operations]
        self._errors: list[GraphQLError] | None = None

    @property
    def is_public(self) -> bool:
        """Nothing in it needs an author."""
        return all(operation.is_public for operation in self.operations)

    def operation(self, name: str | None) -> Operation:
        if name is not None:
            for operation in self.operations:
                if operation.node.name is not None and operation.node.name.value == name:
                    return operation
            raise ClientError(f"Unknown operation named '{name}'.", code=OPERATION_NOT_FOUND)
        if len(self.operations) != 1:
            what = "contains no operation" if not self.operations else "needs an operationName"
            raise ClientError(f"The document {what}.", code=OPERATION_NOT_FOUND)
        return self.operations[0]

    def validation_errors(self) -> list[GraphQLError]:
        if self._errors is None:
            self._errors = validation_errors(self.schema, self.node, self.limits.validation_errors)
        return self._errors


def _parse(text: str, limits: Limits) -> DocumentNode:
    if len(text) > limits.characters:
        raise too_complex(
            f"The document has {len(text):,} characters; at most {limits.characters:,} are allowed."
            " Pass long values as variables.",
            limit=limits.characters,
            actual=len(text),
        )
    try:
        return parse(text, max_tokens=limits.tokens)
    except GraphQLError as error:
        if "Parsing aborted" in error.message:
            message = f"The document has more than {limits.tokens:,} tokens, which is the limit."
            raise too_complex(message, limit=limits.tokens, actual=limits.tokens + 1) from error
        raise


def _check_tokens(document: DocumentNode, limits: Limits) -> None:
    """Count directives by their signs, wherever they stand, and look at the numbers.

    Python reads a number that is too large as infinity, or not at all.
    """
    directives, token = 0, document.loc.start_token if document.loc else None
    while token is not None:
        if token.kind is TokenKind.AT:
            directives += 1
        elif token.kind in NUMBERS and not _is_usable(token.value or ""):
            message = f"The number in line {token.line}, column {token.column} is too large."
            raise ClientError(message, code=VALIDATION_FAILED)
        token = token.next
    _check("directives", directives, limits.directives)


def _is_usable(number: str) -> bool:
    return len(number) <= MAX_DIGITS and (number.lstrip("-").isdecimal() or isfinite(float(number)))


def _check_shape(operation: OperationDefinitionNode, reader: ShapeReader, limits: Limits) -> None:
    shape = reader.shape(operation)
    _check("levels of fields", shape.depth, limits.depth)
    _check("fields", shape.fields, limits.fields)
    _check("aliases", shape.aliases, limits.aliases)
    _check("levels of introspection", shape.introspection_depth, limits.introspection_depth)
    _check("fields of introspection", shape.introspection_fields, limits.introspection_fields)
    if operation.operation is OperationType.MUTATION:
        _check("mutations", reader.root_field_count(operation), limits.mutations)


def _check(what: str, actual: int, limit: int) -> None:
    if actual > limit:
        shown = min(actual, 10**9)
        raise too_complex(
            f"The document has {shown:,} {what}; at most {limit:,} are allowed.", limit=limit, actual=shown
        )
