"""Runs the serving app as a process of its own, with an environment that its parent dictates instead of a database.

A line of JSON on standard input changes what there is; the end of the input is the end of the process.
"""

import asyncio
import json
import os
import select
import sys
import threading
import time
from collections.abc import Collection, Mapping
from typing import Any

import django

django.setup()

from granian.constants import Interfaces  # noqa: E402 - the app's modules hold models
from granian.server.embed import Server  # noqa: E402

from server.accounts.keys import digest_of  # noqa: E402
from server.serving.keys import Key  # noqa: E402
from server.serving.process import FlagProcess  # noqa: E402
from server.serving.rate_limit import RateLimit  # noqa: E402
from server.serving.source import Settings  # noqa: E402

ENVIRONMENT = 12


class Dictated:
    """A source that has what the last line said."""

    def __init__(self) -> None:
        self.now: dict[str, Any] = {}
        self._read, self._write = os.pipe()

    def tell(self, line: dict[str, Any]) -> None:
        self.now = self.now | line
        os.write(self._write, b"\0")

    def connect(self) -> None:
        pass

    def close(self) -> None:
        pass

    def wait(self, wake: int, seconds: float) -> None:
        if self._read in select.select([self._read, wake], [], [], seconds)[0]:
            os.read(self._read, 4096)

    def revisions(self, environment_ids: Collection[int]) -> dict[int, int]:
        return dict.fromkeys(environment_ids, self.now["document"]["revision"])

    def keys_state(self) -> object:
        return self.now["keys"]

    def keys(self) -> dict[str, Key]:
        return {digest_of(text): Key(ENVIRONMENT, client) for text, client in self.now["keys"].items()}

    def settings(self, environment_id: int) -> Settings:
        return Settings(frozenset(self.now["origins"]))

    def document(self, environment_id: int, previous: Mapping[str, Any] | None) -> Mapping[str, Any]:
        document: Mapping[str, Any] = self.now["document"]
        return document

    def forget(self, environment_id: int) -> None:
        pass


def obey(source: Dictated, process: FlagProcess) -> None:
    """Do what each line says, and say when it is done: a new document when it is served."""
    store = process.follower.store
    for line in sys.stdin:
        told = json.loads(line)
        source.tell(told)
        if "limit" in told:
            process.serving.limit = RateLimit(*told["limit"]) if told["limit"] else None
        wanted = source.now["document"]["revision"]
        while (served := store.get(ENVIRONMENT)) is not None and served.revision < wanted:
            time.sleep(0.001)
        sys.stdout.write("done\n")
        sys.stdout.flush()
    os._exit(0)


async def serve(port: int) -> None:
    """Serve until the input ends."""
    source = Dictated()
    source.tell(json.loads(sys.stdin.readline()))
    process = FlagProcess(source)
    process.start(asyncio.get_running_loop())
    threading.Thread(target=obey, args=(source, process), daemon=True).start()
    await Server(process.serving, address="127.0.0.1", port=port, interface=Interfaces.RSGI, log_enabled=False).serve()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
