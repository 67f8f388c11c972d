"""The schema tells its reader everything: descriptions are sentences, and names follow their rule."""

from collections.abc import Iterator

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    graphql_sync,
    is_specified_scalar_type,
)

from server.schema.schema import schema

SCHEMA = schema._schema
OURS = {
    name: kind
    for name, kind in SCHEMA.type_map.items()
    if not name.startswith("__") and not is_specified_scalar_type(kind)
}
MUTATIONS = SCHEMA.mutation_type.fields if SCHEMA.mutation_type else {}
REFUSALS = {"InvalidInput", "NotFound", "NotAllowed", "Conflict", "Locked"}
OF_THE_LIBRARY = {
    "Contains the nodes in this connection",
    "Pagination data for this connection",
    "A cursor for use in pagination",
    "The item at the end of the edge",
    "When paginating forwards, are there more items?",
    "When paginating backwards, are there more items?",
}
"""What the library says of pages, as everywhere."""
FORBIDDEN = ("TODO", "FIXME", "XXX", "  ")


def described() -> Iterator[tuple[str, str | None]]:
    """Everything that can have a description, with the one that it has."""
    for name, kind in OURS.items():
        yield name, kind.description
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for field_name, field in kind.fields.items():
                yield f"{name}.{field_name}", field.description
                for argument_name, argument in field.args.items():
                    yield f"{name}.{field_name}({argument_name}:)", argument.description
        elif isinstance(kind, GraphQLInputObjectType):
            for field_name, input_field in kind.fields.items():
                yield f"{name}.{field_name}", input_field.description
        elif isinstance(kind, GraphQLEnumType):
            for value_name, value in kind.values.items():
                yield f"{name}.{value_name}", value.description


def is_sentence(text: str | None) -> bool:
    """Whether a description reads as one: from a capital or a name in code to a full stop, all on one line."""
    if not text or text != text.strip() or "\n" in text:
        return False
    return (text[0].isupper() or text[0] in "`12") and text.endswith(".")


def members(union: GraphQLNamedType) -> set[str]:
    assert isinstance(union, GraphQLUnionType)
    return {member.name for member in union.types}


def test_everything_is_described_by_a_sentence() -> None:
    bad = {name: text for name, text in described() if not is_sentence(text) and text not in OF_THE_LIBRARY}

    assert bad == {}


def test_no_description_was_left_unfinished() -> None:
    assert [name for name, text in described() if any(word in (text or "") for word in FORBIDDEN)] == []


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutation_answers_with_the_union_of_its_name_and_never_with_null(name: str) -> None:
    answer = MUTATIONS[name].type

    assert isinstance(answer, GraphQLNonNull)
    assert answer.of_type.name == f"{name[0].upper()}{name[1:]}Result"
    success = members(answer.of_type) - REFUSALS
    assert members(answer.of_type) == {*success, *REFUSALS}
    assert success - {"Preview"} and len(success - {"Preview"}) == 1


WITHOUT_EFFECT = {"refreshResults"}
"""Mutations that answer with an experiment, and change nothing of it or of what anybody is served."""


def test_every_mutation_of_experiments_takes_a_dry_run_and_no_other_does() -> None:
    taking = {name: field.args["dryRun"] for name, field in MUTATIONS.items() if "dryRun" in field.args}

    assert {str(argument.type) for argument in taking.values()} == {"Boolean"}
    assert [argument.default_value for argument in taking.values()] == [False] * len(taking)
    answers = {name: members(get_named_type(field.type)) for name, field in MUTATIONS.items()}
    assert sorted(taking) == sorted(
        name for name, found in answers.items() if "Experiment" in found and name not in WITHOUT_EFFECT
    )
    assert sorted(taking) == sorted(name for name, found in answers.items() if "Preview" in found)


@pytest.mark.parametrize("name", MUTATIONS)
def test_the_input_of_a_mutation_has_its_name(name: str) -> None:
    argument = MUTATIONS[name].args.get("input")

    if argument is not None:
        kind = get_named_type(argument.type)
        assert isinstance(kind, GraphQLInputObjectType)
        assert kind.name == f"{name[0].upper()}{name[1:]}Input"
        needed = [field for field in kind.fields.values() if isinstance(field.type, GraphQLNonNull)]
        assert isinstance(argument.type, GraphQLNonNull) or not needed


def test_every_refusal_has_a_code_and_a_message() -> None:
    refusal = SCHEMA.type_map["Refusal"]
    assert isinstance(refusal, GraphQLInterfaceType)

    told = {name: str(field.type) for name, field in refusal.fields.items()}

    assert told == {"code": "String!", "message": "String!"}
    assert {kind.name for kind in SCHEMA.get_possible_types(refusal)} == REFUSALS


def test_every_list_that_can_grow_is_a_connection_with_a_total() -> None:
    connections = {name: kind for name, kind in OURS.items() if name.endswith("Connection")}

    assert connections
    for name, kind in connections.items():
        assert isinstance(kind, GraphQLObjectType)
        assert set(kind.fields) == {"edges", "pageInfo", "totalCount"}, name
    paged = [
        (name, field_name, sorted(field.args))
        for name, kind in OURS.items()
        if isinstance(kind, GraphQLObjectType)
        for field_name, field in kind.fields.items()
        if get_named_type(field.type).name in connections
    ]
    assert all({"after", "first"} <= set(arguments) for _, _, arguments in paged), paged


def test_the_inputs_that_clients_rely_on_are_there_as_they_are_promised() -> None:
    def fields(name: str) -> dict[str, str]:
        kind = OURS[name]
        assert isinstance(kind, GraphQLInputObjectType)
        return {field_name: str(field.type) for field_name, field in kind.fields.items()}

    assert fields("CreateExperimentInput") == {
        "environmentId": "ID!",
        "featureId": "ID!",
        "name": "String!",
        "key": "String",
        "hypothesis": "String",
        "audienceId": "ID",
    }
    assert fields("ExperimentRolloutInput") == {
        "enabled": "Boolean",
        "percentage": "Percentage!",
        "controlValue": "FlagValue",
        "multivariateValues": "[MultivariateValueInput!]!",
        "priority": "Int",
    }
    assert fields("MultivariateValueInput") == {"optionId": "ID!", "percentage": "Percentage!"}
    assert fields("CompletionDecision") == {"keepControl": "Boolean", "shipToEveryone": "ID", "shipToGate": "ID"}
    assert fields("AudienceInput") == {"segmentId": "ID", "everyone": "Boolean"}
    assert fields("ScheduledRampInput") == {"percentage": "Percentage!", "at": "DateTime!"}
    for name in ("CompletionDecision", "AudienceInput"):
        told = graphql_sync(SCHEMA, f'{{ __type(name: "{name}") {{ isOneOf }} }}')
        assert told.data == {"__type": {"isOneOf": True}}
    rollout = OURS["ExperimentRolloutInput"]
    assert isinstance(rollout, GraphQLInputObjectType)
    assert rollout.fields["enabled"].default_value is True
