"""A view of the sample schema, and somebody who calls it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse

from server.schema.http.view import GraphQLView
from tests.schema.http.caller import SCHEMA, Caller


@pytest.fixture
def view() -> GraphQLView:
    return GraphQLView(SCHEMA, lambda _request: HttpResponse("<title>GraphiQL</title>"))


@pytest.fixture
def caller(view: GraphQLView) -> Caller:
    return Caller(view)


@pytest.fixture
def code_of(caller: Caller) -> Callable[..., str]:
    """The code of the one error that a document gets."""

    def code_of(query: str, variables: object = None, **options: Any) -> str:
        (error,) = caller.run(query, variables, **options)["errors"]
        return str(error["extensions"]["code"])

    return code_of
