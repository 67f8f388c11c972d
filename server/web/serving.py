"""Serves the application with granian on a socket that is open already; does not choose what it serves."""

import os
import signal
import socket
from typing import Any

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.net import SocketHolder  # type: ignore[attr-defined]  # its stubs are behind
from granian.server.mp import MPServer

from server.web.logs import logging_settings
from server.web.worker import SECONDS_TO_STOP, load_application

HOST = "127.0.0.1"
APPLICATION = "server.web.rsgi:application"
WAITING_CONNECTIONS = 1024
MOST_CONNECTIONS = 4096
"""Of one worker, event streams among them; who comes then waits."""


class PortTaken(Exception):
    """Somebody else listens on the port; the message is one line for whoever chose it."""


def listen(port: int, host: str = HOST) -> socket.socket:
    """Take the port before anything else is started: from now on callers wait instead of being turned away.

    Raises:
        PortTaken: it is not to be had.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(WAITING_CONNECTIONS)
    except OSError as problem:
        listener.close()
        said = problem.strerror or problem  # a name that nobody knows has no such text
        raise PortTaken(f"port {port} cannot be used ({said}): choose another one with PORT") from problem
    return listener


class Server(MPServer):
    """granian, serving one RSGI application on a listener of ours."""

    def __init__(
        self, listener: socket.socket, *, application: str = APPLICATION, workers: int, log_level: str
    ) -> None:
        address, port = listener.getsockname()[:2]
        super().__init__(
            application,
            address=address,
            port=port,
            interface=Interfaces.RSGI,
            workers=workers,
            backpressure=MOST_CONNECTIONS,
            websockets=False,
            log_dictconfig=logging_settings(log_level),
            log_level=LogLevels[log_level.lower()],
            respawn_failed_workers=True,
            workers_kill_timeout=SECONDS_TO_STOP,
        )
        self.listener = listener
        self.on_startup(self._stop_with_the_terminal)

    def run(self) -> None:
        """Serve until somebody interrupts or terminates us."""
        self.serve(target_loader=load_application)

    def _init_shared_socket(self) -> None:
        holder: Any = SocketHolder  # its stub knows no arguments
        self._shd: Any = holder(self.listener.fileno(), False, WAITING_CONNECTIONS)
        self._sso: Any = self.listener

    def _stop_with_the_terminal(self) -> None:
        signal.signal(signal.SIGHUP, self.signal_handler_interrupt)


def whole_number(name: str, default: int, *, least: int = 1, most: int = 65535) -> int:
    """A number from the environment.

    Raises:
        ValueError: it is none, or out of bounds; the message is one line for whoever set it.
    """
    given = os.environ.get(name) or str(default)
    if not (given.isascii() and given.isdigit() and least <= int(given) <= most):
        raise ValueError(f"{name} is not a whole number from {least} to {most}: {given[:40]!r}")
    return int(given)
