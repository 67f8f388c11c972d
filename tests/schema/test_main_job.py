"""The main job over the API, from a feature to a completed experiment, in both modes."""

from typing import Any

import pytest

from server.audit.models import AuditRecord
from server.experimentation.models import Experiment, Status
from server.projects.models import Versioning
from server.schema.ids import encode_id
from server.versioning.models import FlagVersion
from tests.experimentation.acting import bring_to, change_flag, override
from tests.factories import World, options_by_key
from tests.rows import unchanged
from tests.schema import documents
from tests.schema.api import Api, gid

in_both_modes = pytest.mark.parametrize("world", [Versioning.V1, Versioning.V2], indirect=True, ids=str)


def share(option_id: str, percentage: float) -> dict[str, Any]:
    return {"optionId": option_id, "percentage": percentage}


def flag_input(world: World, experiment: Experiment) -> dict[str, Any]:
    return {"environmentId": gid(world.environment), "featureId": gid(experiment.feature)}


@in_both_modes
def test_an_experiment_and_its_rollout_are_created_and_read_back_from_the_answer(world: World, api: Api) -> None:
    feature = world.feature(key="colour")
    options = {key: gid(option) for key, option in options_by_key(feature).items()}
    plain = world.segment(name="Pro")
    flag = {"environmentId": gid(world.environment), "featureId": gid(feature)}
    api(documents.UPDATE_FLAG, input={**flag, "overrides": [{"segmentId": gid(plain), "value": "gold"}]})

    answer = api(
        documents.CREATE_EXPERIMENT,
        input={**flag, "name": "Which colour?", "hypothesis": "Blue sells."},
        rollout={
            "percentage": 33.33,
            "multivariateValues": [share(options["blue"], 30), share(options["red"], 20.5)],
        },
    )["createExperiment"]

    rollout = answer["rollout"]
    assert (answer["__typename"], answer["key"], answer["status"]) == ("Experiment", "which-colour", "DRAFT")
    assert (answer["name"], answer["hypothesis"], answer["version"]) == ("Which colour?", "Blue sells.", 1)
    assert (answer["unit"], answer["startedAt"], answer["endedAt"], answer["receipt"]) == (
        "targetingKey",
        None,
        None,
        None,
    )
    author = {"id": encode_id("User", world.author.holder_id), "kind": "USER", "name": world.author.name}
    assert answer["author"] == author
    assert (answer["feature"]["key"], answer["environment"]["name"]) == ("colour", "production")
    assert (rollout["enabled"], rollout["percentage"], rollout["controlValue"]) == (True, 33.33, "grey")
    assert (rollout["priority"], rollout["controlPercentage"]) == (2, 49.5)
    assert rollout["multivariateValues"] == [
        {"option": {"id": options["blue"], "key": "blue", "value": "blue"}, "percentage": 30},
        {"option": {"id": options["red"], "key": "red", "value": "red"}, "percentage": 20.5},
    ]
    assert (rollout["segment"]["system"], rollout["segment"]["open"]) == (True, False)
    assert rollout["segment"]["rules"]["conditions"] == [{"operator": "PERCENTAGE_SPLIT", "percentage": 33.33}]
    in_v1 = world.environment.versioning == Versioning.V1
    assert (rollout["flagVersion"]["number"], rollout["flagVersion"]["sealedAt"] is None) == (
        (1, True) if in_v1 else (3, False)
    )
    assert [(state["priority"], state["value"]) for state in rollout["flagVersion"]["states"]] == [
        (1, "gold"),
        (2, "grey"),
        (None, "grey"),
    ]
    assert [state["controlPercentage"] for state in rollout["flagVersion"]["states"]] == [100, 49.5, 100]
    assert api(documents.READ_EXPERIMENT, id=answer["id"])["node"] == {
        key: value for key, value in answer.items() if key != "__typename"
    }
    assert AuditRecord.objects.filter(action="experiment.create", object_name="Which colour?").count() == 1


@in_both_modes
def test_a_rollout_is_set_again_and_its_answer_is_what_is_read_afterwards(world: World, api: Api) -> None:
    draft = world.experiment()
    blue = gid(options_by_key(draft.feature)["blue"])
    segment_before = draft.rollout.segment_id

    answer = api(
        documents.UPDATE_EXPERIMENT_ROLLOUT,
        id=gid(draft),
        rollout={
            "percentage": 50,
            "multivariateValues": [share(blue, 100)],
            "enabled": False,
            "controlValue": "black",
        },
        expected=1,
    )["updateExperimentRollout"]

    rollout = answer["rollout"]
    assert (answer["version"], rollout["percentage"], rollout["controlPercentage"]) == (2, 50, 0)
    assert (rollout["enabled"], rollout["controlValue"], rollout["priority"]) == (False, "black", 1)
    assert [value["option"]["key"] for value in rollout["multivariateValues"]] == ["blue"]
    assert Experiment.objects.get(pk=draft.pk).rollout.segment_id == segment_before
    assert api(documents.READ_EXPERIMENT, id=gid(draft))["node"] == {
        key: value for key, value in answer.items() if key != "__typename"
    }


