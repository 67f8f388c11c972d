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
APPLICATION = "server.web.wsgi:application"
WAITING_CONNECTIONS = 1024


class PortTaken(Exception):
    """Somebody else listens on the port; the message is one line for whoever chose it."""


def listen(port: int) -> socket.socket:
    """Take the port before anything else is started: from now on callers wait instead of being turned away.

    Raises:
        PortTaken: it is not to be had.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(WAITING_CONNECTIONS)
    except OSError as problem:
        listener.close()
        raise PortTaken(f"port {port} cannot be used ({problem.strerror}): choose another one with PORT") from problem
    return listener


class Server(MPServer):
    """granian, serving one application on a listener of ours."""

    def __init__(self, listener: socket.socket, *, workers: int, threads: int, log_level: str) -> None:
        super().__init__(
            APPLICATION,
            address=HOST,
            port=listener.getsockname()[1],
            interface=Interfaces.WSGI,
            workers=workers,
            blocking_threads=threads,
            blocking_threads_idle_timeout=600,  # a thread keeps its connection to the database
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
