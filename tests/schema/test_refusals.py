"""Every kind of refusal as a client reads it: its fields, and the paths of an input as the client wrote it."""

from server.accounts.roles import Role
from server.experimentation.models import Status
from tests.experimentation.acting import bring_to
from tests.factories import World, new_author, options_by_key
from tests.rows import unchanged
from tests.schema import documents
from tests.schema.api import Api, gid


def flag_of(world: World, key: str = "colour") -> dict[str, str]:
    return {"environmentId": gid(world.environment), "featureId": gid(world.feature(key=key))}


def share(option_id: str, percentage: float) -> dict[str, object]:
    return {"optionId": option_id, "percentage": percentage}


def test_an_invalid_input_names_every_problem_with_the_path_of_the_client(world: World, api: Api) -> None:
    feature = world.feature(key="colour")
    blue, foreign = gid(options_by_key(feature)["blue"]), gid(options_by_key(world.feature())["blue"])
    flag = {"environmentId": gid(world.environment), "featureId": gid(feature)}
    rollout = {
        "percentage": 10,
        "controlValue": 3,
        "multivariateValues": [share(blue, 70), share(foreign, 20), share(blue, 20), share("not an id", 1)],
        "priority": 7,
    }

    with unchanged():
        answer = api(
            documents.CREATE_EXPERIMENT,
            input={**flag, "name": " ", "key": "a b", "hypothesis": "\x00"},
            rollout=rollout,
        )["createExperiment"]

    assert (answer["__typename"], answer["code"]) == ("InvalidInput", "INVALID_INPUT")
    assert [(".".join(problem["path"]), problem["code"]) for problem in answer["problems"]] == [
        ("input.name", "BLANK"),
        ("input.hypothesis", "BAD_TEXT"),
        ("input.key", "BAD_KEY"),
        ("rollout.multivariateValues.1.optionId", "UNKNOWN_OPTION"),
        ("rollout.multivariateValues.2.optionId", "DUPLICATE_OPTION"),
        ("rollout.multivariateValues.3.optionId", "UNKNOWN_OPTION"),
        ("rollout.multivariateValues", "OVER_ALLOCATED"),
        ("rollout.controlValue", "WRONG_TYPE"),
        ("rollout.priority", "OUT_OF_RANGE"),
    ]
    assert all(problem["message"].endswith(".") for problem in answer["problems"])


def test_paths_of_a_change_to_a_flag_lead_through_its_input(world: World, api: Api) -> None:
    segment, other = world.segment(), world.segment()
    flag = flag_of(world)
    overrides = [
        {"segmentId": gid(segment), "value": 1, "place": {"before": gid(other)}},
        {"segmentId": "nothing", "enabled": True},
        {"segmentId": gid(other), "allocations": [share("nothing", 5)], "place": {"priority": 9}},
        {"segmentId": gid(segment), "enabled": False},
    ]

    with unchanged():
        answer = api(documents.UPDATE_FLAG, input={**flag, "default": {"value": None}, "overrides": overrides})[
            "updateFlag"
        ]

    assert [(".".join(problem["path"]), problem["code"]) for problem in answer["problems"]] == [
        ("input.default.value", "NULL"),
        ("input.overrides.0.value", "WRONG_TYPE"),
        ("input.overrides.0.place.before", "NO_OVERRIDE"),
        ("input.overrides.1.segmentId", "UNKNOWN_SEGMENT"),
        ("input.overrides.2.allocations.0.optionId", "UNKNOWN_OPTION"),
        ("input.overrides.2.place.priority", "OUT_OF_RANGE"),
        ("input.overrides.3.segmentId", "DUPLICATE_SEGMENT"),
    ]


def test_paths_of_rules_lead_to_the_condition(world: World, api: Api) -> None:
    conditions = [
        {"trait": "plan", "operator": "MATCHES", "value": "("},
        {"trait": "plan", "operator": "IN", "value": "pro"},
    ]
    rules = {"type": "ALL", "rules": [{"type": "ANY", "conditions": conditions}]}

    with unchanged():
        answer = api(documents.CREATE_SEGMENT, input={"projectId": gid(world.project), "name": "S", "rules": rules})[
            "createSegment"
        ]

    assert [".".join(problem["path"]) for problem in answer["problems"]] == [
        "input.rules.rules.0.conditions.0.value",
        "input.rules.rules.0.conditions.1.value",
    ]


