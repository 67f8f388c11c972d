"""Loads the application in a worker of `server.web.run`; a worker never outlives what started it."""

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from importlib import import_module
from multiprocessing.connection import wait
from typing import Any

SECONDS_TO_STOP = 5


def load_application(target: str) -> Any:
    """The application that ``target`` (``module:name``) names.

    The worker leaves the terminal's group of processes: Ctrl-C reaches the process that
    started it, which then ends its workers one way, always the same.
    """
    with contextlib.suppress(OSError):
        os.setpgid(0, 0)
    threading.Thread(target=_end_with_parent, daemon=True, name="parent-watch").start()
    module, _, name = target.partition(":")
    return getattr(import_module(module), name)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    wait([parent.sentinel])
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(SECONDS_TO_STOP)
    os._exit(1)
