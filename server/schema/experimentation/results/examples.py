"""The worked operation on results that GraphiQL opens with: a results page by one query. Never executes it."""

RESULTS = """
    query ExperimentResults($experimentId: ID!) {
      node(id: $experimentId) {
        ... on Experiment {
          name
          status
          resultsState { standing nextDueAt lastAttempt { at failure { message } } }
          health { status checks { code status message } }
          exposures {
            lastAt
            judged {
              units
              quarantined
              variants { variant units expectedPercentage }
              split {
                ... on SampleRatioCheck { alwaysValidPValue }
                ... on NoResult { message }
              }
            }
            newUnits { day variant units }
          }
          results {
            computedAt
            asOf
            isFinal
            judged { message }
            verdict {
              ... on Verdict { outcome message variants { variant outcome message } }
              ... on NoPlan { message }
            }
            metrics {
              planned { role metric { key name } }
              analysis {
                scale
                control { ...level }
                treatments {
                  variant
                  level { ...level }
                  alwaysValid {
                    ... on AlwaysValidTest { value interval { low high } pValue }
                    ... on NoResult { message }
                  }
                  posterior {
                    ... on Posterior { chanceToBeatControl expectedLoss }
                    ... on NoResult { message }
                  }
                }
              }
            }
            dimensions
            exports { csv parquet }
          }
        }
      }
    }

    fragment level on LevelOrNoResult {
      ... on Level { units value standardDeviation }
      ... on NoResult { message }
    }
"""
