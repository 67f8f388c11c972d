"""The shape of a document: how deep, how many aliases, how much introspection. Knows no schema.

Measured on the parsed document alone, before validation, because validating a hostile
document is itself expensive. Every fragment is measured once and counted at each spread,
so that a fragment bomb costs as much to refuse as it costs to write.
"""

from collections.abc import Mapping
from typing import NamedTuple

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

INTROSPECTION = frozenset({"__schema", "__type"})


class Shape(NamedTuple):
    """What a selection set amounts to, with its fragments written out."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    introspection_depth: int = 0
    introspection_fields: int = 0


EMPTY = Shape()


class ShapeReader:
    """Measures the operations of one document."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._shapes: dict[str, Shape] = {}

    def shape(self, operation: OperationDefinitionNode) -> Shape:
        return self._selection_set(operation.selection_set)

    def root_fields(self, operation: OperationDefinitionNode) -> frozenset[str]:
        """The names of the fields that the operation selects at its root."""
        names: set[str] = set()
        seen: set[str] = set()
        pending = [operation.selection_set]
        while pending:
            for selection in pending.pop().selections:
                if isinstance(selection, FieldNode):
                    names.add(selection.name.value)
                elif isinstance(selection, FragmentSpreadNode):
                    name = selection.name.value
                    if name not in seen and name in self._fragments:
                        seen.add(name)
                        pending.append(self._fragments[name].selection_set)
                else:
                    pending.append(selection.selection_set)  # type: ignore[attr-defined]
        return frozenset(names)

    def root_field_count(self, operation: OperationDefinitionNode) -> int:
        """How many fields stand at the root: for a mutation, how many writes."""
        return self._roots_in(operation.selection_set, {})

    def _roots_in(self, selection_set: SelectionSetNode, known: dict[str, int]) -> int:
        count = 0
        for selection in selection_set.selections:
            if isinstance(selection, FieldNode):
                count += selection.name.value != "__typename"
            elif isinstance(selection, FragmentSpreadNode):
                name = selection.name.value
                if name not in known:
                    known[name] = 0  # while it is being counted: a cycle adds nothing
                    fragment = self._fragments.get(name)
                    known[name] = self._roots_in(fragment.selection_set, known) if fragment else 0
                count += known[name]
            else:
                count += self._roots_in(selection.selection_set, known)  # type: ignore[attr-defined]
        return count

    def _selection_set(self, selection_set: SelectionSetNode) -> Shape:
        depth = fields = aliases = meta_depth = meta_fields = 0
        for selection in selection_set.selections:
            if isinstance(selection, FieldNode):
                found = self._field(selection)
            elif isinstance(selection, FragmentSpreadNode):
                found = self._fragment(selection.name.value)
            else:
                found = self._selection_set(selection.selection_set)  # type: ignore[attr-defined]
            depth = max(depth, found.depth)
            fields += found.fields
            aliases += found.aliases
            meta_depth = max(meta_depth, found.introspection_depth)
            meta_fields += found.introspection_fields
        return Shape(depth, fields, aliases, meta_depth, meta_fields)

    def _field(self, field: FieldNode) -> Shape:
        below = self._selection_set(field.selection_set) if field.selection_set else EMPTY
        aliases = below.aliases + (field.alias is not None)
        if field.name.value in INTROSPECTION:
            return Shape(1, 1, aliases, below.depth + 1, below.fields + 1)
        return Shape(
            below.depth + 1,
            below.fields + 1,
            aliases,
            below.introspection_depth,
            below.introspection_fields,
        )

    def _fragment(self, name: str) -> Shape:
        shape = self._shapes.get(name)
        if shape is None:
            self._shapes[name] = EMPTY  # while it is being measured: a cycle adds nothing
            fragment = self._fragments.get(name)
            shape = self._selection_set(fragment.selection_set) if fragment else EMPTY
            self._shapes[name] = shape
        return shape
