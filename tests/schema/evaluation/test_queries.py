"""What units are served and why, as a client asks; and what an experiment would do to them."""

from typing import Any

import pytest

from server.accounts.roles import Role
from server.evaluation.bounds import MAX_CONTEXT
from server.evaluation.hashing import Domain, bucket_of
from server.experimentation import evaluations
from server.experimentation.models import Experiment
from server.features.models import Feature, Option, Segment
from server.projects.models import Versioning
from server.schema.exact import ExactFloat
from tests.experimentation.acting import (
    bring_to,
    change_flag,
    change_rules,
    complete,
    override,
    pause,
    ship_to_gate,
    start,
)
from tests.experimentation.evaluating import one
from tests.factories import NOW, World, new_author, new_world, options_by_key, points, split_of
from tests.rows import unchanged
from tests.schema.api import Api, gid
from tests.versioning.identities import force

EVALUATION = "key value variant reason errorCode errorMessage experiment phase inExperiment"
EVALUATE = f"""query($id: ID!, $key: String, $traits: JSON, $flags: [String!]) {{
  evaluateFlags(environmentId: $id, targetingKey: $key, traits: $traits, featureKeys: $flags) {{ {EVALUATION} }}
}}"""
RULE = "type outcome conditions { outcome bucket traitValue condition { trait operator value percentage } }"
EXPLAIN = f"""query($id: ID!, $feature: ID!, $key: String, $traits: JSON) {{
  explainEvaluation(environmentId: $id, featureId: $feature, targetingKey: $key, traits: $traits) {{
    evaluation {{ {EVALUATION} }}
    steps {{ source outcome priority bucket variant segment {{ id name system }} rule {{ {RULE} rules {{ {RULE} }} }} }}
  }}
}}"""
SIMULATE = """query($id: ID!, $keys: [String!], $size: Int, $traits: JSON) {
  simulateExperiment(experimentId: $id, targetingKeys: $keys, sampleSize: $size, traits: $traits) {
    units unitsInGate unitsTakingPart unitsWithForcedValue arms { variant value units }
    competingOverrides { priority units segment { id name system } }
  }
}"""


@pytest.fixture
def feature(world: World) -> Feature:
    return world.feature(key="colour")


@pytest.fixture
def pro(world: World, feature: Feature) -> Segment:
    """A segment that an override stands for, ahead of any experiment."""
    segment = world.segment("Pro")
    change_flag(world, feature, override(segment, value="gold"))
    return segment


def evaluated(api: Api, world: World, key: str | None = "user-1", **asked: Any) -> Any:
    return api(EVALUATE, id=gid(world.environment), key=key, **asked)["evaluateFlags"]


def explained(api: Api, world: World, feature: Feature, key: str | None = "user-1", **traits: Any) -> Any:
    found = api(EXPLAIN, id=gid(world.environment), feature=gid(feature), key=key, traits=traits)
    return found["explainEvaluation"]


def simulated(api: Api, experiment: Experiment, **asked: Any) -> Any:
    return api(SIMULATE, id=gid(experiment), **asked)["simulateExperiment"]


def test_flags_are_evaluated_as_applications_get_them(world: World, api: Api, feature: Feature, pro: Segment) -> None:
    world.feature(key="a-flag", value_type="JSON", value={"a": [1, 2.5]}, options=())
    start(world, world.experiment(feature, key="colours"))

    answers = evaluated(api, world, traits={"plan": "pro"})
    facts = {"errorCode": None, "errorMessage": None, "experiment": None, "phase": None, "inExperiment": None}

    assert answers == [
        {"key": "a-flag", "value": {"a": [1, 2.5]}, "variant": "control", "reason": "STATIC", **facts},
        {"key": "colour", "value": "gold", "variant": "control", "reason": "TARGETING_MATCH"}
        | {**facts, "experiment": "colours", "phase": 1, "inExperiment": False},
    ]


def test_flags_that_are_named_come_in_the_order_of_their_names(world: World, api: Api, feature: Feature) -> None:
    world.feature(key="size")
    world.feature(key="shape")

    answers = evaluated(api, world, flags=["size", "nothing", "colour", "size"])

    assert [(answer["key"], answer["errorCode"], answer["value"], answer["variant"]) for answer in answers] == [
        ("size", None, "grey", "control"),
        ("nothing", "FLAG_NOT_FOUND", None, None),
        ("colour", None, "grey", "control"),
    ]
    assert evaluated(api, world, flags=[]) == []


