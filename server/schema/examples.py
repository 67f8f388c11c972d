"""Worked operations that GraphiQL opens with, on flags that their reader may use. Never executes any."""

from dataclasses import dataclass
from textwrap import dedent, fill
from typing import Any

from server.accounts.authors import Author
from server.demo.free import experiments_to_try, flags_to_try
from server.experimentation.models import Experiment, Metric
from server.features.models import Feature, Option
from server.projects.models import Environment, Project
from server.schema.evaluation import examples as evaluation
from server.schema.experimentation.metrics import examples as metrics
from server.schema.experimentation.results.examples import RESULTS
from server.schema.ids import encode_id
from server.schema.nodes import NAMES
from server.schema.statistics import examples as statistics

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
    """Global ids of a flag that is free for an experiment, with two of its options; of an experiment and a metric."""

    project: str
    environment: str
    feature: str
    options: tuple[str, str]
    experiment: str
    metric: str


def demo_ids(author: Author) -> DemoIds | None:
    """The first flag that is free for an experiment of ``author``, the demo's production first, or None."""
    flag = flags_to_try(author).first()
    if flag is None:
        return None
    first, second = flag.feature.present_options[:2]
    experiment = experiments_to_try(author, environment_id=flag.environment_id).first()
    metric = Metric.objects.filter(project_id=flag.feature.project_id, archived_at=None).order_by("key").first()
    return DemoIds(
        project=encode_id(NAMES[Project], flag.feature.project_id),
        environment=encode_id(NAMES[Environment], flag.environment_id),
        feature=encode_id(NAMES[Feature], flag.feature_id),
        options=(encode_id(NAMES[Option], first.pk), encode_id(NAMES[Option], second.pk)),
        experiment=encode_id(NAMES[Experiment], experiment.pk) if experiment else NO_EXPERIMENT,
        metric=encode_id(NAMES[Metric], metric.pk) if metric else NO_METRIC,
    )


NO_EXPERIMENT = "<experiment id>"
NO_METRIC = "<metric id>"
NO_IDS = DemoIds(
    "<project id>", "<environment id>", "<feature id>", ("<option id>", "<option id>"), NO_EXPERIMENT, NO_METRIC
)

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
            "Why one unit has what it is served: everything that was looked at, in order, with what came of it.",
            _text(evaluation.EXPLAIN_EVALUATION),
            {
                "environmentId": ids.environment,
                "featureId": ids.feature,
                "targetingKey": evaluation.TARGETING_KEY,
                "traits": evaluation.TRAITS,
            },
        ),
        WorkedExample(
            "What an experiment does to units, before it runs too: how many take part, per arm, and how many an "
            "override ahead of it takes away. Nothing is written.",
            _text(evaluation.SIMULATE_EXPERIMENT),
            {
                "experimentId": ids.experiment,
                "sampleSize": evaluation.SAMPLE_SIZE,
                "traits": evaluation.TRAITS,
            },
        ),
        WorkedExample(
            "What came of an experiment: the verdict in words, every metric of its plan, who met which variant, and "
            "whether the data can be trusted.",
            _text(RESULTS),
            {"experimentId": ids.experiment},
        ),
        WorkedExample(
            "Who changed what, newest first, with everything before and after.",
            _text(AUDIT_LOG),
            {"projectId": ids.project},
        ),
        WorkedExample(
            "What follows from sums that you bring along: two treatments, a metric to win by and a guardrail.",
            _text(statistics.ANALYSE_SUFFICIENT_STATISTICS),
            statistics.ANALYSIS,
        ),
        WorkedExample(
            "How many units and days it takes to see 10 % more of a rate of 5 %, and what fewer would find.",
            _text(statistics.PLAN_SAMPLE_SIZE),
            statistics.PLANNING,
        ),
        WorkedExample(
            "The same by what a metric has come to in an environment of late: its value, its spread and the traffic.",
            _text(statistics.PLAN_FROM_HISTORY),
            statistics.planning_from(ids.environment, ids.metric),
        ),
        WorkedExample(
            "A metric: what a visitor from one of three countries spends within a week, the top percent limited.",
            _text(metrics.CREATE_METRIC),
            metrics.new_metric(ids.project),
        ),
        WorkedExample(
            "How an experiment is to be judged: by one look, after 20,000 units and two weeks. A dry run: everything "
            "is checked, and nothing is written.",
            _text(metrics.SET_EXPERIMENT_PLAN),
            metrics.plan_on(ids.experiment, ids.metric),
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
