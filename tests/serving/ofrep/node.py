"""Runs an OpenFeature client of JavaScript in the pinned Node, a command at a time."""

import contextlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.serving.ofrep.clients.build import wheel_folder

HERE = Path(__file__).parent
SECONDS = 30


class Client:
    """A running client: each call is a command of `client.mjs`, and gives its result."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def __call__(self, command: str, **given: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": command, **given}) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def evaluate(self, value_type: str, key: str, value: Any, **context: Any) -> dict[str, Any]:
        """The details of an evaluation; ``value`` is the application's own default."""
        details: dict[str, Any] = self("evaluate", type=value_type, key=key, value=value, context=context)
        return details


@contextlib.contextmanager
def client(side: str, **options: Any) -> Iterator[Client]:
    """The client for servers or for the web, with the options of its provider."""
    command = [wheel_folder() / "bin" / "node", "--experimental-eventsource", "--disable-warning=UNDICI-ES"]
    process = subprocess.Popen(
        [*command, HERE / "client.mjs", side, json.dumps(options)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Client(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(SECONDS) == 0
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
