"""The documents of the main job, as a client writes them. Asserts nothing."""

REFUSAL = """
  ... on Refusal { code message }
  ... on InvalidInput { problems { path code message } }
  ... on NotFound { field }
  ... on Conflict { collidesWith { type id name } allowed }
  ... on Locked { holder { type id name } allowed }
"""

STATES = """
  states {
    enabled value priority controlPercentage
    segment { id name system open }
    allocations { option { id key value } percentage }
  }
"""

EXPERIMENT = (
    """
  ... on Experiment {
    id key name hypothesis status version unit createdAt updatedAt startedAt endedAt
    author { id kind name }
    feature { id key value options { id key value } }
    environment { id name }
    rollout {
      enabled percentage controlValue controlPercentage priority
      multivariateValues { option { id key value } percentage }
      segment { id name system open rules { type conditions { operator percentage } } }
      flagVersion { number sealedAt cause """
    + STATES
    + """ }
    }
    receipt {
      decision option { id name } author { id name } completedAt statusBefore
      before { flagVersion gate gateOpen default { value enabled } overrides { segment { name } priority } }
      after {
        flagVersion gate gateOpen
        default { value enabled allocations { optionId optionKey percentage } }
        overrides { segment { name } priority value }
      }
      plainOverrides { segment { id } }
    }
  }
"""
)

FLAG = (
    """
  ... on Flag {
    id version feature { key } environment { name }
    liveVersion { number sealedAt cause basedOn { number } """
    + STATES
    + """ }
    versions { totalCount edges { node { number } } }
  }
"""
)


def _mutation(name: str, arguments: str, passed: str, success: str) -> str:
    return f"mutation({arguments}) {{ {name}({passed}) {{ __typename {success} {REFUSAL} }} }}"


CREATE_EXPERIMENT = _mutation(
    "createExperiment",
    "$input: CreateExperimentInput!, $rollout: ExperimentRolloutInput",
    "input: $input, rollout: $rollout",
    EXPERIMENT,
)
UPDATE_EXPERIMENT = _mutation(
    "updateExperiment",
    "$id: ID!, $input: UpdateExperimentInput!, $expected: Int",
    "experimentId: $id, input: $input, expectedVersion: $expected",
    EXPERIMENT,
)
UPDATE_EXPERIMENT_ROLLOUT = _mutation(
    "updateExperimentRollout",
    "$id: ID!, $rollout: ExperimentRolloutInput!, $expected: Int",
    "experimentId: $id, rollout: $rollout, expectedVersion: $expected",
    EXPERIMENT,
)
START_EXPERIMENT = _mutation("startExperiment", "$id: ID!", "experimentId: $id", EXPERIMENT)
PAUSE_EXPERIMENT = _mutation("pauseExperiment", "$id: ID!", "experimentId: $id", EXPERIMENT)
DELETE_EXPERIMENT = _mutation("deleteExperiment", "$id: ID!", "experimentId: $id", EXPERIMENT)
COMPLETE_EXPERIMENT = _mutation(
    "completeExperiment",
    "$id: ID!, $decision: CompletionDecision!",
    "experimentId: $id, decision: $decision",
    EXPERIMENT,
)
UPDATE_FLAG = _mutation(
    "updateFlag", "$input: UpdateFlagInput!, $expected: Int", "input: $input, expectedVersion: $expected", FLAG
)
CREATE_SEGMENT = _mutation(
    "createSegment",
    "$input: CreateSegmentInput!",
    "input: $input",
    """... on Segment {
      id name system open currentVersion { number }
      rules {
        type conditions { trait operator value percentage salt }
        rules { type conditions { trait operator value percentage } rules { type } }
      }
    }""",
)
READ_EXPERIMENT = f"query($id: ID!) {{ node(id: $id) {{ {EXPERIMENT} }} }}"
