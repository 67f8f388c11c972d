"""A request and its answer without a server: what granian would hand to the application, made by hand."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from server.serving.rsgi import Headers, Transport

CLIENT_STAYS = 3_600


class GivenHeaders(dict[str, str]):
    """Headers as granian gives them, as far as the doors look."""

    def items(self) -> list[tuple[str, str]]:  # type: ignore[override]
        return list(super().items())


@dataclass
class GivenScope:
    """The head of a request."""

    method: str
    path: str
    headers: GivenHeaders
    query_string: str = ""
    http_version: str = "1.1"
    server: str = "127.0.0.1:8000"
    client: str = "127.0.0.1:40000"
    scheme: str = "http"
    authority: str | None = None


@dataclass
class Exchange:
    """The body of a request, and the answer once there is one."""

    body: bytes = b""
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    answered: bytes = b""
    seconds_to_stay: float = CLIENT_STAYS

    async def __call__(self) -> bytes:
        return self.body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self.body), 100_000):
            yield self.body[start : start + 100_000]

    async def client_disconnect(self) -> None:
        await asyncio.sleep(self.seconds_to_stay)

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None:
        self.status, self.headers, self.answered = status, dict(headers), body

    def response_empty(self, status: int, headers: Headers) -> None:
        self.response_bytes(status, headers, b"")

    def response_file(self, status: int, headers: Headers, file: str) -> None:
        raise NotImplementedError

    def response_stream(self, status: int, headers: Headers) -> Transport:
        self.response_bytes(status, headers, b"")
        return self

    async def _sent(self) -> None:
        pass

    def send_bytes(self, data: bytes) -> "asyncio.Future[None]":
        self.answered += data
        return asyncio.get_running_loop().create_future()
