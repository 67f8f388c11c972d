"""Every list that can grow can be ordered and narrowed, in the same words wherever it stands."""

import pytest
from graphql import GraphQLEnumType, GraphQLField, GraphQLNonNull, GraphQLObjectType, get_named_type, is_leaf_type

from server.schema.schema import schema

SCHEMA = schema._schema
OBJECTS = {
    name: kind
    for name, kind in SCHEMA.type_map.items()
    if isinstance(kind, GraphQLObjectType) and not name.startswith("__")
}
PAGES = {"first", "after"}
CONNECTIONS: dict[str, GraphQLField] = {
    f"{name}.{field_name}": field
    for name, kind in OBJECTS.items()
    for field_name, field in kind.fields.items()
    if get_named_type(field.type).name.endswith("Connection")
}
BELOW = {place: field for place, field in CONNECTIONS.items() if not place.startswith("Query.")}
AT_THE_ROOT = {
    get_named_type(field.type).name: set(field.args)
    for place, field in CONNECTIONS.items()
    if place.startswith("Query.")
}
SAID_BY_THE_PARENT: dict[str, set[str]] = {
    "Project.environments": {"projectId"},
    "Project.features": {"projectId"},
    "Project.segments": {"projectId"},
    "Project.metrics": {"projectId"},
    "Environment.flags": {"environmentId"},
    "Environment.experiments": {"projectId", "environmentId"},
    "Feature.flags": {"featureId", "text", "archived"},
    "Feature.experiments": {"projectId", "featureId"},
    "Flag.experiments": {"projectId", "environmentId", "featureId"},
}
"""What a list at the root can be narrowed by, and the same list below an object needs not."""
BOUNDED = {
    "Connection.edges": "a page",
    "Feature.options": "at most 100",
    "FlagState.allocations": "one for each option",
    "ExperimentRollout.multivariateValues": "one for each option",
    "RecordedState.allocations": "one for each option",
    "FlagVersion.states": "at most 200 overrides, and the default",
    "RecordedFlag.overrides": "at most 200",
    "CompletionReceipt.plainOverrides": "at most 200",
    "Impact.competingOverrides": "at most 200",
    "Phase.multivariateValues": "one for each option",
    "BucketMap.runs": "at most 10,000, and few where shares change seldom",
    "MeasuredEvents.filters": "at most 20",
    "Plan.metrics": "at most 30",
    "ScopeExposures.variants": "one for each option, and control",
    "BreakdownValue.variants": "one for each option, and control",
    "ExperimentExposures.phases": "one for each phase",
    "ExperimentExposures.newUnits": "one for each variant and day",
    "ExperimentHealth.checks": "one for each phase, and for each value of a dimension",
    "ExperimentResults.metrics": "at most 30",
    "PhaseResults.metrics": "at most 30",
    "AAReplayOutcome.metrics": "at most 30",
    "BreakdownValue.metrics": "at most 30",
    "Breakdown.values": "the warehouse answers with a bounded number",
    "TrackedEvents.rejected": "one for each event that was sent, at most 1,000",
    "SegmentRule.rules": "the size of a rule is bounded",
    "SegmentRule.conditions": "the size of a rule is bounded",
    "Explanation.steps": "at most 200 overrides, the forced values and the default",
    "ExplainedRule.rules": "the size of a rule is bounded",
    "ExplainedRule.conditions": "the size of a rule is bounded",
    "Simulation.arms": "one for each option, and control",
    "Simulation.competingOverrides": "at most 200",
    "InvalidInput.problems": "the size of a request is bounded",
    "Query.evaluateFlags": "at most 1,000",
    "Query.statusCounts": "one for each status",
    "BestVariant.variants": "at most 20",
    "MetricAnalysis.treatments": "one for each option",
    "SampleSizePlan.atUnits": "at most 60",
    "SufficientStatisticsAnalysis.metrics": "at most 50",
    "Verdict.variants": "one for each option",
    "VariantVerdict.guardrails": "one for each guardrail of the plan, at most 50",
    "Viewer.grants": "at most 200 in each organisation",
}
"""Lists of objects that come whole, and what bounds them."""


def kind_of(place: str) -> str:
    """What is listed there."""
    return get_named_type(CONNECTIONS[place].type).name.removesuffix("Connection")


@pytest.mark.parametrize("place", CONNECTIONS)
def test_a_connection_has_an_order_with_a_default(place: str) -> None:
    order = CONNECTIONS[place].args.get("order")

    assert order is not None
    assert isinstance(order.type, GraphQLNonNull)
    assert isinstance(order.type.of_type, GraphQLEnumType)
    kind = kind_of(place)
    assert order.type.of_type.name == ("AuditOrder" if kind == "AuditRecord" else f"{kind}Order")
    assert order.default_value in {value.value for value in order.type.of_type.values.values()}


def test_the_same_thing_comes_in_the_same_order_wherever_it_is_listed() -> None:
    defaults: dict[str, set[object]] = {}
    for place, field in CONNECTIONS.items():
        defaults.setdefault(kind_of(place), set()).add(field.args["order"].default_value)

    assert {kind: orders for kind, orders in defaults.items() if len(orders) > 1} == {}


@pytest.mark.parametrize("kind", sorted({kind_of(place) for place in CONNECTIONS}))
def test_every_list_comes_from_either_end_of_time(kind: str) -> None:
    orders = [
        get_named_type(field.args["order"].type) for place, field in CONNECTIONS.items() if kind_of(place) == kind
    ]

    assert all(isinstance(order, GraphQLEnumType) and {"NEWEST", "OLDEST"} <= set(order.values) for order in orders)


@pytest.mark.parametrize("place", BELOW)
def test_a_list_below_an_object_is_narrowed_as_at_the_root(place: str) -> None:
    field = BELOW[place]
    at_the_root = AT_THE_ROOT.get(get_named_type(field.type).name)

    if at_the_root is None:
        assert set(field.args) - PAGES - {"order"} != set()
    else:
        assert at_the_root - set(field.args) == SAID_BY_THE_PARENT.get(place, set())


def test_a_list_that_comes_whole_is_bounded() -> None:
    whole = {
        "Connection.edges" if name.endswith("Connection") else f"{name}.{field_name}"
        for name, kind in OBJECTS.items()
        for field_name, field in kind.fields.items()
        if str(field.type).startswith("[") and not is_leaf_type(get_named_type(field.type))
    }

    assert whole - BOUNDED.keys() == set()
