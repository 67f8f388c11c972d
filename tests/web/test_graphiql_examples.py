"""The operations that GraphiQL opens with, against the committed schema."""

from pathlib import Path

import pytest
from graphql import GraphQLSchema, OperationDefinitionNode, build_schema, parse, validate
from graphql.execution.values import get_variable_values

from server.accounts.authors import Author
from server.accounts.roles import Role
from server.audit.authorship import AuthorKind
from server.features.models import Feature, Option
from server.projects.models import Versioning
from server.schema.examples import WorkedExample, demo_ids, worked_examples
from tests.factories import NOW, new_author, new_world
from tests.schema.api import Api, gid

SDL = Path(__file__).resolve().parents[2] / "server" / "schema" / "schema.graphql"
EXAMPLES = worked_examples(Author(AuthorKind.USER, 1, "somebody without any grant"))


def name_of(example: WorkedExample) -> str:
    """The name of the example's operation."""
    return example.query.split()[1].partition("(")[0]


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


@pytest.mark.django_db
def test_the_examples_name_a_free_flag_of_the_reader_and_work_as_they_stand() -> None:
    world = new_world(Versioning.V2)
    world.experiment()
    feature = world.feature(key="button-colour")
    examples = {name_of(example): example for example in worked_examples(world.author)}
    api = Api(world.author)

    answers = {name: api(example.query, **example.variables) for name, example in examples.items()}

    assert examples["CreateExperiment"].variables["input"]["featureId"] == gid(feature)
    assert answers["CreateExperiment"]["createExperiment"]["__typename"] == "Experiment"
    problems = answers["CreateExperimentRefused"]["createExperiment"]["problems"]
    assert {problem["code"] for problem in problems} == {"BLANK", "OVER_ALLOCATED"}
    assert answers["Experiments"]["experiments"]["totalCount"] == 2
    assert answers["ExplainEvaluation"]["explainEvaluation"]["evaluation"]["variant"] == "control"
    assert answers["SimulateExperiment"]["simulateExperiment"]["units"] == 10_000
    assert answers["ExperimentResults"]["node"]["resultsState"]["standing"] == "NOT_STARTED"
    assert answers["AuditLog"]["auditLog"]["totalCount"] > 0
    verdict = answers["AnalyseSufficientStatistics"]["analyseSufficientStatistics"]["verdict"]
    assert [each["outcome"] for each in verdict["variants"]] == ["WINNING", "KEEP_COLLECTING"]
    assert answers["PlanSampleSize"]["planSampleSize"]["sampleSize"]["units"] > 100_000
    assert answers["PlanFromHistory"] == {"planSampleSize": None}


@pytest.mark.django_db
def test_no_flag_is_offered_that_is_taken_archived_not_multivariate_or_not_the_readers_to_edit() -> None:
    world = new_world(Versioning.V2)
    world.experiment()
    world.feature(options=("only",))
    Feature.objects.filter(pk=world.feature().pk).update(archived_at=NOW)
    Option.objects.filter(feature=world.feature()).update(removed_at=NOW)
    new_world(Versioning.V2).feature()

    assert demo_ids(world.author) is None
    assert worked_examples(world.author)[0].variables["input"]["featureId"] == "<feature id>"

    world.feature()
    viewer = new_author(world.organisation, Role.VIEWER)
    assert demo_ids(world.author) is not None
    assert demo_ids(viewer) is None


def test_the_examples_create_are_refused_list_and_look_back() -> None:
    names = [example.query.split("(")[0] for example in EXAMPLES]

    assert names == [
        "mutation CreateExperiment",
        "mutation CreateExperimentRefused",
        "query Experiments",
        "query ExplainEvaluation",
        "query SimulateExperiment",
        "query ExperimentResults",
        "query AuditLog",
        "query AnalyseSufficientStatistics",
        "query PlanSampleSize",
        "query PlanFromHistory",
        "mutation CreateMetric",
        "mutation SetExperimentPlan",
    ]


def test_an_editor_shows_the_title_as_a_comment_that_fits() -> None:
    for example in EXAMPLES:
        comment, _, query = example.document.partition("\n\n")
        lines = comment.splitlines()

        assert all(line.startswith("# ") and len(line) <= 52 for line in lines)
        assert " ".join(line.removeprefix("# ") for line in lines) == example.title
        assert query == example.query
