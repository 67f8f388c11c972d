"""Worked queries of statistics, with figures that tell something. Never executes any."""

from typing import Any

ANALYSE_SUFFICIENT_STATISTICS = """
    query AnalyseSufficientStatistics($input: AnalyseSufficientStatisticsInput!) {
      analyseSufficientStatistics(input: $input) {
        verdict {
          outcome
          message
          variants { variant outcome message guardrails { metric standing } }
        }
        split {
          ... on SampleRatioCheck { alwaysValidPValue pValue }
          ... on NoResult { reason message }
        }
        metrics {
          name
          analysis {
            scale
            control { ... on Level { units value standardError } ... on NoResult { reason message } }
            treatments {
              variant
              level { ... on Level { units value } ... on NoResult { reason message } }
              lift {
                ... on WelchTest { value interval { low high } pValue }
                ... on NoResult { reason message }
              }
              alwaysValid {
                ... on AlwaysValidTest { value interval { low high } pValue }
                ... on NoResult { reason message }
              }
              posterior {
                ... on Posterior { chanceToBeatControl expectedLoss }
                ... on NoResult { reason message }
              }
              adjustedPValue { ... on AdjustedPValue { value } ... on NoResult { reason message } }
            }
            best {
              ... on BestVariant { variants { variant chance } }
              ... on NoResult { reason message }
            }
          }
        }
      }
    }
"""

PLAN_SAMPLE_SIZE = """
    query PlanSampleSize($input: PlanSampleSizeInput!) {
      planSampleSize(input: $input) {
        alphaEach
        sampleSize {
          ... on SampleSize { units controlUnits treatmentUnits }
          ... on NoResult { reason message }
        }
        duration { ... on Duration { days } ... on NoResult { reason message } }
        atUnits {
          units
          power { ... on Power { value } ... on NoResult { reason message } }
          minimumDetectableEffect {
            ... on EffectSize { scale value }
            ... on NoResult { reason message }
          }
        }
      }
    }
"""

PLAN_FROM_HISTORY = """
    query PlanFromHistory($input: PlanSampleSizeInput!) {
      planSampleSize(input: $input) {
        baseline {
          ... on MetricBaseline { value variance }
          ... on NoResult { reason message }
        }
        unitsPerDay
        sampleSize {
          ... on SampleSize { units controlUnits treatmentUnits }
          ... on NoResult { reason message }
        }
        duration { ... on Duration { days } ... on NoResult { reason message } }
      }
    }
"""


def _counts(units: int, successes: int) -> dict[str, Any]:
    return {"proportion": {"units": units, "successes": successes}}


ANALYSIS = {
    "input": {
        "metrics": [
            {
                "name": "conversion",
                "control": _counts(20_000, 1_000),
                "treatments": [
                    {"variant": "blue", "sums": _counts(20_100, 1_280)},
                    {"variant": "red", "sums": _counts(19_950, 1_010)},
                ],
            },
            {
                "name": "refunds",
                "direction": "LOWER_IS_BETTER",
                "scale": "ABSOLUTE",
                "control": _counts(20_000, 400),
                "treatments": [
                    {"variant": "blue", "sums": _counts(20_100, 395)},
                    {"variant": "red", "sums": _counts(19_950, 405)},
                ],
            },
        ],
        "split": [
            {"variant": "control", "units": 20_000, "share": 33.34},
            {"variant": "blue", "units": 20_100, "share": 33.33},
            {"variant": "red", "units": 19_950, "share": 33.33},
        ],
        "plan": {
            "primaryMetric": "conversion",
            "minimumEffect": 0.05,
            "rule": {"alwaysValid": {}},
            "guardrails": [{"metric": "refunds", "margin": 0.01}],
            "progress": {"days": 14},
        },
    }
}

PLANNING = {
    "input": {
        "baseline": {"rate": 0.05},
        "minimumEffect": 0.1,
        "treatments": 2,
        "unitsPerDay": 4_000,
        "units": [28_000, 56_000, 112_000],
    }
}


def planning_from(environment: str, metric: str) -> dict[str, Any]:
    """Variables that plan by what this metric has come to in this environment."""
    history = {"environmentId": environment, "metricId": metric}
    return {"input": {"baseline": {"history": history}, "minimumEffect": 0.05}}
