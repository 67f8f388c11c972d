"""Worked queries of what a unit is served and why, and of what an experiment would do. Never executes any."""

EXPLAIN_EVALUATION = """
    query ExplainEvaluation($environmentId: ID!, $featureId: ID!, $targetingKey: String, $traits: JSON) {
      explainEvaluation(
        environmentId: $environmentId
        featureId: $featureId
        targetingKey: $targetingKey
        traits: $traits
      ) {
        evaluation { value variant reason experiment phase inExperiment }
        steps {
          source
          outcome
          priority
          segment { name system }
          rule {
            outcome
            conditions {
              outcome
              condition { trait operator value percentage }
              traitValue
              bucket
            }
            rules { outcome }
          }
          bucket
          variant
        }
      }
    }
"""

SIMULATE_EXPERIMENT = """
    query SimulateExperiment($experimentId: ID!, $sampleSize: Int, $traits: JSON) {
      simulateExperiment(experimentId: $experimentId, sampleSize: $sampleSize, traits: $traits) {
        units
        unitsInGate
        unitsTakingPart
        arms { variant value units }
        unitsWithForcedValue
        competingOverrides {
          priority
          segment { name }
          units
        }
      }
    }
"""

TARGETING_KEY = "customer-1"
TRAITS = {"country": "DE", "platform": "web", "lifetimeValue": 320, "orders": 7}
SAMPLE_SIZE = 10_000
