"""An experiment's life over the API: phases and their steps, ramps, audiences, dry runs, copies and the archive."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from server.experimentation.models import Phase, Status
from server.experimentation.services.carry_out_ramp import carry_out_ramp, due_ramps
from tests.experimentation.acting import bring_to, change_flag, complete, override, pause, put_away, set_rollout, start
from tests.factories import World, options_by_key, shares, split_of
from tests.rows import unchanged
from tests.schema.api import Api, gid
from tests.schema.documents import REFUSAL
from tests.versioning.flags import change, update

TOLD = f"""
  __typename
  ... on Experiment {{
    id name key status version archivedAt audience {{ name }} audienceVersion {{ number }}
    currentPhase {{ number widestPercentage steps(order: OLDEST) {{ edges {{ node {{ kind percentage }} }} }} }}
    ramps {{ edges {{ node {{ percentage at status reason settledAt author {{ kind }} }} }} }}
    rollout {{ percentage bucketMap {{ moved }} }}
  }}
  ... on Preview {{ impact {{
    phaseAction bucketsMoved unitsAffectedPercent
    competingOverrides {{ priority segment {{ name currentVersion {{ number }} }} }}
  }} }}
  {REFUSAL}
"""


def mutate(api: Api, name: str, arguments: str, **variables: Any) -> dict[str, Any]:
    """The answer of a mutation; ``arguments`` are its own, with the variables in them declared in front."""
    declared, passed = arguments.split("|")
    return dict(api(f"mutation({declared}) {{ {name}({passed}) {{ {TOLD} }} }}", **variables)[name])


def nodes(connection: dict[str, Any]) -> list[Any]:
    return [edge["node"] for edge in connection["edges"]]


def test_a_ramp_answers_with_the_experiment_and_its_phase_that_goes_on(world: World, api: Api) -> None:
    experiment = start(world, world.experiment())

    answer = mutate(
        api,
        "rampExperimentRollout",
        "$id: ID!|experimentId: $id, percentage: 33.33, expectedVersion: 2",
        id=gid(experiment),
    )

    assert (answer["__typename"], answer["rollout"]["percentage"]) == ("Experiment", 33.33)
    assert (answer["currentPhase"]["number"], answer["currentPhase"]["widestPercentage"]) == (1, 33.33)
    assert nodes(answer["currentPhase"]["steps"]) == [
        {"kind": "OPENED", "percentage": 20},
        {"kind": "RAMPED", "percentage": 33.33},
    ]


def test_a_ramp_that_does_not_widen_is_a_conflict(world: World, api: Api) -> None:
    experiment = start(world, world.experiment(name="Paint"))

    with unchanged():
        answer = mutate(api, "rampExperimentRollout", "$id: ID!|experimentId: $id, percentage: 20", id=gid(experiment))

    assert (answer["__typename"], answer["code"]) == ("Conflict", "NOT_WIDER")
    assert answer["collidesWith"] == {"type": "Experiment", "id": gid(experiment), "name": "Paint"}
    assert answer["allowed"] == ["pauseExperiment, then updateExperimentRollout"]


def test_ramps_are_scheduled_shown_carried_out_and_cancelled(world: World, api: Api) -> None:
    experiment = start(world, world.experiment())
    now = datetime.now(UTC)
    times = [(now + timedelta(hours=hours)).isoformat() for hours in (1, 2)]
    ramps = [{"percentage": share, "at": at} for share, at in zip((30, 40), times, strict=True)]
    scheduling = "$id: ID!, $ramps: [ScheduledRampInput!]!|experimentId: $id, ramps: $ramps"

    scheduled = mutate(api, "scheduleExperimentRamps", scheduling, id=gid(experiment), ramps=ramps)
    later = now + timedelta(minutes=90)
    assert [ramp.status for due in due_ramps(now=later) if (ramp := carry_out_ramp(ramp_id=due, now=later))] == ["DONE"]
    cancelled = mutate(api, "cancelExperimentRamps", "$id: ID!|experimentId: $id", id=gid(experiment))

    assert [(ramp["percentage"], ramp["at"], ramp["status"]) for ramp in nodes(scheduled["ramps"])] == [
        (30, times[0], "PENDING"),
        (40, times[1], "PENDING"),
    ]
    assert [(ramp["status"], ramp["reason"]) for ramp in nodes(cancelled["ramps"])] == [
        ("DONE", None),
        ("CANCELLED", None),
    ]
    assert (cancelled["rollout"]["percentage"], nodes(cancelled["ramps"])[0]["settledAt"]) == (30, later.isoformat())
    listed = "query($id: ID!) { node(id: $id) { ... on Experiment { ramps(status: [DONE]) { totalCount } } } }"
    assert api(listed, id=gid(experiment))["node"]["ramps"]["totalCount"] == 1


def test_what_is_wrong_with_a_schedule_is_told_by_its_path(world: World, api: Api) -> None:
    experiment = start(world, world.experiment())
    ramps = [{"percentage": 10, "at": "2001-01-01T00:00:00Z"}]
    scheduling = "$id: ID!, $ramps: [ScheduledRampInput!]!|experimentId: $id, ramps: $ramps"

    with unchanged():
        answer = mutate(api, "scheduleExperimentRamps", scheduling, id=gid(experiment), ramps=ramps)

    assert [(problem["path"], problem["code"]) for problem in answer["problems"]] == [
        (["ramps", "0", "at"], "OUT_OF_RANGE"),
        (["ramps", "0", "percentage"], "NOT_WIDER"),
    ]


def test_phases_are_read_with_all_that_they_hold(world: World, api: Api) -> None:
    feature, audience = world.feature(), world.segment("pros")
    blue = options_by_key(feature)["blue"]
    rollout = split_of(feature, {"blue": 50}, control_value="white")
    experiment = start(world, world.experiment(feature, rollout=rollout, audience_id=audience.pk))
    pause(world, experiment)
    set_rollout(world, experiment, split_of(feature, {"blue": 20}, control_value="white"))
    start(world, experiment)
    query = """query($id: ID!) { node(id: $id) { ... on Experiment { phases(order: OLDEST) { totalCount edges { node {
        id number closedAt enabled openingPercentage widestPercentage controlValue controlPercentage gateSalt splitSalt
        audience { name } audienceVersion { number } flagVersion { flag { id } } author { name }
        multivariateValues { optionId optionKey value percentage }
        bucketMap { salt moved runs { length variant optionId } predecessor { moved predecessor { moved } } }
    } } } closed: phases(open: false) { totalCount } } } }"""

    answer = api(query, id=gid(experiment))["node"]

    first, second = nodes(answer["phases"])
    assert (answer["phases"]["totalCount"], answer["closed"]["totalCount"]) == (2, 1)
    assert (first["number"], second["number"], second["closedAt"], second["enabled"]) == (1, 2, None, True)
    assert (second["openingPercentage"], second["widestPercentage"], second["controlPercentage"]) == (20, 20, 80)
    assert (second["controlValue"], second["gateSalt"]) == ("white", experiment.gate_salt)
    assert (second["audience"], second["audienceVersion"]) == ({"name": "pros"}, {"number": 1})
    assert second["flagVersion"]["flag"]["id"] == gid(world.flag(feature))
    assert second["multivariateValues"] == [
        {"optionId": gid(blue), "optionKey": "blue", "value": "blue", "percentage": 20}
    ]
    assert second["bucketMap"] == {
        "salt": second["splitSalt"],
        "moved": 3000,
        "runs": [
            {"length": 5000, "variant": "control", "optionId": None},
            {"length": 2000, "variant": "blue", "optionId": gid(blue)},
            {"length": 3000, "variant": "control", "optionId": None},
        ],
        "predecessor": {"moved": 5000, "predecessor": None},
    }
    phase = Phase.objects.get(experiment=experiment, number=2)
    alone = api("query($id: ID!) { node(id: $id) { ... on Phase { number steps { totalCount } } } }", id=gid(phase))
    assert (second["id"], alone["node"]) == (gid(phase), {"number": 2, "steps": {"totalCount": 1}})


def test_the_states_of_a_flag_have_their_bucket_maps_with_what_the_last_edit_moved(world: World, api: Api) -> None:
    feature = world.feature()
    update(world, feature, default=change(shares=shares(feature, {"blue": 30})))
    update(world, feature, default=change(shares=shares(feature, {"blue": 25})))
    query = """query($id: ID!) { node(id: $id) { ... on Flag { liveVersion { states {
        bucketMap { moved runs { length variant } predecessor { runs { length variant } } }
    } } } } }"""

    (state,) = api(query, id=gid(world.flag(feature)))["node"]["liveVersion"]["states"]

    assert (state["bucketMap"]["moved"], [run["variant"] for run in state["bucketMap"]["runs"]]) == (
        500,
        ["control", "blue", "control"],
    )
    assert [run["length"] for run in state["bucketMap"]["predecessor"]["runs"]] == [7000, 3000]


UPDATING = "$id: ID!, $input: UpdateExperimentInput!|experimentId: $id, input: $input"


def test_an_audience_is_set_changed_and_taken_away(world: World, api: Api) -> None:
    audience, experiment = world.segment("pros"), world.experiment()

    set_ = mutate(
        api, "updateExperiment", UPDATING, id=gid(experiment), input={"audience": {"segmentId": gid(audience)}}
    )
    kept = mutate(api, "updateExperiment", UPDATING, id=gid(experiment), input={"name": "Other", "audience": None})
    none = mutate(api, "updateExperiment", UPDATING, id=gid(experiment), input={"audience": {"everyone": True}})

    assert (set_["audience"], set_["audienceVersion"]) == ({"name": "pros"}, {"number": 1})
    assert (kept["audience"], kept["name"], none["audience"]) == ({"name": "pros"}, "Other", None)


@pytest.mark.parametrize(
    ("audience", "path", "code"),
    [
        ({"segmentId": "nonsense"}, ["input", "audience", "segmentId"], "UNKNOWN_SEGMENT"),
        ({"everyone": False}, ["input", "audience", "everyone"], "OUT_OF_RANGE"),
    ],
)
def test_an_audience_that_is_none_is_told_by_its_path(
    world: World, api: Api, audience: dict[str, Any], path: list[str], code: str
) -> None:
    experiment = world.experiment(audience_id=world.segment().pk)

    with unchanged():
        answer = mutate(api, "updateExperiment", UPDATING, id=gid(experiment), input={"audience": audience})

    assert [(problem["path"], problem["code"]) for problem in answer["problems"]] == [(path, code)]


def test_a_create_takes_an_audience_and_tells_of_one_that_is_none(world: World, api: Api) -> None:
    creating = "$input: CreateExperimentInput!|input: $input"
    asked = {"environmentId": gid(world.environment), "featureId": gid(world.feature()), "name": "Paint"}

    with unchanged():
        wrong = mutate(api, "createExperiment", creating, input={**asked, "audienceId": "nonsense"})
    right = mutate(api, "createExperiment", creating, input={**asked, "audienceId": gid(world.segment("pros"))})

    assert [(p["path"], p["code"]) for p in wrong["problems"]] == [(["input", "audienceId"], "UNKNOWN_SEGMENT")]
    assert right["audience"] == {"name": "pros"}


def test_an_audience_of_a_running_experiment_is_locked(world: World, api: Api) -> None:
    experiment, audience = start(world, world.experiment(name="Paint")), world.segment()

    with unchanged():
        answer = mutate(
            api, "updateExperiment", UPDATING, id=gid(experiment), input={"audience": {"segmentId": gid(audience)}}
        )

    assert (answer["__typename"], answer["code"]) == ("Locked", "AUDIENCE_LOCKED")
    assert answer["holder"] == {"type": "Experiment", "id": gid(experiment), "name": "Paint"}
    assert "pauseExperiment" in answer["allowed"]


def test_a_dry_run_answers_with_a_preview_and_writes_nothing(world: World, api: Api) -> None:
    feature = world.feature()
    change_flag(world, feature, override(world.segment("pros"), value="gold"))
    experiment = world.experiment(feature, rollout=split_of(feature, {"blue": 33.33}, percentage=50))

    with unchanged():
        answer = mutate(api, "startExperiment", "$id: ID!|experimentId: $id, dryRun: true", id=gid(experiment))

    assert answer == {
        "__typename": "Preview",
        "impact": {
            "phaseAction": "OPENS",
            "bucketsMoved": 0,
            "unitsAffectedPercent": 16.66,
            "competingOverrides": [{"priority": 1, "segment": {"name": "pros", "currentVersion": {"number": 1}}}],
        },
    }


@pytest.mark.parametrize("dry_run", ["dryRun: false", "dryRun: null", ""])
def test_anything_else_than_true_is_no_dry_run(world: World, api: Api, dry_run: str) -> None:
    experiment = world.experiment()

    answer = mutate(api, "startExperiment", f"$id: ID!|experimentId: $id {dry_run}", id=gid(experiment))

    assert (answer["__typename"], answer["status"]) == ("Experiment", "RUNNING")


def test_a_completion_is_reverted_or_says_what_is_in_the_way(world: World, api: Api) -> None:
    feature = world.feature()
    experiment = complete(
        world, start(world, world.experiment(feature, rollout=split_of(feature, control_value="white")))
    )
    change_flag(world, feature, default=change("black"))

    with unchanged():
        refused = mutate(api, "revertCompletion", "$id: ID!|experimentId: $id", id=gid(experiment))
    change_flag(world, feature, default=change("white"))
    reverted = mutate(api, "revertCompletion", "$id: ID!|experimentId: $id", id=gid(experiment))

    assert (refused["__typename"], refused["code"], refused["message"]) == (
        "Conflict",
        "NOT_REVERTIBLE",
        "The completion cannot be reverted: what the flag serves by default has been changed since.",
    )
    assert (reverted["status"], reverted["currentPhase"]) == ("PAUSED", None)


def test_a_copy_is_made_with_and_without_anything_that_differs(world: World, api: Api) -> None:
    experiment = bring_to(world, world.experiment(name="Paint"), Status.COMPLETED)

    plain = mutate(api, "duplicateExperiment", "$id: ID!|experimentId: $id", id=gid(experiment))
    api("mutation($id: ID!) { deleteExperiment(experimentId: $id) { __typename } }", id=plain["id"])
    named = mutate(
        api,
        "duplicateExperiment",
        "$id: ID!, $input: DuplicateExperimentInput!|experimentId: $id, input: $input",
        id=gid(experiment),
        input={"name": "Other", "key": "mine"},
    )
    with unchanged():
        nowhere = mutate(
            api, "duplicateExperiment", '$id: ID!|experimentId: $id, input: {environmentId: "x"}', id=gid(experiment)
        )

    assert (plain["name"], plain["status"]) == ("Paint (copy)", "DRAFT")
    assert (named["name"], named["key"], named["status"]) == ("Other", "mine", "DRAFT")
    assert nowhere["__typename"] == "NotFound"


LISTS = """query($archived: Boolean) {
  experiments(archived: $archived) { totalCount }
  statusCounts(archived: $archived) { status count }
  flags { edges { node { experiments(archived: $archived) { totalCount } } } }
  projects { edges { node {
    environments { edges { node { experiments(archived: $archived) { totalCount } } } }
    features(first: 1) { edges { node { experiments(archived: $archived) { totalCount } } } }
  } } }
}"""


def totals(answer: dict[str, Any]) -> list[int]:
    (project,) = nodes(answer["projects"])
    below = [*nodes(answer["flags"]), *nodes(project["environments"]), *nodes(project["features"])]
    counted = {each["status"]: each["count"] for each in answer["statusCounts"]}
    return [answer["experiments"]["totalCount"], counted["COMPLETED"], *(o["experiments"]["totalCount"] for o in below)]


@pytest.mark.parametrize(("archived", "expected"), [(None, 2), (False, 2), (True, 1)])
def test_lists_leave_archived_experiments_out_or_show_only_them(
    world: World, api: Api, archived: bool | None, expected: int
) -> None:
    feature = world.feature()
    made = [complete(world, start(world, world.experiment(feature))) for _ in range(3)]
    away = mutate(api, "archiveExperiment", "$id: ID!|experimentId: $id", id=gid(made[0]))

    asked = api(LISTS, archived=archived)

    assert totals(asked) == [expected] * 5
    assert totals(api(LISTS)) == [2] * 5
    read = api("query($id: ID!) { node(id: $id) { ... on Experiment { archivedAt } } }", id=gid(made[0]))
    assert read["node"]["archivedAt"] == away["archivedAt"] is not None


def test_an_archived_experiment_comes_back(world: World, api: Api) -> None:
    experiment = put_away(world, bring_to(world, world.experiment(), Status.COMPLETED))

    answer = mutate(api, "unarchiveExperiment", "$id: ID!|experimentId: $id", id=gid(experiment))
    again = mutate(api, "unarchiveExperiment", "$id: ID!|experimentId: $id", id=gid(experiment))

    assert (answer["archivedAt"], again["code"]) == (None, "ILLEGAL_TRANSITION")