@in_both_modes
def test_an_empty_split_gives_everyone_in_the_gate_control(world: World, api: Api) -> None:
    draft = world.experiment()

    answer = api(
        documents.UPDATE_EXPERIMENT_ROLLOUT, id=gid(draft), rollout={"percentage": 100, "multivariateValues": []}
    )["updateExperimentRollout"]

    assert (answer["rollout"]["multivariateValues"], answer["rollout"]["controlPercentage"]) == ([], 100)


def test_a_rollout_comes_later_and_what_it_leaves_out_or_nulls_has_its_defaults(world: World, api: Api) -> None:
    draft = world.experiment(rollout=None)
    given = {"percentage": 5, "multivariateValues": [], "enabled": None, "priority": None}

    before = api(documents.READ_EXPERIMENT, id=gid(draft))["node"]
    answer = api(documents.UPDATE_EXPERIMENT_ROLLOUT, id=gid(draft), rollout=given)["updateExperimentRollout"]

    assert before["rollout"] is None
    assert (answer["rollout"]["enabled"], answer["rollout"]["priority"]) == (True, 1)


@in_both_modes
def test_start_and_pause_open_and_close_the_segment_and_publish_no_version(world: World, api: Api) -> None:
    draft = world.experiment()
    versions = FlagVersion.objects.count()
    seen = []

    for mutation, document in (
        ("startExperiment", documents.START_EXPERIMENT),
        ("pauseExperiment", documents.PAUSE_EXPERIMENT),
        ("startExperiment", documents.START_EXPERIMENT),
    ):
        answer = api(document, id=gid(draft))[mutation]
        seen.append((answer["status"], answer["rollout"]["segment"]["open"], answer["startedAt"] is not None))
        assert api(documents.READ_EXPERIMENT, id=gid(draft))["node"]["rollout"] == answer["rollout"]

    assert seen == [("RUNNING", True, True), ("PAUSED", False, True), ("RUNNING", True, True)]
    assert FlagVersion.objects.count() == versions


def test_a_transition_to_where_one_is_is_a_conflict(world: World, api: Api) -> None:
    running = bring_to(world, world.experiment(), Status.RUNNING)

    with unchanged():
        again = api(documents.START_EXPERIMENT, id=gid(running))["startExperiment"]
        deleted = api(documents.DELETE_EXPERIMENT, id=gid(running))["deleteExperiment"]

    assert (again["__typename"], again["code"]) == ("Conflict", "ILLEGAL_TRANSITION")
    assert again["allowed"] == ["updateExperiment", "rampExperimentRollout", "pauseExperiment", "completeExperiment"]
    assert (deleted["__typename"], deleted["code"]) == ("Conflict", "ILLEGAL_TRANSITION")


@in_both_modes
def test_keeping_control_serves_it_to_everyone(world: World, api: Api) -> None:
    running = bring_to(world, world.experiment(), Status.RUNNING)

    answer = api(documents.COMPLETE_EXPERIMENT, id=gid(running), decision={"keepControl": True})["completeExperiment"]

    receipt = answer["receipt"]
    assert (answer["status"], answer["endedAt"] is not None, answer["rollout"]["priority"]) == (
        "COMPLETED",
        True,
        None,
    )
    assert (receipt["decision"], receipt["option"], receipt["statusBefore"]) == ("KEEP_CONTROL", None, "RUNNING")
    assert (receipt["before"]["gate"], receipt["before"]["gateOpen"], receipt["after"]["gateOpen"]) == (
        20,
        True,
        False,
    )
    assert receipt["after"]["overrides"] == []
    assert receipt["after"]["default"] == {"value": "grey", "enabled": True, "allocations": []}
    assert api(documents.READ_EXPERIMENT, id=gid(running))["node"]["receipt"] == receipt


@in_both_modes
def test_shipping_to_everyone_serves_the_option_by_default(world: World, api: Api) -> None:
    paused = bring_to(world, world.experiment(), Status.PAUSED)
    red = gid(options_by_key(paused.feature)["red"])

    answer = api(documents.COMPLETE_EXPERIMENT, id=gid(paused), decision={"shipToEveryone": red})["completeExperiment"]

    assert (answer["receipt"]["decision"], answer["receipt"]["statusBefore"]) == ("SHIP_TO_EVERYONE", "PAUSED")
    assert answer["receipt"]["option"] == {"id": red, "name": "red"}
    assert answer["receipt"]["after"]["default"]["allocations"] == [
        {"optionId": red, "optionKey": "red", "percentage": 100}
    ]


