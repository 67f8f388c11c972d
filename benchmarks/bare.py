"""The bare server: granian as we run it, with an application that knows one answer; no Django in its way."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from server.web.serving import Server, listen, whole_number

ANSWER = b'{"data": {"__typename": "Query"}}'


def application(_environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The same answer to everything."""
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(ANSWER)))])
    return [ANSWER]


def main() -> None:
    """Serve it, with the workers and threads of `make run`."""
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    with listen(whole_number("PORT", 8000)) as listener:
        workers, threads = whole_number("WEB_CONCURRENCY", 2), whole_number("WEB_THREADS", 4)
        server = Server(listener, workers=workers, threads=threads, log_level=os.environ["LOG_LEVEL"])
        server.target = "benchmarks.bare:application"
        server.run()


if __name__ == "__main__":
    main()
