"""Counts the SQL statements of a request, transaction control included; answers it in this process."""

from dataclasses import dataclass

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks.cells import WrongAnswer


@dataclass(frozen=True, slots=True)
class Statements:
    """How many statements a request takes; ``authentication`` come on top of ``own``."""

    own: int
    authentication: int


def statements_of(body: bytes, *, key: str, holds: tuple[str, ...]) -> Statements:
    """The statements of one request, sent through the whole stack of middleware.

    Raises:
        WrongAnswer: the answer is not what it has to be.
    """
    client = Client(headers={"Authorization": f"Bearer {key}", "Host": "127.0.0.1"})
    with CaptureQueriesContext(connection) as captured:
        response = client.post("/graphql", body, content_type="application/json")
    answer = response.content.decode()
    if response.status_code != 200 or '"errors"' in answer or not all(text in answer for text in holds):
        raise WrongAnswer(f"{response.status_code} {answer[:1_000]}")
    authentication = sum('"accounts_apikey"' in query["sql"] for query in captured)
    return Statements(len(captured) - authentication, authentication)