def test_without_a_targeting_key_nothing_can_be_split(world: World, api: Api, feature: Feature) -> None:
    blue = options_by_key(feature)["blue"]
    change_flag(world, feature, default=override(0, allocations=split_of(feature, {"blue": 50}).split).change)

    for key in (None, ""):
        (answer,) = evaluated(api, world, key=key)
        assert (answer["reason"], answer["errorCode"]) == ("ERROR", "TARGETING_KEY_MISSING")
        assert (answer["value"], answer["variant"]) == ("grey", "default")
    (answer,) = evaluated(api, world)
    assert (answer["reason"], answer["value"] in ("grey", blue.value)) == ("SPLIT", True)


def test_numbers_are_compared_as_they_were_sent(world: World, api: Api, feature: Feature, pro: Segment) -> None:
    rules = {"type": "ALL", "conditions": [{"trait": "n", "operator": "EQUAL", "value": 2.5}]}
    change_flag(world, feature, override(world.segment(rules=rules), value="exactly"))
    inline = "query($id: ID!) { evaluateFlags(environmentId: $id, traits: {n: 2.5, a: [1, {b: null}]}) { key value } }"

    assert evaluated(api, world, traits={"n": 2.5})[0]["value"] == "exactly"
    assert api(inline, id=gid(world.environment))["evaluateFlags"] == [{"key": "colour", "value": "exactly"}]


def test_everything_that_was_looked_at_is_explained(world: World, api: Api, feature: Feature, pro: Segment) -> None:
    change_rules(world, pro, plan="enterprise")
    force(world, feature, "white", key="somebody")
    experiment = start(world, world.experiment(feature, key="colours", audience_id=world.segment("Adults").pk))
    key = next(key for key in map(str, range(999)) if one(world, "colour", key, {"plan": "pro"}).in_experiment)

    found = explained(api, world, feature, key, plan="pro")
    identity, plain, gate, default = found["steps"]
    rollout, state = experiment.rollout, experiment.rollout.state
    nothing = {"segment": None, "rule": None, "bucket": None, "variant": None, "priority": None}

    assert identity == {"source": "IDENTITY", "outcome": "NOT_MATCHED", **nothing}
    assert plain["segment"] == {"id": gid(pro), "name": "Pro", "system": False}
    assert (plain["source"], plain["outcome"], plain["priority"]) == ("OVERRIDE", "NOT_MATCHED", 1)
    assert plain["rule"]["conditions"] == [
        {
            "outcome": "NOT_MATCHED",
            "bucket": None,
            "traitValue": "pro",
            "condition": {"trait": "plan", "operator": "EQUAL", "value": "enterprise", "percentage": None},
        }
    ]
    assert (plain["bucket"], plain["variant"]) == (None, None)
    assert (gate["source"], gate["outcome"], gate["priority"]) == ("OVERRIDE", "MATCHED", 2)
    assert gate["segment"] == {"id": gid(rollout.segment), "name": "colours", "system": True}
    (split,), (audience,) = gate["rule"]["conditions"], gate["rule"]["rules"]
    assert split["bucket"] == bucket_of(Domain.GATE, experiment.gate_salt, key) < points(20)
    assert split["condition"] == {"trait": None, "operator": "PERCENTAGE_SPLIT", "value": None, "percentage": 20}
    assert (split["outcome"], split["traitValue"]) == ("MATCHED", key)
    assert (audience["outcome"], audience["conditions"][0]["traitValue"]) == ("MATCHED", "pro")
    assert gate["bucket"] == bucket_of(Domain.SPLIT, state.lineage.salt, key)
    assert gate["variant"] == found["evaluation"]["variant"]
    assert found["evaluation"]["inExperiment"] is True
    assert default == {"source": "DEFAULT", "outcome": "NOT_REACHED", **nothing}


