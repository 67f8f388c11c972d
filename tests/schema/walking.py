"""Walks the schema: its operations, where they take ids, and selections of all that a type has."""

from collections.abc import Iterator
from typing import Any

from graphql import (
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLType,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from server.schema.schema import schema

SCHEMA: GraphQLSchema = schema._schema
QUERIES = dict(SCHEMA.query_type.fields) if SCHEMA.query_type else {}
MUTATIONS = dict(SCHEMA.mutation_type.fields) if SCHEMA.mutation_type else {}
OPERATIONS = {**QUERIES, **MUTATIONS}
NODE = SCHEMA.get_type("Node")
NODE_TYPES = sorted(
    kind.name for kind in SCHEMA.type_map.values() if isinstance(kind, GraphQLObjectType) and NODE in kind.interfaces
)

RESULTS = ("ExperimentResults", "ExperimentExposures", "ExperimentHealth") * 2
"""Left out where experiments are many or not the point, for a document's budgets: `node` answers with them."""

OF_ITS_NODE = ("AAReplayOutcome",)
"""Left out in lists below an object, for the same budgets: its own `node` answers with it."""

Position = tuple[str | int, ...]


def everything(kind: GraphQLType, depth: int = 1, around: tuple[str, ...] = ()) -> str:
    """A selection of all fields: objects with ids are followed ``depth`` times, then named by their ids.

    Left out is what has to be asked for by an argument.
    """
    named = get_named_type(kind)
    if is_leaf_type(named):
        return ""
    if isinstance(named, GraphQLUnionType):
        members = " ".join(f"... on {member.name} {everything(member, depth, around)}" for member in named.types)
        return f"{{ __typename {members} }}"
    if isinstance(named, GraphQLInterfaceType):
        return "{ __typename id }"
    assert isinstance(named, GraphQLObjectType)
    if NODE in named.interfaces:
        if depth < 0:
            return "{ __typename id }"
        depth -= 1
    selected = ["__typename"]
    for name, field in named.fields.items():
        inner = get_named_type(field.type)
        if any(is_required_argument(argument) for argument in field.args.values()):
            continue
        if around.count(inner.name) > 1 or (depth < 0 and inner.name.endswith(("Connection", *OF_ITS_NODE))):
            continue
        paged = "(first: 4)" if inner.name.endswith("Connection") else ""
        selected.append(f"{name}{paged} {everything(inner, depth, (*around, inner.name))}".strip())
    return f"{{ {' '.join(selected)} }}"


def document(operation: str, arguments: dict[str, Any]) -> str:
    """The operation with all of these arguments as variables, and a selection of everything."""
    field = OPERATIONS[operation]
    depth = 0 if get_named_type(field.type).name.endswith("Connection") else 1
    kind = "mutation" if operation in MUTATIONS else "query"
    declared = ", ".join(f"${name}: {field.args[name].type}" for name in arguments)
    passed = ", ".join(f"{name}: ${name}" for name in arguments)
    head = f"{kind}({declared})" if declared else kind
    if "first" in field.args and "first" not in arguments:
        passed = f"{passed} first: 10"
    call = f"{operation}({passed})" if passed else operation
    return f"{head} {{ {call} {everything(field.type, depth, RESULTS)} }}"


def id_positions_of(operation: str) -> set[str]:
    """Where the operation takes ids, in all of its arguments and the inputs inside them."""
    return {
        place
        for name, argument in OPERATIONS[operation].args.items()
        for place in _positions_in(argument.type, name, ())
    }


def _positions_in(kind: GraphQLType, place: str, around: tuple[str, ...]) -> Iterator[str]:
    if isinstance(kind, GraphQLNonNull):
        yield from _positions_in(kind.of_type, place, around)
    elif isinstance(kind, GraphQLList):
        yield from _positions_in(kind.of_type, f"{place}[]", around)
    elif isinstance(kind, GraphQLInputObjectType):
        if kind.name not in around:
            for name, field in kind.fields.items():
                yield from _positions_in(field.type, f"{place}.{name}", (*around, kind.name))
    elif isinstance(kind, GraphQLNamedType) and kind.name == "ID":
        yield place


def ids_in(operation: str, arguments: dict[str, Any]) -> Iterator[tuple[str, Position]]:
    """Where these arguments hold ids: the place in the schema, and the position in the arguments."""
    for name, value in arguments.items():
        yield from _ids_in(OPERATIONS[operation].args[name].type, value, name, (name,))


def _ids_in(kind: GraphQLType, value: Any, place: str, position: Position) -> Iterator[tuple[str, Position]]:
    if isinstance(kind, GraphQLNonNull):
        yield from _ids_in(kind.of_type, value, place, position)
    elif value is None:
        return
    elif isinstance(kind, GraphQLList):
        for index, item in enumerate(value):
            yield from _ids_in(kind.of_type, item, f"{place}[]", (*position, index))
    elif isinstance(kind, GraphQLInputObjectType):
        for name, inner in value.items():
            yield from _ids_in(kind.fields[name].type, inner, f"{place}.{name}", (*position, name))
    elif isinstance(kind, GraphQLNamedType) and kind.name == "ID":
        yield place, position


def at(arguments: Any, position: Position) -> Any:
    """What stands at the position."""
    for step in position:
        arguments = arguments[step]
    return arguments


def with_value(arguments: Any, position: Position, value: Any) -> Any:
    """A copy of the arguments with another value at the position."""
    if not position:
        return value
    step, rest = position[0], position[1:]
    copied: Any = list(arguments) if isinstance(arguments, list) else dict(arguments)
    copied[step] = with_value(arguments[step], rest, value)
    return copied
