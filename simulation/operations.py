"""The operations of the API that a simulation needs. Sends none."""

REFUSED = "... on Refusal { refused: code message } ... on InvalidInput { problems { path message } }"

ENVIRONMENTS = """
query Environments($text: String!) {
  environments(text: $text, first: 100) { edges { node { id name project { id name } } } }
}
"""

CREATE_KEY = f"""
mutation CreateKey($input: CreateEnvironmentKeyInput!) {{
  createEnvironmentKey(input: $input) {{ ... on CreatedEnvironmentKey {{ key }} {REFUSED} }}
}}
"""

EXPERIMENTS = """
query Experiments($environment: ID!, $status: [ExperimentStatus!]) {
  experiments(environmentId: $environment, status: $status, first: 100) {
    edges { node { id key name status feature { id key options { key } } } }
  }
}
"""

FLAGS = """
query Flags($environment: ID!) {
  flags(environmentId: $environment, archived: false, first: 100) {
    edges { node { feature { id key options { id key } } liveVersion { states { enabled } } } }
  }
}
"""

FEATURES = """
query Features($project: ID!, $text: String) {
  features(projectId: $project, text: $text, first: 100) { edges { node { key } } }
}
"""

METRICS = """
query Metrics($project: ID!) {
  metrics(projectId: $project, text: "simulated-", archived: false, first: 100) { edges { node { id key } } }
}
"""

CREATE_METRIC = f"""
mutation CreateMetric($input: CreateMetricInput!) {{
  createMetric(input: $input) {{ ... on Metric {{ id }} {REFUSED} }}
}}
"""

CREATE_FEATURE = f"""
mutation CreateFeature($input: CreateFeatureInput!) {{
  createFeature(input: $input) {{ ... on Feature {{ id key options {{ id key }} }} {REFUSED} }}
}}
"""

CREATE_EXPERIMENT = f"""
mutation CreateExperiment($input: CreateExperimentInput!, $rollout: ExperimentRolloutInput) {{
  createExperiment(input: $input, rollout: $rollout) {{ ... on Experiment {{ id key name }} {REFUSED} }}
}}
"""

SET_PLAN = f"""
mutation SetPlan($experiment: ID!, $plan: PlanInput!) {{
  setExperimentPlan(experimentId: $experiment, plan: $plan) {{ ... on Experiment {{ id }} {REFUSED} }}
}}
"""

START = f"""
mutation Start($experiment: ID!) {{
  startExperiment(experimentId: $experiment) {{ ... on Experiment {{ id }} {REFUSED} }}
}}
"""

REFRESH = f"""
mutation Refresh($experiment: ID!) {{
  refreshResults(experimentId: $experiment) {{ ... on Experiment {{ id }} {REFUSED} }}
}}
"""

WAITING = """
query Waiting($environment: ID!) {
  node(id: $environment) { ... on Environment { ingestion { backlogEvents } } }
}
"""

RESULTS = """
query Results($experiment: ID!) {
  node(id: $experiment) {
    ... on Experiment {
      resultsState { requestedAt lastAttempt { number failure { message } } }
      health { checks { status message } }
      exposures { judged { units quarantined variants { variant units } } }
      results {
        number
        verdict {
          ... on Verdict { message }
          ... on NoPlan { message }
        }
      }
    }
  }
}
"""
