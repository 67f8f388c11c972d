"""The worked operations on metrics and plans that GraphiQL opens with. Never executes any."""

from typing import Any

CREATE_METRIC = """
    mutation CreateMetric($input: CreateMetricInput!) {
      createMetric(input: $input) {
        __typename
        ... on Metric {
          id
          key
          kind
          direction
          definition {
            measured { event aggregate filters { property operator values } }
            windowHours
            winsorisePercentile
          }
        }
        ... on Refusal { code message }
        ... on InvalidInput { problems { path code message } }
      }
    }
"""

SET_EXPERIMENT_PLAN = """
    mutation SetExperimentPlan($experimentId: ID!, $plan: PlanInput!, $dryRun: Boolean) {
      setExperimentPlan(experimentId: $experimentId, plan: $plan, dryRun: $dryRun) {
        __typename
        ... on Experiment {
          name
          plan {
            number
            afterStart
            changesJudgement
            rule { kind units days }
            metrics { role metric { key } version { number } margin marginScale }
          }
        }
        ... on Preview { impact { phaseAction } }
        ... on Refusal { code message }
        ... on InvalidInput { problems { path code message } }
      }
    }
"""


def new_metric(project: str) -> dict[str, Any]:
    """Variables that create a metric in this project."""
    filters = [{"property": "country", "operator": "IN", "values": ["CH", "DE", "AT"]}]
    revenue = {"event": "purchase", "filters": filters, "windowHours": 168, "winsorisePercentile": 99}
    return {
        "input": {
            "projectId": project,
            "key": "revenue-per-visitor",
            "name": "Revenue per visitor",
            "description": "What a visitor spends within a week.",
            "definition": {"sum": revenue},
        }
    }


def plan_on(experiment: str, metric: str) -> dict[str, Any]:
    """Variables that plan this experiment on this metric, and write nothing."""
    return {
        "experimentId": experiment,
        "plan": {
            "primaryMetricId": metric,
            "scale": "RELATIVE",
            "minimumEffect": 0.02,
            "rule": {"fixedHorizon": {"units": 20000, "days": 14}},
            "expectedDays": 14,
        },
        "dryRun": True,
    }
