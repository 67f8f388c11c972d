"""Worked operations that GraphiQL opens with, on flags that their reader may use. Never executes any."""

from dataclasses import dataclass
from textwrap import dedent, fill
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q

from server.accounts.authors import Author
from server.accounts.permissions import Permission, permitted
from server.experimentation.models import Experiment, Status
from server.schema.ids import encode_id
from server.versioning.models import Flag

Variables = dict[str, Any]


@dataclass(frozen=True, slots=True)
class WorkedExample:
    """An operation that shows something, with variables that make it work as it stands."""

    title: str
    query: str
    variables: Variables

    @property
    def document(self) -> str:
        """The operation below its title, as an editor shows it."""
        comment = fill(self.title, 52, initial_indent="# ", subsequent_indent="# ")
        return f"{comment}\n\n{self.query}"


@dataclass(frozen=True, slots=True)
class DemoIds:
    """Global ids of a flag that is free for an experiment: its environment, feature and two options."""

    project: str
    environment: str
    feature: str
    options: tuple[str, str]


def demo_ids(author: Author) -> DemoIds | None:
    """The first multivariate flag on which ``author`` may create an experiment, or None."""
    editable = permitted(
        author,
        Permission.EDIT,
        organisation="environment__project__organisation_id",
        project="environment__project_id",
    )
    taken = Experiment.objects.exclude(status=Status.COMPLETED).filter(flag=OuterRef("pk"))
    free = Flag.objects.filter(editable, ~Exists(taken), feature__archived_at=None)
    options = Count("feature__options", filter=Q(feature__options__removed_at=None))
    multivariate = free.alias(options=options).filter(options__gte=2)
    flag = multivariate.select_related("feature").order_by("environment_id", "feature_id").first()
    if flag is None:
        return None
    first, second = flag.feature.options.filter(removed_at=None).values_list("pk", flat=True)[:2]
    return DemoIds(
        project=encode_id("Project", flag.feature.project_id),
        environment=encode_id("Environment", flag.environment_id),
        feature=encode_id("Feature", flag.feature_id),
        options=(encode_id("MultivariateOption", first), encode_id("MultivariateOption", second)),
    )


NO_IDS = DemoIds("<project id>", "<environment id>", "<feature id>", ("<option id>", "<option id>"))

CREATE_EXPERIMENT = """
    mutation {name}($input: CreateExperimentInput!, $rollout: ExperimentRolloutInput) {{
      createExperiment(input: $input, rollout: $rollout) {{
        __typename
        ... on Experiment {{
          id
          key
          name
          status
          version
          rollout {{
            enabled
            percentage
            controlValue
            controlPercentage
            multivariateValues {{
              option {{ key value }}
              percentage
            }}
            priority
            segment {{ id name }}
            flagVersion {{ number }}
          }}
        }}
        ... on Refusal {{ code message }}
        ... on InvalidInput {{ problems {{ path code message }} }}
      }}
    }}
"""

EXPERIMENTS = """
    query Experiments($environmentId: ID!) {
      experiments(environmentId: $environmentId, first: 20) {
        totalCount
        edges {
          node {
            id
            key
            name
            status
            feature { key }
            rollout {
              percentage
              controlPercentage
              multivariateValues { option { key } percentage }
            }
          }
        }
      }
    }
"""

AUDIT_LOG = """
    query AuditLog($projectId: ID!) {
      auditLog(projectId: $projectId, first: 10) {
        totalCount
        edges {
          node {
            createdAt
            author { name }
            action
            objectType
            objectName
            before
            after
          }
        }
      }
    }
"""


def worked_examples(author: Author) -> list[WorkedExample]:
    """What GraphiQL opens with, a tab each; placeholders stand where ``author`` has no free flag."""
    ids = demo_ids(author) or NO_IDS
    return [
        WorkedExample(
            "An experiment and its rollout, in one transaction. Half of the users take part; of those, "
            "30 % get the first option, 20 % the second, and 50 % stay with control.",
            _text(CREATE_EXPERIMENT.format(name="CreateExperiment")),
            {
                "input": {
                    "environmentId": ids.environment,
                    "featureId": ids.feature,
                    "name": "My first experiment",
                    "hypothesis": "The new options convert better than what we have.",
                },
                "rollout": _rollout(ids, 30, 20),
            },
        ),
        WorkedExample(
            "The same with a broken input: every problem at once, each with its path. Nothing is written.",
            _text(CREATE_EXPERIMENT.format(name="CreateExperimentRefused")),
            {
                "input": {"environmentId": ids.environment, "featureId": ids.feature, "name": "  "},
                "rollout": _rollout(ids, 70, 60),
            },
        ),
        WorkedExample(
            "The experiments of an environment, with gate and split.",
            _text(EXPERIMENTS),
            {"environmentId": ids.environment},
        ),
        WorkedExample(
            "Who changed what, newest first, with everything before and after.",
            _text(AUDIT_LOG),
            {"projectId": ids.project},
        ),
    ]


def _rollout(ids: DemoIds, first: int, second: int) -> Variables:
    shares = zip(ids.options, (first, second), strict=True)
    return {
        "percentage": 50,
        "multivariateValues": [{"optionId": option, "percentage": share} for option, share in shares],
    }


def _text(query: str) -> str:
    return dedent(query).strip() + "\n"
