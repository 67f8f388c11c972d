"""Gives answers to the WSGI server in one piece; what streams, it leaves as it is.

An answer that is iterated leaves in two packets, its head and its body, and between them
the client's kernel may hold back its acknowledgement for 40 ms.
"""

from collections.abc import Callable, Iterable
from typing import Any

Application = Callable[..., Iterable[bytes]]


def in_one_piece(application: Application) -> Application:
    """The same application; an answer that is there as a whole is given as a list."""

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        response: Any = application(environ, start_response)
        if getattr(response, "streaming", True):
            return response  # type: ignore[no-any-return]
        try:
            return [response.content]
        finally:
            response.close()

    return answer
