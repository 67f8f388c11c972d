"""The line to paste into a shell: what it sends is run against the schema, as its key's owner."""

import json
import shlex
import subprocess
from typing import Any

from django.test import Client

from server.demo.load import DemoSecrets, try_line
from server.demo.shop import Shop
from server.features.models import Feature
from server.projects.models import Environment
from tests.rows import unchanged
from tests.schema.api import gid

URL = "http://127.0.0.1:8000"


def sent(line: str) -> tuple[dict[str, str], dict[str, Any]]:
    """Headers and body of what curl would send."""
    words = shlex.split(line)
    headers = dict(words[i + 1].split(": ", 1) for i, word in enumerate(words) if word == "-H")
    return headers, json.loads(words[words.index("-d") + 1])


def answer(client: Client, line: str) -> dict[str, Any]:
    """What the server answers to the line."""
    headers, body = sent(line)
    del headers["Content-Type"]
    response = client.post("/graphql", body, content_type="application/json", headers=headers)
    assert response.status_code == 200
    created: dict[str, Any] = response.json()["data"]["createExperiment"]
    return created


def test_it_is_one_curl_to_the_servers_address_with_the_key(shop: Shop, secrets: DemoSecrets) -> None:
    line = try_line(URL, secrets)

    headers, _ = sent(line)
    assert shlex.split(line)[0] == "curl"
    assert f"{URL}/graphql" in shlex.split(line)
    assert "\n" not in line
    assert headers == {"Authorization": f"Bearer {secrets.api_key}", "Content-Type": "application/json"}


def test_a_shell_reads_it_as_it_was_meant(shop: Shop, secrets: DemoSecrets) -> None:
    line = try_line(f"{URL}/it's", secrets)

    printed = subprocess.run(
        ["sh", "-c", f"printf '%s\\n' {line}"], capture_output=True, text=True, check=True, timeout=10
    )

    assert printed.stdout.splitlines() == shlex.split(line)
    assert f"{URL}/it's/graphql" in printed.stdout


def test_its_ids_are_those_of_the_api(shop: Shop, secrets: DemoSecrets) -> None:
    _, body = sent(try_line(URL, secrets))

    feature = Feature.objects.get(key="hero-banner")
    first, second = feature.present_options[:2]
    assert body["variables"]["input"]["environmentId"] == gid(shop.environments["production"])
    assert body["variables"]["input"]["featureId"] == gid(feature)
    assert body["variables"]["rollout"]["multivariateValues"] == [
        {"optionId": gid(first), "percentage": 30},
        {"optionId": gid(second), "percentage": 20},
    ]


def test_it_creates_an_experiment_and_shows_what_came_of_it(shop: Shop, secrets: DemoSecrets, client: Client) -> None:
    created = answer(client, try_line(URL, secrets))

    assert created["__typename"] == "Experiment"
    assert created["status"] == "DRAFT"
    assert created["feature"] == {"key": "hero-banner"}
    rollout = created["rollout"]
    assert (rollout["percentage"], rollout["controlPercentage"]) == (50, 50)
    assert [(v["option"]["key"], v["percentage"]) for v in rollout["multivariateValues"]] == [
        ("sale", 30),
        ("free-returns", 20),
    ]
    assert rollout["controlValue"] == "The winter collection is here"
    assert (rollout["priority"], rollout["flagVersion"]["number"]) == (3, 4)
    assert rollout["segment"]["name"]


def test_pasted_again_it_is_refused_and_says_why(shop: Shop, secrets: DemoSecrets, client: Client) -> None:
    line = try_line(URL, secrets)
    answer(client, line)

    again = answer(client, line)

    assert again["__typename"] == "Conflict"
    assert again["code"] == "ACTIVE_EXPERIMENT_EXISTS"
    assert again["message"]


def test_it_works_at_every_start_with_a_new_feature_once_all_are_taken(
    shop: Shop, secrets: DemoSecrets, client: Client
) -> None:
    created = [answer(client, try_line(URL, secrets)) for _ in range(9)]

    assert {experiment["__typename"] for experiment in created} == {"Experiment"}
    assert {experiment["environment"]["name"] for experiment in created} == {"production"}
    assert [experiment["feature"]["key"] for experiment in created] == [
        "hero-banner",
        "review-sort-order",
        "product-image-ratio",
        "delivery-promise",
        "checkout-layout",
        "loyalty-discount",
        "try-1",
        "try-2",
        "try-3",
    ]


def test_while_a_flag_is_free_it_writes_nothing(shop: Shop, secrets: DemoSecrets) -> None:
    with unchanged():
        lines = {try_line(URL, secrets), try_line(URL, secrets)}

    assert len(lines) == 1


def test_it_finds_the_demo_by_its_key_whatever_it_is_called(shop: Shop, secrets: DemoSecrets) -> None:
    before = try_line(URL, secrets)
    Environment.objects.filter(name="production").update(name="live")

    assert try_line(URL, secrets) == before
