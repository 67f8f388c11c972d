"""SQL that is sent often: PostgreSQL parses and plans it once a connection. Never changes a result.

psycopg2 has no prepared statements. PostgreSQL's own `PREPARE` and `EXECUTE` do the same in plain
SQL, here for text that is marked as ``Repeated``; any other text is sent as ever. What is prepared
belongs to a connection of one's own: behind a pooler that lends connections for one transaction at
a time the two classes are left out of the settings, and repeated text is sent as ever, too.
"""

import re
from collections import OrderedDict
from itertools import count
from typing import Any

from psycopg2 import errors, extensions

MOST_PREPARED = 100
"""For one connection; the statement that was not used for longest makes room."""

_PLACE = re.compile("%[s%]")


class Repeated(str):
    """SQL that stays the same while its values, each a ``%s``, change.

    PostgreSQL has to see the type of each value from where it stands: it is compared with a
    column, written to one, or cast.
    """

    __slots__ = ()


class PreparingConnection(extensions.connection):  # type: ignore[misc]  # the driver is not typed
    """A connection that knows what PostgreSQL has prepared for it: the call, by the SQL."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.calls: OrderedDict[Repeated, str] = OrderedDict()
        self.numbers = count(1)


class PreparingCursor(extensions.cursor):  # type: ignore[misc]
    """A cursor that has repeated SQL prepared when it first meets it."""

    _sent: tuple[Repeated, Any] | None = None

    def execute(self, query: Any, vars: Any = None) -> None:
        """Send the SQL, or a call of what it was prepared as."""
        if not isinstance(query, Repeated):
            self._sent = None
            super().execute(query, vars)
            return
        self._sent = query, vars
        call = self.connection.calls.get(query) or self._prepare(query)
        self.connection.calls.move_to_end(query)
        try:
            super().execute(call, vars)
        except (errors.FeatureNotSupported, errors.InvalidSqlStatementName):
            # A migration has changed the type of a column, or somebody threw away what was prepared:
            # this transaction is lost, and the next one on the connection prepares anew.
            self.connection.calls.clear()
            raise

    @property
    def query(self) -> bytes | None:
        """What was sent last, as if nothing were prepared: for logs and tests."""
        sent: bytes | None = super().query if self._sent is None else self.mogrify(*self._sent)
        return sent

    def _prepare(self, query: Repeated) -> str:
        """What calls the SQL, prepared from now on, also if the transaction is rolled back."""
        connection = self.connection
        if len(connection.calls) >= MOST_PREPARED:
            _, call = connection.calls.popitem(last=False)
            super().execute(f"DEALLOCATE {call.split()[1]}")
        name, values = f"repeated_{next(connection.numbers)}", count(1)
        text = _PLACE.sub(lambda place: "%" if place[0] == "%%" else f"${next(values)}", query)
        super().execute(f"PREPARE {name} AS {text}")
        given = ", ".join(["%s"] * (next(values) - 1))
        call = f"EXECUTE {name} ({given})" if given else f"EXECUTE {name}"
        connection.calls[query] = call
        return call