def test_an_experiment_that_a_unit_is_not_in_is_named_behind_what_took_the_unit(
    world: World, api: Api, feature: Feature, pro: Segment
) -> None:
    experiment = start(world, world.experiment(feature, key="colours"))

    found = explained(api, world, feature, plan="pro")

    _, gate, _ = found["steps"]
    assert [(step["source"], step["outcome"], step["priority"], step["variant"]) for step in found["steps"]] == [
        ("OVERRIDE", "MATCHED", 1, "control"),
        ("OVERRIDE", "NOT_REACHED", 2, None),
        ("DEFAULT", "NOT_REACHED", None, None),
    ]
    assert gate["segment"] == {"id": gid(experiment.rollout.segment), "name": "colours", "system": True}
    assert (gate["rule"], found["evaluation"]["inExperiment"]) == (None, False)


def test_a_number_that_remembers_its_text_is_told_as_an_ordinary_one(
    world: World, api: Api, feature: Feature, pro: Segment
) -> None:
    plain, *_ = explained(api, world, feature, plan=ExactFloat("2.50"))["steps"]

    look = plain["rule"]["conditions"][0]
    assert (type(look["traitValue"]), look["traitValue"], look["outcome"]) == (float, 2.5, "OTHER_TYPE")


def test_the_step_that_matched_is_the_one_that_decided(world: World, api: Api, feature: Feature, pro: Segment) -> None:
    world.experiment(feature, key="colours")
    force(world, feature, "white", key="somebody")

    forced = explained(api, world, feature, "somebody")["steps"]
    default = explained(api, world, feature, None)["steps"]

    assert [(step["source"], step["outcome"], step["variant"]) for step in forced] == [
        ("IDENTITY", "MATCHED", "control"),
        ("OVERRIDE", "NOT_REACHED", None),
        ("OVERRIDE", "NOT_REACHED", None),
        ("DEFAULT", "NOT_REACHED", None),
    ]
    assert [(step["source"], step["outcome"], step["variant"]) for step in default] == [
        ("IDENTITY", "NOT_MATCHED", None),
        ("OVERRIDE", "NOT_MATCHED", None),
        ("OVERRIDE", "CLOSED", None),
        ("DEFAULT", "MATCHED", "control"),
    ]
    assert default[1]["rule"]["conditions"][0]["outcome"] == "NOT_SET"
    assert default[2]["rule"] is None


def test_a_draft_is_simulated_as_if_it_ran_and_nothing_is_written(
    world: World, api: Api, feature: Feature, pro: Segment
) -> None:
    red = options_by_key(feature)["red"]
    force(world, feature, option=red, key="forced")
    rollout = split_of(feature, {"blue": 30, "red": 20}, percentage=100)
    experiment = world.experiment(feature, rollout=rollout)

    with unchanged():
        free = simulated(api, experiment, keys=["forced", *map(str, range(400)), "7"], traits={"plan": "free"})
        taken = simulated(api, experiment, keys=["a", "b"], traits={"plan": "pro"})

    assert (free["units"], free["unitsInGate"], free["unitsTakingPart"]) == (401, 401, 400)
    assert free["unitsWithForcedValue"] == 1
    assert [(arm["variant"], arm["value"]) for arm in free["arms"]] == [
        ("control", "grey"),
        ("blue", "blue"),
        ("red", "red"),
    ]
    assert sum(arm["units"] for arm in free["arms"]) == 400
    segment = {"id": gid(pro), "name": "Pro", "system": False}
    assert free["competingOverrides"] == [{"priority": 1, "units": 0, "segment": segment}]
    assert taken["competingOverrides"] == [{"priority": 1, "units": 2, "segment": segment}]
    assert taken["unitsTakingPart"] == 0


def test_a_simulation_counts_what_the_experiment_does_when_it_runs(world: World, api: Api, feature: Feature) -> None:
    experiment = world.experiment(feature)
    keys = [str(n) for n in range(500)]

    before = simulated(api, experiment, keys=keys)
    start(world, experiment)
    running = simulated(api, experiment, keys=keys)
    pause(world, experiment)
    paused = simulated(api, experiment, keys=keys)
    start(world, experiment)

    served = [one(world, "colour", key) for key in keys]
    variants = [answer.variant for answer in served if answer.in_experiment]
    assert before == running == paused
    assert {arm["variant"]: arm["units"] for arm in before["arms"]} == {v: variants.count(v) for v in set(variants)}


def test_a_draft_is_simulated_with_the_audience_that_it_would_start_with(world: World, api: Api) -> None:
    audience = world.segment("Adults")
    experiment = world.experiment(audience_id=audience.pk)
    change_rules(world, audience, plan="free")

    assert simulated(api, experiment, size=50, traits={"plan": "pro"})["unitsInGate"] == 0
    assert simulated(api, experiment, size=50, traits={"plan": "free"})["unitsInGate"] > 0


