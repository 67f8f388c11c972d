"""Every door on one port: flags are answered here, and everything else goes to Django, on threads.

Refuses to load without what Django cannot run without.
"""

from __future__ import annotations

import asyncio
import gc

from django.conf import settings

from server.web.wsgi import application as django_application

# Models can be imported only now: the line above has set Django up.
# isort: split

from server.experimentation.snapshots import Snapshots
from server.serving.app import PREFIXES
from server.serving.process import FlagProcess, intake, most_streams, rate_limit
from server.serving.rsgi import HTTPProtocol, Scope
from server.serving.source import DatabaseSource
from server.web.bridge import Bridge
from server.web.health import SERVING_STATE
from server.web.serving import whole_number


class Combined:
    """The flags' doors in front, Django behind them."""

    def __init__(self, flags: FlagProcess, bridge: Bridge) -> None:
        self.flags, self.bridge = flags, bridge

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.bridge.start()
        self.flags.start(loop)
        gc.collect()
        gc.freeze()

    async def __rsgi__(self, scope: Scope, proto: HTTPProtocol) -> None:
        if scope.path.startswith(PREFIXES):
            await self.flags.serving(scope, proto)
        else:
            await self.bridge(scope, proto)

    def __rsgi_del__(self, _loop: asyncio.AbstractEventLoop) -> None:
        self.flags.stop()
        self.bridge.close()


def combined() -> Combined:
    """The application of this process, with the settings of its environment."""
    snapshots = Snapshots()
    source = DatabaseSource(snapshots.load, snapshots.forget)
    flags = FlagProcess(source, rate_limit=rate_limit(), most_streams=most_streams(), intake=intake())
    bridge = Bridge(
        django_application,
        threads=whole_number("WEB_THREADS", 4, most=256),
        largest_body=settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
        facts={SERVING_STATE: flags.state},
    )
    return Combined(flags, bridge)


application = combined()
