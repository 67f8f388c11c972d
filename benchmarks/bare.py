"""The bare server: granian as we run it, with an application that knows one answer; no Django in its way."""

import os

from server.serving.rsgi import HTTPProtocol, Scope
from server.web.serving import Server, listen, whole_number

ANSWER = b'{"data": {"__typename": "Query"}}'
HEADERS = [("content-type", "application/json"), ("content-length", str(len(ANSWER)))]


class Constant:
    """The same answer to everything."""

    async def __rsgi__(self, _scope: Scope, proto: HTTPProtocol) -> None:
        proto.response_bytes(200, HEADERS, ANSWER)


class Reading:
    """The same, once the body of the request is here: what everybody pays who looks at it."""

    async def __rsgi__(self, _scope: Scope, proto: HTTPProtocol) -> None:
        await proto()
        proto.response_bytes(200, HEADERS, ANSWER)


application = Constant()
reading = Reading()


def main() -> None:
    """Serve the one that BARE names, with the workers of `make run`."""
    log_level = os.environ.setdefault("LOG_LEVEL", "WARNING")
    served = f"benchmarks.bare:{os.environ.get('BARE', 'application')}"
    with listen(whole_number("PORT", 8000)) as listener:
        workers = whole_number("WEB_CONCURRENCY", 2)
        Server(listener, application=served, workers=workers, log_level=log_level).run()


if __name__ == "__main__":
    main()