def test_a_sample_is_as_large_as_is_asked_for_and_ten_thousand_otherwise(world: World, api: Api) -> None:
    experiment = world.experiment()

    assert simulated(api, experiment)["units"] == 10_000
    assert simulated(api, experiment, size=123)["units"] == 123
    assert simulated(api, experiment, size=100_000)["units"] == 100_000


def test_ten_thousand_units_can_be_named_each_counts_once(world: World, api: Api) -> None:
    found = simulated(api, world.experiment(), keys=[f"user-{n // 2}" for n in range(10_000)])

    assert found["units"] == 5_000


def test_where_there_is_nothing_to_simulate_it_is_said(world: World, api: Api) -> None:
    done = bring_to(world, world.experiment(), "COMPLETED")

    shipped = start(world, world.experiment())
    complete(world, shipped, ship_to_gate(options_by_key(shipped.feature)["blue"].pk))

    for experiment in (world.experiment(rollout=None), done, shipped):
        assert api.codes(SIMULATE, id=gid(experiment)) == ["NOTHING_TO_SIMULATE"]


def test_more_than_can_be_looked_at_in_a_second_is_refused(
    world: World, api: Api, feature: Feature, monkeypatch: pytest.MonkeyPatch
) -> None:
    split = {"type": "ALL", "conditions": [{"operator": "PERCENTAGE_SPLIT", "percentage": 100}]}
    change_flag(world, feature, override(world.segment(rules=split), value="x"))
    experiment = world.experiment(feature)
    monkeypatch.setattr(evaluations, "MAX_LOOKS", 400)

    (error,) = api.errors(SIMULATE, id=gid(experiment), size=101)

    assert (error["extensions"]["code"], "at most 100 units" in error["message"]) == ("INVALID_INPUT", True)
    assert simulated(api, experiment, size=100)["units"] == 100


