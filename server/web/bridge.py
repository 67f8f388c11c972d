"""Hands requests of granian's RSGI interface to a WSGI application; it never reads more than a request may hold.

A thread is taken only once the whole body is here, so a client that sends slowly holds
none. Threads stay, because each keeps its connection to the database.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from queue import SimpleQueue
from threading import Thread
from typing import IO, Any, Protocol

from server.serving.bodies import Gone, TooLarge, read_body
from server.serving.rsgi import Headers, HTTPProtocol, Scope, Transport

Environ = dict[str, Any]

FAILED = b"Internal server error\n"
PLAIN: Headers = [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")]

logger = logging.getLogger("fairsplit.bridge")


class Application(Protocol):
    """What PEP 3333 calls the application."""

    def __call__(self, environ: Environ, start_response: Callable[..., Any], /) -> Iterable[bytes]: ...


class FileWrapper:
    """A file as an answer. The server sends it from its path, no faster than the client takes it."""

    def __init__(self, file: IO[bytes], block_size: int = 65536) -> None:
        self.file, self.block_size = file, block_size

    def __iter__(self) -> Iterator[bytes]:
        return iter(lambda: self.file.read(self.block_size), b"")

    @property
    def path(self) -> str | None:
        """The path of a file that is sent from its beginning to its end; else it is read here."""
        whole = isinstance(self.file, io.BufferedReader | io.FileIO) and self.file.tell() == 0
        return self.file.name if whole and isinstance(self.file.name, str) else None

    def close(self) -> None:
        """Close the file, and whatever its owner closes with it."""
        self.file.close()


class Unread(io.RawIOBase):
    """A body that was declared larger than any may be: it stays with the client."""

    def readable(self) -> bool:
        """It says so, and then fails: who asks for the body learns why there is none."""
        return True

    def readinto(self, _buffer: Any) -> int:
        raise OSError("the body is larger than a request may be, and was not read")


class Head:
    """The status and headers of an answer: what PEP 3333 calls ``start_response``."""

    def __init__(self) -> None:
        self.status, self.headers, self.written = 500, PLAIN, list[bytes]()

    def __call__(self, status: str, headers: Headers, exc_info: Any = None) -> Callable[[bytes], None]:
        del exc_info  # nothing has been sent before the application returns
        sent = [(name, value.strip()) for name, value in headers]
        if not all(name.isascii() and value.isascii() and value.isprintable() for name, value in sent):
            raise ValueError("a header of the answer holds what no header may hold")
        self.status, self.headers = int(status[:3]), sent
        return self.written.append


Job = tuple[Scope, HTTPProtocol, io.BytesIO | Unread, asyncio.AbstractEventLoop, asyncio.Future[None]]


class Bridge:
    """A WSGI application on ``threads`` threads, as an RSGI handler; ``facts`` stand in every environ."""

    def __init__(
        self, application: Application, *, threads: int, largest_body: int, facts: Mapping[str, object] | None = None
    ) -> None:
        self.application, self.largest_body, self.facts = application, largest_body, dict(facts or {})
        # A pool of the standard library takes twice as long to hand over a request.
        self._waiting: SimpleQueue[Job | None] = SimpleQueue()
        self._threads = [Thread(target=self._work, daemon=True, name=f"wsgi-{n}") for n in range(threads)]

    def start(self) -> None:
        """Start the threads: in the process that serves, after any fork."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Let the threads end, each after what it answers now."""
        for _ in self._threads:
            self._waiting.put(None)

    async def __call__(self, scope: Scope, proto: HTTPProtocol) -> None:
        """Answer one request."""
        try:
            body: io.BytesIO | Unread = io.BytesIO(await read_body(scope, proto, self.largest_body))
        except TooLarge:
            body = Unread()
        except Gone:
            proto.response_bytes(400, PLAIN, b"The request body ended too early\n")
            return
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[None] = loop.create_future()
        self._waiting.put((scope, proto, body, loop, answered))
        await answered

    def _work(self) -> None:
        while (job := self._waiting.get()) is not None:
            scope, proto, body, loop, answered = job
            self._answer(scope, proto, body)
            with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits any more
                loop.call_soon_threadsafe(_resolve, answered)
            del job, scope, proto, body, loop, answered  # not held until the next request

    def _answer(self, scope: Scope, proto: HTTPProtocol, body: io.BytesIO | Unread) -> None:
        head = Head()
        try:
            parts = self.application(environ_of(scope, body) | self.facts, head)
            try:
                _send(proto, head, parts)
            finally:
                if close := getattr(parts, "close", None):
                    close()
        except BaseException:  # whatever it is, this thread goes on, and the client is told
            logger.exception("the application failed at %s %s", scope.method, scope.path)
            proto.response_bytes(500, PLAIN, FAILED)  # does nothing where the answer has begun


def _resolve(answered: asyncio.Future[None]) -> None:
    if not answered.done():
        answered.set_result(None)


def _send(proto: HTTPProtocol, head: Head, parts: Iterable[bytes]) -> None:
    """Send an answer: in one piece if it is there as a whole, else part by part."""
    if isinstance(parts, list | tuple):
        return proto.response_bytes(head.status, head.headers, b"".join([*head.written, *parts]))
    if isinstance(parts, FileWrapper) and (path := parts.path) and not head.written:
        return proto.response_file(head.status, head.headers, path)
    stream: Transport | None = None
    for part in (*head.written, *parts) if head.written else parts:
        stream = stream or proto.response_stream(head.status, head.headers)
        _ = stream.send_bytes(part)
    if stream is None:
        proto.response_empty(head.status, head.headers)
    return None


def environ_of(scope: Scope, body: io.BytesIO | Unread) -> Environ:
    """The request as PEP 3333 wants it, with the body's end told by its stream."""
    server, _, port = scope.server.rpartition(":")
    environ: Environ = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "SERVER_NAME": server.strip("[]"),
        "SERVER_PORT": port,
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": body,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.file_wrapper": FileWrapper,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope.headers.items():
        variable = variable_of(name)
        if variable is None:
            continue
        if variable in environ:  # a repeated header is one list; cookies are told apart by another sign
            value = f"{environ[variable]}{'; ' if name == 'cookie' else ','}{value}"
        environ[variable] = value
    if scope.authority is not None and "HTTP_HOST" not in environ:
        environ["HTTP_HOST"] = scope.authority
    return environ


@lru_cache(maxsize=1024)
def variable_of(header: str) -> str | None:
    """The name of a header in the environ; None for one that would pass for another one."""
    if "_" in header:
        return None
    name = header.upper().replace("-", "_")
    return name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"
