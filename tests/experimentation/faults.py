"""Makes one statement of a call fail, in several ways; never touches what the statement is about."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from django.db import connection

Execute = Callable[[str, Any, bool, dict[str, Any]], Any]


class Fault(Exception):
    """What a test makes of a statement: no error that any code of ours knows."""


class FailingStatement:
    """Counts the statements of a call, and makes the one with this number fail."""

    def __init__(self, number: int) -> None:
        self.number, self.seen = number, 0

    def __call__(self, execute: Execute, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        self.seen += 1
        if self.seen == self.number:
            return self.fail(execute, sql, params, many, context)
        return execute(sql, params, many, context)

    @property
    def happened(self) -> bool:
        return self.seen >= self.number

    def inside(self) -> AbstractContextManager[None]:
        return connection.execute_wrapper(self)

    def fail(self, execute: Execute, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        """The database has done it, and then the process fails."""
        execute(sql, params, many, context)
        raise Fault(f"after statement {self.number}")


class LosesTheConnection(FailingStatement):
    """The database ends the connection in the middle of the transaction."""

    def fail(self, execute: Execute, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        return execute("SELECT pg_terminate_backend(pg_backend_pid())", None, False, context)


class FailsAtCommit(FailingStatement):
    """The statement goes well, and a deferred constraint makes the COMMIT fail."""

    def fail(self, execute: Execute, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        orphan = (
            "INSERT INTO features_hold (feature_id, environment_id, forbids, holder_type, holder_id, holder_name)"
            " VALUES (-1, -1, 'FEATURE', 'Fault', 1, 'fault')"
        )
        execute(orphan, None, False, context)
        return execute(sql, params, many, context)