@in_both_modes
def test_shipping_to_the_gate_leaves_a_plain_override_for_an_ordinary_segment(world: World, api: Api) -> None:
    running = bring_to(world, world.experiment(name="Which one"), Status.RUNNING)
    red = gid(options_by_key(running.feature)["red"])
    segments = "query($id: ID!) { segments(projectId: $id) { edges { node { name system open } } } }"
    before = api(segments, id=gid(world.project))["segments"]["edges"]

    answer = api(documents.COMPLETE_EXPERIMENT, id=gid(running), decision={"shipToGate": red})["completeExperiment"]

    assert before == []
    assert answer["receipt"]["after"]["overrides"] == [
        {"segment": {"name": "Which one"}, "priority": 1, "value": "grey"}
    ]
    assert answer["rollout"]["priority"] == 1
    assert api(segments, id=gid(world.project))["segments"]["edges"] == [
        {"node": {"name": "Which one", "system": False, "open": True}}
    ]


@pytest.mark.parametrize(
    ("decision", "problems"),
    [
        ({"keepControl": False}, [(["decision", "keepControl"], "OUT_OF_RANGE")]),
        ({"shipToEveryone": "nonsense"}, [(["decision", "shipToEveryone"], "UNKNOWN_OPTION")]),
        ({"shipToGate": "nonsense"}, [(["decision", "shipToGate"], "UNKNOWN_OPTION")]),
    ],
)
def test_a_decision_that_decides_nothing_is_refused(
    decision: dict[str, Any], problems: list[Any], world: World, api: Api
) -> None:
    running = bring_to(world, world.experiment(), Status.RUNNING)

    with unchanged():
        answer = api(documents.COMPLETE_EXPERIMENT, id=gid(running), decision=decision)["completeExperiment"]

    assert [(problem["path"], problem["code"]) for problem in answer["problems"]] == problems


@pytest.mark.parametrize(
    "decision",
    [{}, {"keepControl": None}, {"keepControl": True, "shipToGate": "x"}, {"shipToGate": None}, {"ship": "x"}],
    ids=str,
)
def test_a_decision_is_exactly_one(decision: dict[str, Any], world: World, api: Api) -> None:
    running = bring_to(world, world.experiment(), Status.RUNNING)

    with unchanged():
        codes = api.codes(documents.COMPLETE_EXPERIMENT, id=gid(running), decision=decision)

    assert set(codes) == {"BAD_USER_INPUT"}


@pytest.mark.parametrize("decision", ["{}", "{keepControl: null}", '{keepControl: true, shipToGate: "x"}'])
def test_a_decision_that_is_written_into_the_document_is_exactly_one(decision: str, world: World, api: Api) -> None:
    running = bring_to(world, world.experiment(), Status.RUNNING)
    document = f"mutation($id: ID!) {{ completeExperiment(experimentId: $id, decision: {decision}) {{ __typename }} }}"

    with unchanged():
        codes = api.codes(document, id=gid(running))

    assert set(codes) == {"GRAPHQL_VALIDATION_FAILED"}


def test_a_draft_is_deleted_and_answers_as_it_was(world: World, api: Api) -> None:
    feature = world.feature()
    change_flag(world, feature, override(world.segment(), value="plain"))
    draft = world.experiment(feature, name="Short-lived")

    answer = api(documents.DELETE_EXPERIMENT, id=gid(draft))["deleteExperiment"]

    assert (answer["__typename"], answer["name"], answer["id"]) == ("Experiment", "Short-lived", gid(draft))
    assert (answer["rollout"]["percentage"], answer["rollout"]["priority"]) == (20, 2)
    assert api(documents.READ_EXPERIMENT, id=gid(draft)) == {"node": None}
    assert not Experiment.objects.exists()


def test_an_update_changes_what_it_names_and_nothing_else(world: World, api: Api) -> None:
    draft = world.experiment(name="Before", hypothesis="Why")

    renamed = api(documents.UPDATE_EXPERIMENT, id=gid(draft), input={"name": "After"}, expected=1)
    cleared = api(documents.UPDATE_EXPERIMENT, id=gid(draft), input={"hypothesis": ""})
    with unchanged():
        same = api(documents.UPDATE_EXPERIMENT, id=gid(draft), input={})["updateExperiment"]

    answers = [answer["updateExperiment"] for answer in (renamed, cleared)] + [same]
    assert [(answer["name"], answer["hypothesis"], answer["version"]) for answer in answers] == [
        ("After", "Why", 2),
        ("After", "", 3),
        ("After", "", 3),
    ]


