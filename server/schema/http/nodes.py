"""The node budget: how many objects an operation could return at most. Runs no resolver.

Counted as GitHub counts: the size of a page times the pages around it. Only a list can
multiply, so only elements of lists and connections count; `@skip` and `@include` are not
believed. Needs a document that is valid against the schema, and not beyond its shape's limits.
"""

from collections.abc import Mapping
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    value_from_ast_untyped,
)

from server.schema.http.limits import Limits
from server.schema.http.pages import page_size

COMPOSITE = (GraphQLObjectType, GraphQLInterfaceType)


class NodeCounter:
    """Counts the nodes of one operation with one set of variables.

    ``variables_matter`` says afterwards whether other variables could give another count.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Mapping[str, Any],
        limits: Limits,
    ) -> None:
        self._schema, self._fragments, self._limits = schema, fragments, limits
        self._variables = variables
        self.variables_matter = False

    def count(self, operation: OperationDefinitionNode) -> int:
        defaults = {
            definition.variable.name.value: value_from_ast_untyped(definition.default_value)
            for definition in operation.variable_definitions or ()
            if definition.default_value is not None
        }
        if defaults:
            self._variables = {**defaults, **self._variables}
        root = self._schema.get_root_type(operation.operation)
        return self._below([operation.selection_set], root, None)

    def _below(self, selection_sets: list[SelectionSetNode], parent: GraphQLNamedType | None, page: int | None) -> int:
        """The nodes below one ``parent``; ``page`` is its page size if it is a connection.

        Fields that execution merges are merged here: what several fragments select together
        is fetched once.
        """
        groups: dict[tuple[str, str], tuple[GraphQLField, list[FieldNode]]] = {}
        for selection_set in selection_sets:
            self._collect(selection_set, parent, groups)
        return sum(self._field(field, nodes, page) for field, nodes in groups.values())

    def _collect(
        self,
        selection_set: SelectionSetNode,
        parent: GraphQLNamedType | None,
        groups: dict[tuple[str, str], tuple[GraphQLField, list[FieldNode]]],
    ) -> None:
        for selection in selection_set.selections:
            if isinstance(selection, FieldNode):
                if selection.selection_set is None or not isinstance(parent, COMPOSITE):
                    continue
                field = parent.fields.get(selection.name.value)
                if field is not None:  # `__schema` and `__type` are bounded by the document's shape
                    key = (parent.name, (selection.alias or selection.name).value)
                    groups.setdefault(key, (field, []))[1].append(selection)
            elif isinstance(selection, FragmentSpreadNode):
                fragment = self._fragments[selection.name.value]
                kind = self._schema.get_type(fragment.type_condition.name.value)
                self._collect(fragment.selection_set, kind, groups)
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                kind = self._schema.get_type(condition.name.value) if condition else parent
                self._collect(selection.selection_set, kind, groups)

    def _field(self, field: GraphQLField, nodes: list[FieldNode], page: int | None) -> int:
        named = get_named_type(field.type)
        below = [node.selection_set for node in nodes if node.selection_set is not None]
        if _is_list(field):
            size = self._list_size(nodes[0]) if page is None else page
            return size * (1 + self._below(below, named, None))
        is_connection = named.name.endswith("Connection")
        inner_page = page_size(nodes[0], self._variable, self._limits) if is_connection else None
        return self._below(below, named, inner_page)

    def _list_size(self, node: FieldNode) -> int:
        """A plain list has no size that we could know; one given by its ids has theirs."""
        size = self._limits.assumed_list_size
        for argument in node.arguments or ():
            value = argument.value
            if isinstance(value, ListValueNode):
                size = max(size, len(value.values))
            elif isinstance(value, VariableNode):
                given = self._variable(value)
                size = max(size, len(given)) if isinstance(given, list) else size
        return size

    def _variable(self, node: VariableNode) -> Any:
        self.variables_matter = True
        return self._variables.get(node.name.value)


def _is_list(field: GraphQLField) -> bool:
    kind = field.type
    if isinstance(kind, GraphQLNonNull):
        kind = kind.of_type
    return isinstance(kind, GraphQLList)
