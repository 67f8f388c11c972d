"""`python -m tests.web.bridged`: a WSGI application behind the bridge, that tells what it was given."""

import asyncio
import json
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from server.serving.rsgi import HTTPProtocol, Scope
from server.web.bridge import Bridge
from server.web.serving import Server, listen

LARGEST = 1_000
CLOSED: list[str] = []


class Streaming:
    """An answer in three parts that notes when it is closed."""

    def __iter__(self) -> Iterator[bytes]:
        yield from (b"one ", b"two ", b"three")

    def close(self) -> None:
        CLOSED.append("streaming")


def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    """Whatever the path asks for."""
    match environ["PATH_INFO"]:
        case "/raises":
            raise RuntimeError("on purpose")
        case "/exits":
            raise SystemExit
        case "/streams":
            start("200 OK", [("Content-Type", "text/plain")])
            return Streaming()
        case "/file":
            start("200 OK", [("Content-Type", "text/plain")])
            file: Iterable[bytes] = environ["wsgi.file_wrapper"](Path(__file__).open("rb"))  # noqa: SIM115  (who wraps it closes it)
            return file
        case "/cookies":
            start("200 OK", [("Set-Cookie", " a=1"), ("Set-Cookie", " b=2")])
            return [b"two cookies"]
        case "/bad-header":
            start("200 OK", [("X-Bad", "line\nbreak")])
            return [b""]
        case "/writes":
            start("201 Created", [])(b"written ")
            return [b"returned"]
    try:
        body = environ["wsgi.input"].read().decode("latin-1")
    except OSError as problem:
        body = f"OSError: {problem}"
    told = {name: value for name, value in environ.items() if isinstance(value, str)}
    facts = {"environ": told, "body": body, "closed": CLOSED, "thread": threading.current_thread().name}
    start("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(facts).encode()]


class Bridged:
    """The bridge, and nothing else."""

    def __init__(self) -> None:
        self.bridge = Bridge(application, threads=2, largest_body=LARGEST, facts={"fairsplit.fact": "told"})

    def __rsgi_init__(self, _loop: asyncio.AbstractEventLoop) -> None:
        self.bridge.start()

    async def __rsgi__(self, scope: Scope, proto: HTTPProtocol) -> None:
        await self.bridge(scope, proto)


rsgi = Bridged()

if __name__ == "__main__":
    with listen(int(os.environ["PORT"])) as listener:
        Server(listener, application="tests.web.bridged:rsgi", workers=1, log_level="CRITICAL").run()