@in_both_modes
def test_a_flag_is_changed_in_its_default_and_its_overrides_at_once(world: World, api: Api) -> None:
    feature = world.feature(key="colour")
    blue = gid(options_by_key(feature)["blue"])
    first, second = world.segment(name="First"), world.segment(name="Second")
    flag = {"environmentId": gid(world.environment), "featureId": gid(feature)}

    answer = api(
        documents.UPDATE_FLAG,
        input={
            **flag,
            "default": {"enabled": False, "value": "white", "allocations": [share(blue, 12.34)]},
            "overrides": [
                {"segmentId": gid(first), "value": "one"},
                {"segmentId": gid(second), "place": {"before": gid(first)}, "enabled": False},
            ],
        },
        expected=1,
    )["updateFlag"]
    removed = api(
        documents.UPDATE_FLAG, input={**flag, "overrides": [{"segmentId": gid(second), "remove": True}]}, expected=2
    )["updateFlag"]

    states = answer["liveVersion"]["states"]
    assert [
        (state["segment"] and state["segment"]["name"], state["priority"], state["enabled"], state["value"])
        for state in states
    ] == [("Second", 1, False, "white"), ("First", 2, True, "one"), (None, None, False, "white")]
    assert states[2]["allocations"] == [{"option": {"id": blue, "key": "blue", "value": "blue"}, "percentage": 12.34}]
    assert [state["value"] for state in removed["liveVersion"]["states"]] == ["one", "white"]
    in_v1 = world.environment.versioning == Versioning.V1
    assert (removed["version"], removed["liveVersion"]["number"]) == (3, 1 if in_v1 else 3)
    assert removed["versions"]["totalCount"] == (1 if in_v1 else 3)


def test_a_segment_is_created_with_a_tree_of_rules(world: World, api: Api) -> None:
    inner = {
        "type": "NONE",
        "conditions": [
            {"trait": "age", "operator": "MODULO", "value": {"divisor": 2, "remainder": 1}},
            {"trait": "version", "operator": "SEMVER_GREATER", "value": "1.2.3"},
        ],
    }
    conditions = [
        {"operator": "PERCENTAGE_SPLIT", "percentage": 12.5},
        {"trait": "plan", "operator": "IN", "value": ["pro", 3, True]},
        {"trait": "email", "operator": "IS_SET"},
    ]
    rules = {"type": "ALL", "conditions": conditions, "rules": [inner]}

    answer = api(documents.CREATE_SEGMENT, input={"projectId": gid(world.project), "name": "Odd ones", "rules": rules})[
        "createSegment"
    ]

    told = answer["rules"]
    assert (answer["name"], answer["system"], answer["open"], answer["currentVersion"]["number"]) == (
        "Odd ones",
        False,
        True,
        1,
    )
    assert (told["type"], told["rules"][0]["type"]) == ("ALL", "NONE")
    assert [(part["operator"], part["value"], part["percentage"]) for part in told["conditions"]] == [
        ("PERCENTAGE_SPLIT", None, 12.5),
        ("IN", ["pro", 3, True], None),
        ("IS_SET", None, None),
    ]
    assert told["conditions"][0]["salt"]
    assert [part["value"] for part in told["rules"][0]["conditions"]] == [{"divisor": 2, "remainder": 1}, "1.2.3"]


@pytest.mark.parametrize(
    ("condition", "problems"),
    [
        (
            {"operator": "PERCENTAGE_SPLIT", "percentage": 12.5, "value": 1250},
            [("value", "UNEXPECTED_VALUE")],
        ),
        ({"operator": "PERCENTAGE_SPLIT"}, [("percentage", "MISSING_VALUE")]),
        ({"operator": "IS_SET", "trait": "email", "percentage": 12.5}, [("percentage", "UNEXPECTED_VALUE")]),
    ],
)
def test_a_share_is_given_as_the_percentage_of_a_percentage_split(
    condition: dict[str, Any], problems: list[tuple[str, str]], world: World, api: Api
) -> None:
    rules = {"type": "ALL", "conditions": [condition]}
    given = {"projectId": gid(world.project), "name": "Shares", "rules": rules}

    answer = api(documents.CREATE_SEGMENT, input=given)["createSegment"]

    where = ["input", "rules", "conditions", "0"]
    assert [(problem["path"], problem["code"]) for problem in answer["problems"]] == [
        ([*where, field], code) for field, code in problems
    ]