def test_what_is_not_there_is_not_found(world: World, api: Api) -> None:
    told = {"__typename": "NotFound", "code": "NOT_FOUND", "field": "experimentId"}
    message = "There is no experiment with this id that you may see (experimentId)."

    with unchanged():
        for id in (gid(world.project), "nonsense", "", "RXhwZXJpbWVudDo5OTk5OTk="):
            answer = api(documents.START_EXPERIMENT, id=id)["startExperiment"]

            assert answer == {**told, "message": message}


def test_what_a_role_does_not_allow_says_which_role_would(world: World) -> None:
    viewer = Api(new_author(world.organisation, Role.VIEWER))
    draft = world.experiment()

    with unchanged():
        answer = viewer(documents.START_EXPERIMENT, id=gid(draft))["startExperiment"]

    assert answer == {
        "__typename": "NotAllowed",
        "code": "NOT_ALLOWED",
        "message": "You need the role EDITOR or a higher one in this environment, or in what it is part of.",
    }


def test_a_conflict_names_what_it_collides_with_and_what_is_allowed(world: World, api: Api) -> None:
    feature = world.feature()
    existing = world.experiment(feature, name="The first")
    flag = {"environmentId": gid(world.environment), "featureId": gid(feature)}

    with unchanged():
        answer = api(documents.CREATE_EXPERIMENT, input={**flag, "name": "The second"})["createExperiment"]

    assert answer == {
        "__typename": "Conflict",
        "code": "ACTIVE_EXPERIMENT_EXISTS",
        "message": "The flag has an experiment “The first” that is not completed: "
        "complete it, or delete the draft, first.",
        "collidesWith": {"type": "Experiment", "id": gid(existing), "name": "The first"},
        "allowed": ["completeExperiment", "deleteExperiment while it is a draft that never started"],
    }


def test_a_version_that_has_moved_on_is_a_conflict_with_the_thing_itself(world: World, api: Api) -> None:
    draft = world.experiment(name="Moved")

    with unchanged():
        answer = api(documents.UPDATE_EXPERIMENT, id=gid(draft), input={"name": "Other"}, expected=7)[
            "updateExperiment"
        ]

    assert (answer["__typename"], answer["code"]) == ("Conflict", "VERSION_MOVED")
    assert answer["collidesWith"] == {"type": "Experiment", "id": gid(draft), "name": "Moved"}


def test_what_is_locked_names_the_holder_and_what_is_allowed(world: World, api: Api) -> None:
    running = bring_to(world, world.experiment(name="Running"), Status.RUNNING)
    rollout = {"percentage": 50, "multivariateValues": []}

    with unchanged():
        answer = api(documents.UPDATE_EXPERIMENT_ROLLOUT, id=gid(running), rollout=rollout)["updateExperimentRollout"]

    assert answer == {
        "__typename": "Locked",
        "code": "ROLLOUT_LOCKED",
        "message": "The experiment is running, and its rollout is not to be changed: pause it first.",
        "holder": {"type": "Experiment", "id": gid(running), "name": "Running"},
        "allowed": ["updateExperiment", "rampExperimentRollout", "pauseExperiment", "completeExperiment"],
    }


def test_a_hold_is_locked_by_its_experiment(world: World, api: Api) -> None:
    running = bring_to(world, world.experiment(name="Running"), Status.RUNNING)
    segment = world.segment()
    override = {"segmentId": gid(segment), "value": "black", "place": {"priority": 1}}
    flag = {"environmentId": gid(world.environment), "featureId": gid(running.feature)}

    with unchanged():
        answer = api(documents.UPDATE_FLAG, input={**flag, "overrides": [override]})["updateFlag"]

    assert (answer["__typename"], answer["code"]) == ("Locked", "LOCKED_BY_EXPERIMENT")
    assert answer["holder"] == {"type": "Experiment", "id": gid(running), "name": "Running"}
    assert answer["allowed"] != []
