"""Facts of the audit log with the API's ids."""

from server.schema.audit.facts import with_global_ids
from server.schema.ids import encode_id


def test_rows_keys_become_ids_of_the_api() -> None:
    facts = {
        "environmentId": 3,
        "options": [{"id": 7, "key": "blue", "value": {"id": 7}}],
        "rollout": {"split": [{"optionId": 7, "key": "blue", "basisPoints": 5000}]},
        "overrides": [{"segment": {"id": 9, "name": "Staff"}, "priority": 1, "value": {"segmentId": 9}}],
        "default": {"segment": None, "priority": None},
        "receipt": {"author": {"kind": "API_KEY", "id": 2, "name": "CI"}, "gate": {"segmentId": 9}},
    }

    option, segment = encode_id("MultivariateOption", 7), encode_id("Segment", 9)
    assert with_global_ids(facts) == {
        "environmentId": encode_id("Environment", 3),
        "options": [{"id": option, "key": "blue", "value": {"id": 7}}],
        "rollout": {"split": [{"optionId": option, "key": "blue", "basisPoints": 5000}]},
        "overrides": [{"segment": {"id": segment, "name": "Staff"}, "priority": 1, "value": {"segmentId": 9}}],
        "default": {"segment": None, "priority": None},
        "receipt": {
            "author": {"kind": "API_KEY", "id": encode_id("ApiKey", 2), "name": "CI"},
            "gate": {"segmentId": segment},
        },
    }


def test_what_was_not_there_stays_null() -> None:
    assert with_global_ids(None) is None
