"""Percentages and flag values, in variables and in documents, in and out; null and what is left out."""

import json
from typing import Any

import pytest

from server.features.models import Feature
from server.schema.scalars import SCALARS, Count
from tests.factories import World, options_by_key
from tests.rows import unchanged
from tests.schema import documents
from tests.schema.api import Api, gid

REFUSED = "A percentage is a JSON number from 0 to 100 with at most two decimals."
NO_MOMENT = "A moment is a text in ISO 8601 with its offset from UTC, as 2026-01-31T12:00:00Z."
NO_SUCH_YEAR = "A moment is of a year from 1970 to 9000."
_CREATE = """
mutation($environment: ID!, $feature: ID!, $option: ID! %s) {
  createExperiment(
    input: {environmentId: $environment, featureId: $feature, name: "E"}
    rollout: {percentage: %s, multivariateValues: [{optionId: $option, percentage: 1}], controlValue: %s}
  ) { __typename ... on Experiment { rollout { percentage controlPercentage controlValue } }
      ... on InvalidInput { problems { path code } } }
}
"""


def with_literals(percentage: str = "5", value: str = '"x"') -> str:
    """A document with these values written into it; the variables inside are declared if they are used."""
    declared = [f", {name}: {kind}" for name, kind in (("$inner", "Int"), ("$text", "String")) if name in value]
    return _CREATE % ("".join(declared), percentage, value)


@pytest.fixture
def feature(world: World) -> Feature:
    return world.feature(key="colour")


def create(api: Api, world: World, feature: Feature, **rollout: Any) -> dict[str, Any]:
    """An experiment with this rollout, by variables."""
    given = {"percentage": 10, "multivariateValues": [], **rollout}
    answer = api(documents.CREATE_EXPERIMENT, input=input_of(world, feature), rollout=given)["createExperiment"]
    return dict(answer)


def input_of(world: World, feature: Feature) -> dict[str, str]:
    return {"environmentId": gid(world.environment), "featureId": gid(feature), "name": "E"}


def literal_variables(world: World, feature: Feature) -> dict[str, str]:
    option = gid(next(iter(options_by_key(feature).values())))
    return {"environment": gid(world.environment), "feature": gid(feature), "option": option}


@pytest.mark.parametrize(
    ("given", "told"),
    [(0, "0"), (100, "100"), (33.33, "33.33"), (1e1, "10"), (50.0, "50"), (0.01, "0.01"), (99.99, "99.99")],
)
def test_a_percentage_is_the_same_number_in_and_out(
    given: float, told: str, world: World, api: Api, feature: Feature
) -> None:
    rollout = create(api, world, feature, percentage=given)["rollout"]

    assert json.dumps(rollout["percentage"]) == told


@pytest.mark.parametrize(
    "given",
    [33.333, 100.01, -1, -0.01, True, False, "50", float("nan"), float("inf"), 1e308, 10**400, None, [50], {"a": 1}],
    ids=str,
)
def test_what_is_no_percentage_does_not_get_past_the_scalar_as_a_variable(
    given: Any, world: World, api: Api, feature: Feature
) -> None:
    rollout = {"percentage": given, "multivariateValues": []}

    with unchanged():
        (error,) = api.errors(documents.CREATE_EXPERIMENT, input=input_of(world, feature), rollout=rollout)

    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert given is None or REFUSED in error["message"]


@pytest.mark.parametrize(
    ("literal", "told"), [("0", 0), ("100", 100), ("33.33", 33.33), ("1e1", 10), ("5.0e1", 50), ("33.330", 33.33)]
)
def test_a_percentage_in_a_document_is_read_as_it_is_written(
    literal: str, told: float, world: World, api: Api, feature: Feature
) -> None:
    document = with_literals(literal)

    answer = api(document, **literal_variables(world, feature))["createExperiment"]

    assert answer["rollout"]["percentage"] == told
    assert answer["rollout"]["controlPercentage"] == 99


@pytest.mark.parametrize(
    "literal",
    ["33.333", "100.01", "-1", "true", '"50"', "1e400", "1e999999999", "NaN", "null", "[5]", "{a: 1}", "1" + "0" * 50],
)
def test_what_is_no_percentage_does_not_get_past_the_scalar_in_a_document(
    literal: str, world: World, api: Api, feature: Feature
) -> None:
    document = with_literals(literal)

    with unchanged():
        codes = api.codes(document, **literal_variables(world, feature))

    assert set(codes) <= {"GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT"}


def test_shares_are_summed_exactly(world: World, api: Api) -> None:
    feature = world.feature(options=[f"o{n}" for n in range(10)])
    values = [{"optionId": gid(option), "percentage": 9.99} for option in options_by_key(feature).values()]

    rollout = create(api, world, feature, multivariateValues=values)["rollout"]

    assert json.dumps(rollout["controlPercentage"]) == "0.1"
    assert {value["percentage"] for value in rollout["multivariateValues"]} == {9.99}


