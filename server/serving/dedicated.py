"""The application of a process that serves flags and nothing else; refuses to load without a database to follow."""

from __future__ import annotations

import asyncio
import gc

from server.serving import django_setup  # noqa: F401  (models can be imported only once it has run)

# isort: split

from server.experimentation.snapshots import Snapshots
from server.serving.app import NOT_FOUND, PREFIXES, send
from server.serving.health import UP, readiness
from server.serving.process import FlagProcess, intake, most_streams, rate_limit
from server.serving.rsgi import HTTPProtocol, Scope
from server.serving.source import DatabaseSource


class Dedicated:
    """The doors for flags, and two for probes."""

    def __init__(self, flags: FlagProcess) -> None:
        self.flags = flags

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.flags.start(loop)
        gc.collect()
        gc.freeze()

    async def __rsgi__(self, scope: Scope, proto: HTTPProtocol) -> None:
        if scope.path.startswith(PREFIXES):
            await self.flags.serving(scope, proto)
        elif scope.path == "/healthz":
            send(proto, UP)
        elif scope.path == "/readyz":
            send(proto, readiness(self.flags.follower, self.flags.serving.intake))
        else:
            send(proto, NOT_FOUND)

    def __rsgi_del__(self, _loop: asyncio.AbstractEventLoop) -> None:
        self.flags.stop()


snapshots = Snapshots()
source = DatabaseSource(snapshots.load, snapshots.forget)
application = Dedicated(FlagProcess(source, rate_limit=rate_limit(), most_streams=most_streams(), intake=intake()))
