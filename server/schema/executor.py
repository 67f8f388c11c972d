"""Executes operations: plain fields straight from their rows, all others as the library does. Never awaits.

graphql-core takes some ten steps for each field, whatever it is: a path, an ``Info``, the
arguments, the resolver, what kind of type the answer has, whether it can be awaited. Nine
tenths of a list's fields read an attribute, and need none of them.

A shortcut only ever gives the answer that the library would give. Where a value is missing, is
of another class than expected, or cannot be written, nothing is answered here: the library
takes the field from the start, and says what is wrong in its own words.
"""

from collections.abc import Sequence
from typing import Any, Final

from graphql import GraphQLObjectType, TypeNameMetaFieldDef, Undefined
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from server.schema.shortcuts import Branch, Leaf, Shortcut, shortcut_of

_UNUSUAL: Final = object()
"""In place of an answer: let the library take the field."""

Step = tuple[str, FieldDetailsList, Leaf | None, Branch | None]
"""A selected field: its name in the answer, where it stands in the document, and its shortcut."""


class ShortcutExecutor(StrawberryGraphQLCoreExecutionContext):
    """Strawberry's executor, which asks for a shortcut at every field."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._steps: dict[int, tuple[GroupedFieldSet, list[Step]]] = {}
        self._has_middleware = bool(self.middleware_manager and self.middleware_manager.middlewares)

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: GroupedFieldSet,
        position_context: Any,
    ) -> dict[str, Any]:
        """The answers of the selected fields of one object, in the order of the document."""
        results: dict[str, Any] = {}
        for name, details, leaf, branch in self._steps_of(parent_type, grouped_field_set):
            if leaf is not None and (answer := _value(leaf, source_value)) is not _UNUSUAL:
                results[name] = answer
                continue
            field_path = Path(path, name, parent_type.name)
            answer = _UNUSUAL
            if branch is not None:
                answer = self._objects(branch, source_value, details, field_path, position_context)
            if answer is _UNUSUAL:
                answer = self.execute_field(parent_type, source_value, details, field_path, position_context)
                if self.is_awaitable(answer):
                    raise RuntimeError(f"{parent_type.name}.{name} has to be awaited, and nobody awaits here.")
            if answer is not Undefined:
                results[name] = answer
        return results

    def _steps_of(self, kind: GraphQLObjectType, selected: GroupedFieldSet) -> Sequence[Step]:
        """The steps to take for a selection: the same for all objects of a list, so found out once."""
        known = self._steps.get(id(selected))
        if known is None:
            steps = [self._step(kind, name, details) for name, details in selected.items()]
            # Kept with the selection: its id is its own as long as it lives.
            known = self._steps[id(selected)] = (selected, steps)
        return known[1]

    def _step(self, kind: GraphQLObjectType, name: str, details: FieldDetailsList) -> Step:
        shortcut: Shortcut | None = None
        field = self.schema.get_field(kind, details[0].node.name.value)
        if field is TypeNameMetaFieldDef:
            shortcut = Leaf(lambda _: kind.name, str, nullable=False)
        elif field is not None and not self._has_middleware:
            shortcut = shortcut_of(field)
        return (
            name,
            details,
            shortcut if isinstance(shortcut, Leaf) else None,
            shortcut if isinstance(shortcut, Branch) else None,
        )

    def _objects(self, branch: Branch, source: Any, details: FieldDetailsList, path: Path, context: Any) -> Any:
        """The object or the list of objects that a field gives, with all that is selected below."""
        try:
            value = branch.read(source)
        except Exception:
            return _UNUSUAL
        if branch.item is None:
            if value.__class__ is not branch.rows:
                return _UNUSUAL
            return self._object(branch, branch.declared, value, details, path, context)
        if value.__class__ is not list or any(item.__class__ is not branch.rows for item in value):
            return _UNUSUAL
        try:
            return [
                self._object(branch, branch.item, item, details, Path(path, index, None), context)
                for index, item in enumerate(value)
            ]
        except Exception as error:
            self.handle_field_error(error, branch.declared, details, path)
            return None

    def _object(
        self, branch: Branch, declared: Any, row: Any, details: FieldDetailsList, path: Path, context: Any
    ) -> Any:
        try:
            return self.collect_and_execute_subfields(branch.kind, details, path, row, context)
        except Exception as error:
            self.handle_field_error(error, declared, details, path)
            return None


def _value(leaf: Leaf, source: Any) -> Any:
    """The scalar or the enum of a field, as it goes out."""
    try:
        value = leaf.read(source)
        if value is None:
            return None if leaf.nullable else _UNUSUAL
        if value is Undefined or isinstance(value, Exception):
            return _UNUSUAL
        answer = leaf.write(value)
    except Exception:
        return _UNUSUAL
    return _UNUSUAL if answer is None or answer is Undefined else answer
