"""Values that do not fit are told in JSON's words, without the whole input, and users' texts as they are."""

from typing import Any

import pytest
from graphql import OperationDefinitionNode, parse
from graphql.execution.values import get_variable_values

from server.schema.http.coercion import MAX_LENGTH, in_words_of_json
from server.schema.schema import schema

OPERATION = parse(
    """
    query ($input: CreateExperimentInput, $rollout: ExperimentRolloutInput, $number: Int, $flag: Boolean, $text: String)
    { __typename }
    """
).definitions[0]


def told(name: str, value: Any) -> list[str]:
    """What GraphQL says of the variable, in our words, after the place."""
    assert isinstance(OPERATION, OperationDefinitionNode)
    errors = get_variable_values(schema._schema, OPERATION.variable_definitions, {name: value})
    assert isinstance(errors, list)
    return [in_words_of_json(error.message).partition(" has invalid value")[2] for error in errors]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("number", True, ": Int cannot represent non-integer value: true"),
        ("number", "True", ": Int cannot represent non-integer value: 'True'"),
        ("number", [None], ": Int cannot represent non-integer value: a list."),
        ("flag", {"secret": None}, ": Boolean cannot represent a non boolean value: an object."),
        ("text", 3, ": String cannot represent a non string value: 3"),
        ("input", [1], ": Expected value of type 'CreateExperimentInput' to be an object."),
        (
            "input",
            {"environmentId": "a", "featureId": "b", "name": None},
            " at .name: Expected value of non-null type 'String!' not to be null.",
        ),
        (
            "input",
            {"environmentId": "a", "featureId": "b"},
            ": Expected value of type 'CreateExperimentInput' to include required field 'name'.",
        ),
        (
            "input",
            {"environmentId": "a", "featureId": "b", "name": "None", "titel": "True"},
            ": Expected value of type 'CreateExperimentInput' not to include unknown field 'titel'.",
        ),
        (
            "input",
            {"environmentId": "a", "featureId": "b", "name": "c", "names": {"secret": 1}},
            ": Expected value of type 'CreateExperimentInput' not to include unknown field 'names'."
            " Did you mean 'name'?",
        ),
    ],
)
def test_what_is_wrong_is_told_in_words_of_json(name: str, value: object, message: str) -> None:
    assert told(name, value) == [message]


@pytest.mark.parametrize("message", ["None of these is True.", "The name 'None' cannot be taken, found: {'a': True}."])
def test_other_texts_stay_as_they_are(message: str) -> None:
    assert in_words_of_json(message) == message


def test_a_message_is_bounded() -> None:
    assert in_words_of_json("x" * MAX_LENGTH) == "x" * MAX_LENGTH
    assert in_words_of_json("x" * (MAX_LENGTH + 1)) == "x" * (MAX_LENGTH - 1) + "…"