def test_more_flags_than_an_answer_holds_are_refused(world: World, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    assert evaluations.MAX_FLAGS == 1_000
    monkeypatch.setattr(evaluations, "MAX_FLAGS", 2)
    for key in ("a", "b", "c"):
        world.feature(key=key)

    assert api.codes(EVALUATE, id=gid(world.environment)) == ["INVALID_INPUT"]
    assert api.codes(EVALUATE, id=gid(world.environment), flags=["a", "b", "c"]) == ["INVALID_INPUT"]
    assert len(evaluated(api, world, flags=["a", "b", "a"])) == 2


@pytest.mark.parametrize(
    "unit",
    [
        {"key": "x" * 501},
        {"key": "a\0b"},
        {"key": "\ud800"},
        {"traits": []},
        {"traits": "plan"},
        {"traits": {str(n): n for n in range(1_001)}},
        {"traits": {"a": "x" * MAX_CONTEXT}},
        {"traits": {"a": "b\0"}},
        {"traits": {"a\ud800": 1}},
    ],
    ids=["long", "nul", "surrogate", "list", "text", "many", "large", "nul inside", "surrogate inside"],
)
def test_a_unit_that_is_none_is_named_as_a_mistake(
    unit: dict[str, Any], world: World, api: Api, feature: Feature
) -> None:
    assert api.codes(EVALUATE, id=gid(world.environment), **unit) == ["BAD_USER_INPUT"]
    assert api.codes(EXPLAIN, id=gid(world.environment), feature=gid(feature), **unit) == ["BAD_USER_INPUT"]


@pytest.mark.parametrize("key", ["a\0b", "\ud800", "a" * 201])
def test_a_key_that_no_feature_can_have_is_named_as_a_mistake(key: str, world: World, api: Api) -> None:
    assert api.codes(EVALUATE, id=gid(world.environment), flags=["colour", key]) == ["BAD_USER_INPUT"]


@pytest.mark.parametrize(
    "units",
    [
        {"keys": [], "size": None},
        {"keys": ["a", ""]},
        {"keys": ["a" * 501]},
        {"keys": ["a"] * 10_001},
        {"keys": ["a"], "size": 1},
        {"size": 0},
        {"size": 100_001},
        {"traits": []},
    ],
    ids=["none", "empty", "long", "many", "both", "no sample", "large sample", "traits"],
)
def test_units_that_are_none_are_named_as_a_mistake(units: dict[str, Any], world: World, api: Api) -> None:
    assert api.codes(SIMULATE, id=gid(world.experiment()), **units) == ["BAD_USER_INPUT"]


def test_whoever_may_see_may_ask_and_others_find_nothing(world: World, feature: Feature) -> None:
    experiment = world.experiment(feature)
    scope = {"project_id": world.project.pk, "environment_id": world.environment.pk}
    viewers = [new_author(world.organisation, Role.VIEWER), new_author(world.organisation, Role.VIEWER, **scope)]
    staging = world.with_environment(Versioning.V2)
    elsewhere = new_author(world.organisation, Role.OWNER, **{**scope, "environment_id": staging.environment.pk})

    for viewer in viewers:
        assert evaluated(Api(viewer), world) != []
        assert explained(Api(viewer), world, feature)["steps"] != []
        assert simulated(Api(viewer), experiment)["units"] > 0
    for stranger in (new_world().author, elsewhere):
        assert evaluated(Api(stranger), world) is None
        assert explained(Api(stranger), world, feature) is None
        assert simulated(Api(stranger), experiment) is None


def test_they_take_as_many_statements_however_much_there_is(world: World, api: Api) -> None:
    counts: dict[str, list[int]] = {"evaluate": [], "explain": [], "simulate": []}
    first = world.feature(key="a")
    for n in range(5):
        feature = world.feature(key=f"f{n}") if n else first
        change_flag(world, feature, override(world.segment(), value="x"))
        force(world, feature, "white")
        start(world, experiment := world.experiment(feature))
        flag = {"id": gid(world.environment), "feature": gid(first)}
        counts["evaluate"].append(api.statements(EVALUATE, id=gid(world.environment)))
        counts["explain"].append(api.statements(EXPLAIN, **flag))
        counts["simulate"].append(api.statements(SIMULATE, id=gid(experiment), size=10))

    assert {name: len(set(found)) for name, found in counts.items()} == dict.fromkeys(counts, 1), counts
    assert max(max(found) for found in counts.values()) <= 12, counts


def damage(feature: Feature) -> None:
    """Take away an option that the flag still serves, past all the rules."""
    Option.objects.filter(feature=feature, key="blue").update(removed_at=NOW)


def test_a_flag_that_cannot_be_evaluated_says_so_among_the_others(world: World, api: Api, feature: Feature) -> None:
    world.feature(key="a-flag")
    world.feature(key="size")
    start(world, world.experiment(feature))
    damage(feature)

    everything, named = evaluated(api, world), evaluated(api, world, flags=["size", "colour"])
    explanation = explained(api, world, feature)

    at_fault = {"key": "colour", "value": None, "variant": None, "reason": "ERROR", "errorCode": "PARSE_ERROR"}
    why = "What is stored of the flag does not fit together; the server's log says more."
    at_fault["errorMessage"] = f"The flag cannot be evaluated: {why}"
    at_fault |= {"experiment": None, "phase": None, "inExperiment": None}
    assert [answer["key"] for answer in everything] == ["a-flag", "colour", "size"]
    assert [answer["key"] for answer in named] == ["size", "colour"]
    assert everything[1] == named[1] == explanation["evaluation"] == at_fault
    assert {answer["errorCode"] for answer in (everything[0], everything[2], named[0])} == {None}
    assert explanation["steps"] == []


def test_an_experiment_on_a_flag_that_cannot_be_evaluated_is_not_simulated(
    world: World, api: Api, feature: Feature
) -> None:
    experiment = world.experiment(feature)
    damage(feature)
    unbuilt = api.errors(SIMULATE, id=gid(experiment))
    Option.objects.filter(feature=feature).update(removed_at=None)
    Feature.objects.filter(pk=feature.pk).update(default_value=5)
    uncompiled = api.errors(SIMULATE, id=gid(experiment))

    assert [(error["extensions"]["code"], error["message"]) for error in (*unbuilt, *uncompiled)] == [
        (
            "FLAG_AT_FAULT",
            "The experiment's flag cannot be evaluated: "
            "What is stored of the flag does not fit together; the server's log says more.",
        ),
        ("FLAG_AT_FAULT", "The experiment's flag cannot be evaluated: default is no value of type STRING"),
    ]