@pytest.mark.parametrize(
    ("value_type", "literal", "value"),
    [
        ("BOOLEAN", "true", True),
        ("STRING", '"a text"', "a text"),
        ("INTEGER", "3", 3),
        ("FLOAT", "2.5", 2.5),
        ("FLOAT", "1e2", 100.0),
        ("JSON", "{a: [1, 2.5, $inner, {b: $text}]}", {"a": [1, 2.5, 7, {"b": "from a variable"}]}),
        ("JSON", "{c: null, d: false}", {"c": None, "d": False}),
        ("JSON", "[]", []),
        ("JSON", '{text: """a "block" text"""}', {"text": 'a "block" text'}),
    ],
)
def test_a_flag_value_in_a_document_is_json_with_variables_inside(
    value_type: str, literal: str, value: Any, world: World, api: Api
) -> None:
    default = {"BOOLEAN": False, "STRING": "", "INTEGER": 0, "FLOAT": 0.5, "JSON": {}}[value_type]
    feature = world.feature(value_type=value_type, value=default, options=())
    api(
        "mutation($id: ID!, $value: FlagValue) { updateFeature(featureId: $id, input: {addOptions: "
        '[{key: "a", value: $value}]}) { __typename } }',
        id=gid(feature),
        value=value,
    )
    document = with_literals(value=literal)

    answer = api(document, **literal_variables(world, feature), inner=7, text="from a variable")["createExperiment"]

    assert answer["rollout"]["controlValue"] == value
    assert type(answer["rollout"]["controlValue"]) is type(value)


def test_a_value_of_another_type_is_refused_by_the_service(world: World, api: Api, feature: Feature) -> None:
    with unchanged():
        answer = create(api, world, feature, controlValue={"json": 1})

    assert [(problem["path"], problem["code"]) for problem in answer["problems"]] == [
        (["rollout", "controlValue"], "WRONG_TYPE")
    ]


def test_an_explicit_null_is_refused_and_a_value_left_out_is_copied(world: World, api: Api, feature: Feature) -> None:
    with unchanged():
        by_variable = create(api, world, feature, controlValue=None)
        by_literal = api(with_literals(value="null"), **literal_variables(world, feature))["createExperiment"]

    copied = create(api, world, feature)

    for refused in (by_variable, by_literal):
        assert [(problem["path"], problem["code"]) for problem in refused["problems"]] == [
            (["rollout", "controlValue"], "NULL")
        ]
    assert copied["rollout"]["controlValue"] == "grey"


@pytest.mark.parametrize("text", ["a\x00b", "\ud800"])
def test_bad_text_inside_a_value_is_refused(text: str, world: World, api: Api) -> None:
    feature = world.feature(value_type="JSON", value={}, options=())

    with unchanged():
        answer = api(
            documents.UPDATE_FLAG,
            input={
                "environmentId": gid(world.environment),
                "featureId": gid(feature),
                "default": {"value": {"deep": [text]}},
            },
        )["updateFlag"]

    assert [(problem["path"], problem["code"]) for problem in answer["problems"]] == [
        (["input", "default", "value", "deep", "0"], "BAD_TEXT")
    ]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        *((text, NO_MOMENT) for text in ("tomorrow", "2026-01-31T12:00:00", "10000-01-01T00:00:00Z", 1_790_000_000)),
        *((text, NO_SUCH_YEAR) for text in ("9999-12-31T23:59:59Z", "9001-01-01T00:00:00Z", "1969-12-31T23:59:59Z")),
    ],
)
def test_what_is_no_moment_is_told_from_one_that_is_out_of_range(given: object, message: str, api: Api) -> None:
    document = "query($since: DateTime) { auditLog(since: $since) { totalCount } }"

    (error,) = api.errors(document, since=given)

    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert message in error["message"]
    assert api(document, since="9000-12-31T23:59:59Z") == {"auditLog": {"totalCount": 0}}


def test_a_count_is_a_whole_number_that_may_be_larger_than_graphqls_own(api: Api) -> None:
    design = "baseline: {rate: 0.1}, minimumEffect: 0.1"
    document = (
        f"query($units: [Count!]) {{ planSampleSize(input: {{{design}, units: $units}}) {{ atUnits {{ units }} }} }}"
    )

    told = api(document, units=[1, 5_000_000_000, 7.0])["planSampleSize"]["atUnits"]

    assert [each["units"] for each in told] == [1, 5_000_000_000, 7]
    for wrong in (-1, 2.5, "7", True, 2**53, [1, None]):
        assert api.codes(document, units=wrong) == ["BAD_USER_INPUT"]


def test_a_count_is_read_from_the_document_too(api: Api) -> None:
    document = "{ planSampleSize(input: {baseline: {rate: 0.1}, minimumEffect: 0.1, units: %s}) { atUnits { units } } }"

    assert api(document % "[9000000000]")["planSampleSize"]["atUnits"] == [{"units": 9_000_000_000}]
    for wrong in ("[-1]", "[2.5]", '["7"]', "[true]"):
        assert api.errors(document % wrong)


def test_a_count_that_no_double_holds_is_told_rounded() -> None:
    count = SCALARS[Count]

    assert count.serialize is not None
    assert (count.serialize(2**53 - 1), count.serialize(10**22)) == (2**53 - 1, 1e22)
