"""Asking for an A/A replay: what the answer shows, and every refusal."""

from dataclasses import replace
from typing import Any

from django_tasks_db.models import DBTaskResult

from server.accounts.models import User
from server.accounts.roles import Role
from server.experimentation.models import Experiment, Replay
from server.schema.ids import encode_id
from tests.experimentation.acting import bring_to
from tests.experimentation.measuring import new_metric, plan_of, set_plan
from tests.factories import World, new_author, new_world
from tests.rows import unchanged
from tests.schema.api import Api, gid

REPLAY = """mutation($id: ID!, $runs: Int!) { replayAA(experimentId: $id, runs: $runs) {
  __typename
  ... on AAReplay {
    id status runs finishedAt engine seed author { name } plan { number } outcome { units } failure { code }
  }
  ... on Refusal { code message }
  ... on Conflict { allowed collidesWith { type name } }
  ... on InvalidInput { problems { path code message } }
  ... on NotFound { field }
} }"""
SHORT = "mutation($id: ID!) { replayAA(experimentId: $id) { ... on AAReplay { runs } } }"


def running(world: World) -> Experiment:
    """An experiment that runs, with a plan."""
    return bring_to(world, set_plan(world, world.experiment(), plan_of(new_metric(world))), "RUNNING")


def asked(api: Api, experiment: Experiment, runs: int = 500) -> Any:
    """The answer to the mutation."""
    return api(REPLAY, id=gid(experiment), runs=runs)["replayAA"]


def test_a_worker_is_asked_and_the_answer_is_the_replay_that_is_to_come(world: World, api: Api) -> None:
    answer = asked(api, running(world))

    replay, job = Replay.objects.get(), DBTaskResult.objects.get(task_path__endswith="carry_out_replay_of")
    assert answer == {
        "__typename": "AAReplay",
        "id": gid(replay),
        "status": "PENDING",
        "runs": 500,
        "finishedAt": None,
        "engine": "",
        "seed": str(replay.seed),
        "author": {"name": User.objects.get(pk=world.author.holder_id).name},
        "plan": None,
        "outcome": None,
        "failure": None,
    }
    assert job.args_kwargs["args"] == [replay.pk]


def test_a_thousand_runs_are_made_where_nothing_is_said(world: World, api: Api) -> None:
    assert api(SHORT, id=gid(running(world)))["replayAA"] == {"runs": 1_000}


def test_every_refusal(world: World, api: Api) -> None:
    draft, pending = world.experiment(), running(world)
    without_plan = bring_to(world, world.experiment(), "RUNNING")
    asked(api, pending)
    foreign = new_world().experiment()

    with unchanged():
        answers = [asked(api, each) for each in (draft, without_plan, pending)]
        bad, unknown = asked(api, pending, 99), asked(api, foreign)

    assert [(each["__typename"], each["code"], each["allowed"]) for each in answers] == [
        ("Conflict", "NOT_STARTED", ["startExperiment"]),
        ("Conflict", "PLAN_MISSING", ["setExperimentPlan"]),
        ("Conflict", "REPLAY_PENDING", []),
    ]
    assert answers[2]["collidesWith"] == {"type": "Experiment", "name": pending.name}
    message = "Choose 100 to 2,000 runs: with 1,000 a rate of 5 % is known to 1.4 points."
    assert bad["problems"] == [{"path": ["runs"], "code": "OUT_OF_RANGE", "message": message}]
    assert (unknown["__typename"], unknown["field"]) == ("NotFound", "experimentId")


def test_a_viewer_may_look_and_not_ask(world: World) -> None:
    experiment = running(world)
    viewer = Api(replace(world, author=new_author(world.organisation, Role.VIEWER)).author)

    with unchanged():
        answer = asked(viewer, experiment)

    assert answer["__typename"] == "NotAllowed"


def test_an_id_of_something_else_names_no_experiment(world: World, api: Api) -> None:
    answer = api(REPLAY, id=encode_id("AAReplay", running(world).pk), runs=100)["replayAA"]

    assert (answer["__typename"], answer["field"]) == ("NotFound", "experimentId")
