"""Asks the door whatever its OpenAPI document allows, and what it does not, and holds the answers against it."""

from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case

from tests.serving.ofrep.serving import CLIENT_KEY, SERVER_KEY, Serving
from tests.serving.ofrep.shop import snapshot

DOCUMENT = schemathesis.openapi.from_path(Path(__file__).with_name("openapi.yaml")).raw_schema
DOCUMENT["components"]["schemas"]["key"] = {"anyOf": [{"enum": sorted(snapshot()["flags"])}, {"type": "string"}]}
schema = schemathesis.openapi.from_dict(DOCUMENT)


@pytest.mark.parametrize("key", [SERVER_KEY, CLIENT_KEY], ids=["server", "client"])
@schema.parametrize()
@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_as_the_document_says(shop: Serving, case: Case, key: str) -> None:
    case.call_and_validate(base_url=shop.url, headers={"Authorization": f"Bearer {key}"}, timeout=10)
