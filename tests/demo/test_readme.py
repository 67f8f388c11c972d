"""What the README shows of the demo comes out as it says."""

from typing import Any

from server.demo.shop import Shop
from server.schema.examples import worked_examples
from tests.schema.api import Api, gid

START = """mutation($id: ID!) {
  startExperiment(experimentId: $id) { ... on Experiment { rollout { percentage } currentPhase { number } } }
}"""
ASK = """query($id: ID!, $feature: ID!, $key: String, $traits: JSON) {
  explainEvaluation(environmentId: $id, featureId: $feature, targetingKey: $key, traits: $traits) {
    evaluation { reason experiment phase inExperiment } steps { outcome segment { name } }
  }
}"""
USERS = [f"user-{n}" for n in range(1, 41)]


def test_half_of_the_customers_take_part_and_no_guest_does(shop: Shop) -> None:
    author = shop.authors["owner"]
    api, create = Api(author), worked_examples(author)[0]
    feature, production = gid(shop.features["hero-banner"]), gid(shop.environments["production"])

    def asked(**traits: Any) -> list[dict[str, Any]]:
        asking = {"id": production, "feature": feature, "traits": traits}
        return [dict(api(ASK, key=user, **asking)["explainEvaluation"]) for user in USERS]

    created = api(create.query, **create.variables)["createExperiment"]
    started = api(START, id=created["id"])["startExperiment"]
    guests, customers = asked(), asked(customerId="c-1")

    assert started == {"rollout": {"percentage": 50}, "currentPhase": {"number": 1}}
    taking_part = [found for found in customers if found["evaluation"]["inExperiment"]]
    assert 5 < len(taking_part) < 35  # beyond it once in a million runs: gates have new salts each time
    assert {found["evaluation"]["reason"] for found in taking_part} == {"SPLIT"}
    assert {found["evaluation"]["reason"] for found in customers if found not in taking_part} == {"DEFAULT"}
    for found in guests:
        assert found["evaluation"]["inExperiment"] is False
        assert [(step["segment"] and step["segment"]["name"], step["outcome"]) for step in found["steps"]] == [
            ("Big spenders", "NOT_MATCHED"),
            ("Guests", "MATCHED"),
            (created["key"], "NOT_REACHED"),
            (None, "NOT_REACHED"),
        ]
