"""Enums of metrics and plans in the API: their names, and what each value means.

Imported before any type that uses one.
"""

import server.schema.statistics.enums  # noqa: F401 - scale, direction and correction, which metrics and plans have too
from server.experimentation.metrics.plans import RuleKind
from server.experimentation.models import MetricKind, MetricRole
from server.schema.enums import in_api
from server.warehouse.questions.terms import Aggregate, Operator

in_api(
    MetricKind,
    "MetricKind",
    "What a metric makes of the events of a unit.",
    {
        "PROPORTION": "Whether there is any: the share of the units that have one.",
        "COUNT": "How many there are, per unit.",
        "SUM": "The sum of their values, per unit; a unit without any has 0.",
        "MEAN": "The mean of their values, of the units that have any.",
        "RATIO": "One sum or count over another: over all units together, such as clicks by views.",
        "QUANTILE": "A percentile of the units' sums or means, of the units that have any.",
        "RETENTION": (
            "Whether the unit came back in a window: the share of the units that were followed to the window's end."
        ),
    },
)
in_api(
    MetricRole,
    "MetricRole",
    "What a metric is for in an experiment.",
    {
        "PRIMARY": "The verdict is about it.",
        "SECONDARY": "It helps to understand; its p-values are corrected for being many.",
        "GUARDRAIL": "It must not suffer: no more than its margin may be lost.",
    },
)
in_api(
    RuleKind,
    "StoppingRuleKind",
    "When an experiment may be judged.",
    {
        "ALWAYS_VALID": "Whenever one looks, by intervals that hold for all looks together.",
        "FIXED_HORIZON": "Once, when it has had its units and days.",
    },
)
in_api(
    Aggregate,
    "EventAggregate",
    "What is made of the matching events of a unit.",
    {
        "COUNT": "How many there are.",
        "SUM": "The sum of their values; an event without a value adds nothing.",
        "MEAN": "The mean of their values; a unit without any has none.",
    },
)
in_api(
    Operator,
    "PropertyOperator",
    "How a property of an event is compared. One that is not there matches IS_NOT_SET and nothing else.",
    {
        "EQUALS": "The property is this value.",
        "NOT_EQUALS": "The property is another value than this.",
        "IN": "The property is one of these values.",
        "NOT_IN": "The property is none of these values.",
        "GREATER_THAN": "The property is a number above this one.",
        "AT_LEAST": "The property is this number, or one above it.",
        "LESS_THAN": "The property is a number below this one.",
        "AT_MOST": "The property is this number, or one below it.",
        "IS_SET": "The event has the property.",
        "IS_NOT_SET": "The event has not got the property.",
    },
)
