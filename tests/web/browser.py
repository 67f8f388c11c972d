"""A real headless Chromium, spoken to in its own protocol over two pipes. Reaches this machine only.

No driver program, no port and no library: Chromium reads commands from file descriptor 3 and
writes answers and events to 4, as JSON ended by a NUL byte.
"""

import base64
import contextlib
import fcntl
import json
import os
import selectors
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PATIENCE = 60.0
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--disable-breakpad",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-proxy-server",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
    # The network, unplugged: no name and no address resolves but this machine's own.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)

STANDING_STILL = """(async (selector) => {
  const place = () => {
    const element = document.querySelector(selector);
    const box = element?.getBoundingClientRect();
    const [x, y] = box ? [box.x + box.width / 2, box.y + box.height / 2] : [0, 0];
    return element?.contains(document.elementFromPoint(x, y)) ? [x, y] : null;
  };
  const before = place();
  await new Promise((resolve) => setTimeout(resolve, 100));
  const after = place();
  const loaded = document.readyState === "complete";
  return loaded && before && after && before.join() === after.join() ? after : null;
})(%s)"""


class Browser:
    """One page of one Chromium, and all that it was heard to say since it started."""

    def __init__(self, commands: int, answers: int) -> None:
        self.events: list[dict[str, Any]] = []
        self._commands, self._answers = commands, answers
        self._selector = selectors.DefaultSelector()
        self._selector.register(answers, selectors.EVENT_READ)
        self._buffer = b""
        self._last_id = 0
        self._session: str | None = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log", "Audits"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and wait for its answer; events on the way are kept."""
        self._last_id += 1
        command = {"id": self._last_id, "method": method, "params": parameters}
        if self._session:
            command["sessionId"] = self._session
        os.write(self._commands, json.dumps(command).encode() + b"\0")
        deadline = time.monotonic() + PATIENCE
        while True:
            message = self._read(deadline)
            if message.get("id") == self._last_id:
                if "error" in message:
                    raise AssertionError(f"{method}: {message['error']['message']}")
                return dict(message["result"])
            self.events.append(message)

    def _read(self, deadline: float) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            if not self._selector.select(max(0.0, deadline - time.monotonic())):
                raise TimeoutError("Chromium does not answer")
            chunk = os.read(self._answers, 1 << 20)
            if not chunk:
                raise ConnectionError("Chromium has ended")
            self._buffer += chunk
        text, _, self._buffer = self._buffer.partition(b"\0")
        return dict(json.loads(text))

    def open(self, url: str) -> None:
        """Go to an address."""
        result = self.call("Page.navigate", url=url)
        assert "errorText" not in result, result

    def evaluate(self, expression: str) -> Any:
        """The value of an expression in the page; a promise is waited for."""
        result = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise AssertionError(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def wait_for(self, expression: str) -> Any:
        """The expression's value once there is one that is true; the page may load anew meanwhile."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with contextlib.suppress(AssertionError):
                if value := self.evaluate(expression):
                    return value
            time.sleep(0.05)
        shown = self.evaluate("document.body.innerText")
        raise TimeoutError(f"never true: {expression}\nThe page reads: {shown}")

    def click(self, selector: str) -> None:
        """Press the mouse button on an element, as a person does: once it stands still, with nothing on it."""
        x, y = self.wait_for(STANDING_STILL % json.dumps(selector))
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def type(self, selector: str, text: str) -> None:
        """Type into a field, and see that it arrived there."""
        self.click(selector)
        self.call("Input.insertText", text=text)
        self.wait_for(f"document.querySelector({json.dumps(selector)}).value === {json.dumps(text)}")

    def resize(self, width: int, height: int) -> None:
        """Give the page a size, in CSS pixels."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", **metrics)

    def screenshot(self, file: Path) -> None:
        """Write what the page looks like as a PNG."""
        file.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def requested_urls(self) -> list[str]:
        """Every address that the page asked for."""
        requests = (event for event in self.events if event["method"] == "Network.requestWillBeSent")
        return [request["params"]["request"]["url"] for request in requests]

    def complaints(self) -> list[dict[str, Any]]:
        """What went wrong in the page: errors, exceptions, violations of the security policy."""
        return [event["params"] for event in self.events if _is_complaint(event)]


def _is_complaint(event: dict[str, Any]) -> bool:
    match event["method"]:
        case "Runtime.exceptionThrown":
            return True
        case "Log.entryAdded":
            return bool(event["params"]["entry"]["level"] == "error")
        case "Runtime.consoleAPICalled":
            return bool(event["params"]["type"] == "error")
        case "Audits.issueAdded":
            return bool(event["params"]["issue"]["code"] == "ContentSecurityPolicyIssue")
    return False


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Run Chromium with an empty profile while the block runs."""
    assert PROGRAM is not None
    with tempfile.TemporaryDirectory(prefix="fairsplit-chromium-", ignore_cleanup_errors=True) as profile:
        from_us, commands = _pipe()
        answers, to_us = _pipe()
        nowhere = os.open(os.devnull, os.O_RDWR)
        process = os.posix_spawn(
            PROGRAM,
            [PROGRAM, *FLAGS, f"--user-data-dir={profile}"],
            os.environ | {"HOME": profile},
            file_actions=[
                (os.POSIX_SPAWN_DUP2, nowhere, 1),
                (os.POSIX_SPAWN_DUP2, nowhere, 2),
                (os.POSIX_SPAWN_DUP2, from_us, 3),
                (os.POSIX_SPAWN_DUP2, to_us, 4),
            ],
            setsid=True,
        )
        for descriptor in (from_us, to_us, nowhere):
            os.close(descriptor)
        try:
            yield Browser(commands, answers)
        finally:
            with contextlib.suppress(OSError):
                os.write(commands, b'{"id":0,"method":"Browser.close"}\0')
            _end(process)
            os.close(commands)
            os.close(answers)


def _end(process: int) -> None:
    """Let Chromium end its own processes; end them all if it does not."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if os.waitpid(process, os.WNOHANG) != (0, 0):
            return
        time.sleep(0.02)
    os.killpg(process, signal.SIGKILL)
    os.waitpid(process, 0)


def _pipe() -> tuple[int, int]:
    """A pipe whose ends are clear of the numbers that Chromium expects."""
    low = os.pipe()
    ends = tuple(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in low)
    for end in low:
        os.close(end)
    return ends[0], ends[1]
