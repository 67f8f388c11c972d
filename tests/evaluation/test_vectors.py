"""The vectors that other languages check themselves by hold for the engine, and for the second implementation."""

import json
from typing import Any

import pytest

from server.evaluation.buckets import moved_runs, read_runs
from server.evaluation.engine import compile_environment, evaluate
from server.evaluation.hashing import Domain, bucket_of
from server.evaluation.rules import Operator, parse_rules
from server.evaluation.rules.matching import compile_rule
from tests.evaluation import independent
from tests.evaluation.vectors.make import FOLDER, KEYS, row


def lines(name: str) -> list[Any]:
    return [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text().splitlines()]


def texts(row: list[Any]) -> str:
    """JSON tells 1 from true and from 1.0, as the engine must."""
    return json.dumps(row)


def test_buckets() -> None:
    rows = lines("buckets")

    assert len(rows) > 2000
    assert {key for _, _, key, _ in rows} >= set(KEYS)
    for domain, salt, key, bucket in rows:
        assert bucket_of(Domain(domain), salt, key) == bucket
        assert independent.bucket(domain, salt, key) == bucket


def test_moves() -> None:
    rows = lines("moves")

    assert len(rows) > 300
    for runs, by_id, after in rows:
        shares = {int(option): share for option, share in by_id.items()}
        assert moved_runs(read_runs(runs), shares) == read_runs(after)
        assert independent.move(runs, shares) == after


def test_conditions() -> None:
    rows = lines("conditions")

    assert {(condition["operator"], matched) for condition, *_, matched in rows} == {
        (operator, matched) for operator in Operator for matched in (True, False)
    }
    for condition, key, traits, matched in rows:
        rule = {"type": "ALL", "conditions": [condition]}
        assert compile_rule(parse_rules(rule))(key, traits) is matched
        assert independent.rule_matches(rule, key, traits) is matched


def test_flags() -> None:
    documents = lines("flags")

    for document in documents:
        snapshot: Any = {
            "format": 1,
            "environment": {"id": "1", "name": "vectors"},
            "revision": 1,
            "segments": document["segments"],
            "flags": {"f": document["flag"]},
        }
        environment = compile_environment(snapshot)
        for key, traits, expected in document["units"]:
            assert texts(row(evaluate(environment, "f", key, traits))) == texts(expected)
            assert texts(independent.served(document["flag"], document["segments"], key, traits)) == texts(expected)


@pytest.mark.parametrize("reason", ["STATIC", "DEFAULT", "TARGETING_MATCH", "SPLIT", "DISABLED", "ERROR"])
def test_every_reason_is_among_the_flags(reason: str) -> None:
    outcomes = [unit[2] for document in lines("flags") for unit in document["units"]]

    assert sum(outcome[2] == reason for outcome in outcomes) >= 50
    assert {tuple(outcome[6:]) for outcome in outcomes} == {(True,), (False,), (None,)}
