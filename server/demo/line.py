"""The line to paste into a shell that creates an experiment in the demo. Never runs it.

The shell is POSIX's, and the ids are the API's: what they look like is known here
without GraphQL, and a test compares it with the schema's.
"""

import json
import shlex
from base64 import b64encode
from collections.abc import Sequence

from server.features.models import Option
from server.versioning.models import Flag

MUTATION = """
mutation Try($input: CreateExperimentInput!, $rollout: ExperimentRolloutInput) {
  createExperiment(input: $input, rollout: $rollout) {
    __typename
    ... on Experiment {
      id key name status
      feature { key } environment { name }
      rollout {
        enabled percentage controlValue controlPercentage priority
        multivariateValues { option { key value } percentage }
        segment { id name } flagVersion { id number }
      }
    }
    ... on Refusal { code message }
    ... on InvalidInput { problems { path code message } }
  }
}
"""


def curl(base_url: str, api_key: str, flag: Flag, options: Sequence[Option]) -> str:
    """One line that creates an experiment on the flag and prints the answer, as JSON."""
    variables = {
        "input": {
            "environmentId": _global_id("Environment", flag.environment_id),
            "featureId": _global_id("Feature", flag.feature_id),
            "name": f"Trying {flag.feature.key}",
            "hypothesis": "An experiment and its rollout are one transaction.",
        },
        "rollout": {
            "percentage": 50,
            "multivariateValues": [
                {"optionId": _global_id("MultivariateOption", option.pk), "percentage": share}
                for option, share in zip(options, (30, 20), strict=False)
            ],
        },
    }
    words = [
        *("curl", "-sS", "-w", r"\n", f"{base_url}/graphql"),
        *("-H", f"Authorization: Bearer {api_key}"),
        *("-H", "Content-Type: application/json"),
        *("-d", json.dumps({"query": " ".join(MUTATION.split()), "variables": variables})),
    ]
    return shlex.join(words)


def _global_id(type_name: str, key: int) -> str:
    return b64encode(f"{type_name}:{key}".encode()).decode()
