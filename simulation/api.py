"""Asks the server's GraphQL API, and turns whatever is not an answer into words. Knows no operation."""

import json
from typing import Any

from simulation.calling import Caller
from simulation.failures import SimulationFailure


class Api:
    """One API, with one key."""

    def __init__(self, caller: Caller, key: str) -> None:
        self._caller = caller
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def ask(self, query: str, **variables: Any) -> Any:
        """The data of an answer.

        Raises:
            SimulationFailure: there is none, or a mutation was refused.
        """
        body = json.dumps({"query": query, "variables": variables}).encode()
        answer = self._caller.post("/graphql", body, self._headers)
        document = answer.json()
        if not isinstance(document, dict):
            raise SimulationFailure(f"the server answered {answer.status} with what is no answer of GraphQL")
        if document.get("errors"):
            error = document["errors"][0]
            if error.get("extensions", {}).get("code") == "UNAUTHENTICATED":
                raise SimulationFailure("the server does not know the API key: give another one with --api-key")
            raise SimulationFailure(f"the API answered: {error.get('message')}")
        if "data" not in document:
            raise SimulationFailure(f"the API answered {answer.status}: {document}")
        for name, value in document["data"].items():
            if isinstance(value, dict) and "refused" in value:
                problems = [
                    f"{'.'.join(map(str, each['path']))}: {each['message']}" for each in value.get("problems", ())
                ]
                raise SimulationFailure(f"{name} was refused: {'; '.join(problems) or value['message']}")
        return document["data"]
