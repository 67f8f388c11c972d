"""What the benchmark sends: one document an operation, and its variables. Sends nothing itself."""

import json
from collections.abc import Sequence
from typing import Any

from django.db.models import Model

from server.schema.ids import encode_id
from server.schema.nodes import NAMES

EXPERIMENT = """
fragment Whole on Experiment {
  __typename id key name status createdAt
  feature { id key options { id key value } }
  environment { id name }
  rollout {
    enabled percentage controlValue controlPercentage
    multivariateValues { percentage option { id key } }
    segment { id name }
    flagVersion { number }
  }
}"""

REFUSAL = "__typename ... on Refusal { code message } ... on InvalidInput { problems { path code } }"

CREATE = (
    "mutation ($input: CreateExperimentInput!, $rollout: ExperimentRolloutInput) {"
    f" createExperiment(input: $input, rollout: $rollout) {{ {REFUSAL} ...Whole }} }}{EXPERIMENT}"
)
UPDATE = (
    "mutation ($id: ID!, $rollout: ExperimentRolloutInput!) {"
    f" updateExperimentRollout(experimentId: $id, rollout: $rollout) {{ {REFUSAL} ...Whole }} }}{EXPERIMENT}"
)
LIST = (
    "query ($environment: ID!, $first: Int!) { experiments(environmentId: $environment, first: $first) {"
    f" totalCount pageInfo {{ hasNextPage endCursor }} edges {{ node {{ ...Whole }} }} }} }}{EXPERIMENT}"
)
FLOOR = "{ __typename }"


def gid(row: Model) -> str:
    """The row's global id."""
    return encode_id(NAMES[type(row)], row.pk)


def body(document: str, **variables: Any) -> bytes:
    """A request's body, on one line."""
    return json.dumps({"query": document, "variables": variables}).encode()


def rollout(options: Sequence[Model], *, gate: float, share: float) -> dict[str, Any]:
    """A gate, and the same share for every option."""
    return {
        "percentage": gate,
        "multivariateValues": [{"optionId": gid(option), "percentage": share} for option in options],
    }
