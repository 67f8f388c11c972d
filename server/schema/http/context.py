"""What resolvers get as ``info.context``: the request and its author. Decides nothing.

How a request tells its author is handed in: this package knows no accounts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpRequest

AuthorOf = Callable[[HttpRequest], Any]
FailureOf = Callable[[HttpRequest], str | None]


def author_on(request: HttpRequest) -> Any:
    """The author where a middleware put it on the request; None for a stranger."""
    return getattr(request, "author", None)


def failure_on(request: HttpRequest) -> str | None:
    """Why the key of the request is not accepted, where a middleware put that on the request."""
    return getattr(request, "authentication_failed", None)


@dataclass
class Context:
    """One request, and who it comes from, found out when first asked."""

    request: HttpRequest
    author_of: AuthorOf = author_on

    @cached_property
    def author(self) -> Any:
        """The author, or something false for a stranger."""
        return self.author_of(self.request)

    @property
    def request_id(self) -> str | None:
        return getattr(self.request, "request_id", None)

    def __getitem__(self, key: str) -> Any:
        return getattr(self, key)

    def get(self, key: str, default: Any = None) -> Any:
        return getattr(self, key, default)
