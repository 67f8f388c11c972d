"""The operations that GraphiQL opens with, against the committed schema."""

from pathlib import Path

import pytest
from graphql import GraphQLSchema, OperationDefinitionNode, build_schema, parse, validate
from graphql.execution.values import get_variable_values

from server.accounts.authors import system_author
from server.schema.examples import WorkedExample, worked_examples

SDL = Path(__file__).resolve().parents[2] / "server" / "schema" / "schema.graphql"
EXAMPLES = worked_examples(system_author("tests"))


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema(SDL.read_text())


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.title[:30])
def test_every_example_is_valid_and_its_variables_fit(schema: GraphQLSchema, example: WorkedExample) -> None:
    document = parse(example.document)
    (operation,) = (d for d in document.definitions if isinstance(d, OperationDefinitionNode))

    assert validate(schema, document) == []
    values = get_variable_values(schema, operation.variable_definitions or (), example.variables)
    assert not isinstance(values, list), values


def test_the_examples_create_are_refused_list_and_look_back() -> None:
    names = [example.query.split("(")[0] for example in EXAMPLES]

    assert names == [
        "mutation CreateExperiment",
        "mutation CreateExperimentRefused",
        "query Experiments",
        "query AuditLog",
    ]


def test_an_editor_shows_the_title_as_a_comment_that_fits() -> None:
    for example in EXAMPLES:
        comment, _, query = example.document.partition("\n\n")
        lines = comment.splitlines()

        assert all(line.startswith("# ") and len(line) <= 52 for line in lines)
        assert " ".join(line.removeprefix("# ") for line in lines) == example.title
        assert query == example.query
