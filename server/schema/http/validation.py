"""Validation: the rules a document must keep, within a budget. Judges no request and no author."""

from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    specified_rules,
    validate,
)
from graphql.validation.rules import overlapping_fields_can_be_merged
from graphql.validation.validate import ValidationAbortedError
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from server.schema.http.errors import TOO_COMPLEX, VALIDATION_FAILED, ClientError

# Comparing fields that may be merged is the one validation whose cost can explode. The
# library's own budget lets it run for a quarter of a second. This one is enough for a hundred
# fragments that share a field, and gone in some 10 ms.
overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = 40_000


class OneOfInputsRule(OneOfInputValidationRule):
    """Strawberry's rule for `@oneOf`, safe for variables that it did not see defined.

    It fails on a variable that no operation defines (another rule reports that), and in a
    fragment that stands before the operation.
    """

    def __init__(self, context: Any) -> None:
        super().__init__(context)
        self.variable_definitions = {
            variable.variable.name.value: variable
            for definition in context.document.definitions
            if isinstance(definition, OperationDefinitionNode)
            for variable in definition.variable_definitions or ()
        }

    def enter_operation_definition(self, node: Any, *_args: Any) -> None:
        """Keep what all operations define: a fragment serves any of them."""

    def validate_one_of(self, node: Any, type: Any) -> None:
        try:
            super().validate_one_of(node, type)
        except KeyError:
            return


RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputsRule)


def validation_errors(schema: GraphQLSchema, document: DocumentNode, most: int) -> list[GraphQLError]:
    """What is wrong with the document, up to ``most`` errors, each with its code."""
    return [_coded(error) for error in validate(schema, document, RULES, max_errors=most)]


def _coded(error: GraphQLError) -> GraphQLError:
    if isinstance(error, ValidationAbortedError) and "Too many" not in error.message:
        return ClientError(
            "The document repeats too many fields in one place to be compared with each other.",
            code=TOO_COMPLEX,
        )
    error.extensions = {"code": VALIDATION_FAILED}
    return error
