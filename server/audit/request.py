"""The id of the HTTP request that is being answered, for logs and audit. Never makes one up.

The web layer's middleware sets it; work outside a request leaves it empty.
"""

from contextvars import ContextVar

request_id_var: ContextVar[str] = ContextVar("request_id", default="")


def current_request_id() -> str:
    """The id of the request that is being answered, or an empty string outside of one."""
    return request_id_var.get()
