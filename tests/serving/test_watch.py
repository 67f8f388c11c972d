"""A connection that gets no answer is ended; one that does is left alone, however old it is."""

import os
import socket
import threading
import time

from server.serving.watch import Watch
from tests.serving.processes import eventually


def ask(connection: socket.socket, watch: Watch) -> bytes:
    """A statement: it waits as the driver does, without a limit."""
    return bytes(watch(lambda *_: connection.recv(1), "SELECT 1", None, False, {}))


def watchers() -> int:
    return sum(thread.name == "follower-watch" for thread in threading.enumerate())


def test_a_statement_without_an_answer_ends_the_connection() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        watch = Watch(ours.fileno(), 0.2)
        started = time.monotonic()

        assert ask(ours, watch) == b""
        assert 0.2 <= time.monotonic() - started < 2
        assert theirs.recv(1) == b""


def test_a_block_without_an_answer_ends_the_connection_whatever_was_answered_within_it() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(5)
        watch = Watch(ours.fileno(), 0.3)
        with watch.during():
            theirs.send(b"1")
            assert ask(ours, watch) == b"1"
            started = time.monotonic()

            assert ours.recv(1) == b""
        assert time.monotonic() - started < 2


def test_answers_in_time_leave_it_alone_and_so_does_silence() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        watch = Watch(ours.fileno(), 0.2)
        for _ in range(4):
            theirs.send(b"1")
            assert ask(ours, watch) == b"1"
            time.sleep(0.15)
        watch.end()


def test_it_ends_with_the_connection_and_touches_no_other_one_with_its_number() -> None:
    before = watchers()
    ours, theirs = socket.socketpair()
    watch, number = Watch(ours.fileno(), 0.1), ours.fileno()
    ours.close()
    other, end = socket.socketpair()
    os.dup2(other.fileno(), number)
    watch._asked_at = time.monotonic() - 60
    eventually(lambda: watchers() <= before, seconds=5)
    end.send(b"1")

    assert os.read(number, 1) == b"1"
    if number != other.fileno():
        os.close(number)
    for each in (theirs, other, end):
        each.close()


def test_who_lets_go_of_a_connection_ends_its_watcher() -> None:
    before = watchers()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        Watch(ours.fileno(), 0.5).end()

        eventually(lambda: watchers() <= before, seconds=0.4)
