"""One connection to PostgreSQL, of a thread of its own, that is made anew when the database was away.

It is lent out between transactions only, so a new one takes the place of a broken one at the beginning of the next,
where nothing is lost by it.
"""

from __future__ import annotations

import os
import select
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, ClassVar

import psycopg
from psycopg.pq import ConnStatus, TransactionStatus

from hubbub.store.connection import Cursor
from hubbub.store.errors import OutcomeUnknownError, UnreachableError
from hubbub.store.postgres.outage import Outage
from hubbub.store.postgres.statements import Rows, Statements
from hubbub.store.postgres.text_search import TextSearch

Raw = psycopg.Connection[tuple[Any, ...]]

# Who holds this row is the one who writes; it says the newest change and, in `epoch`, which log this is.
_BEGIN_WRITE = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SELECT head, epoch FROM about FOR UPDATE"
_BEGIN_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


def channel_of(epoch: str) -> str:
    """Where the commits of a log are told of, which may share its database with other logs."""
    return f"hubbub_{epoch}"


class PostgresConnection:
    """See `store.connection.Session`.  `connect` opens a connection, and raises what psycopg raises.

    `server_pid` is the process that the database has for this connection; 0 while there is none.
    """

    search_index: ClassVar[TextSearch] = TextSearch()

    def __init__(self, name: str, connect: Callable[[], Raw], outage: Outage) -> None:
        self._name = name
        self._connect = connect
        self._outage = outage
        self._raw: Raw | None = None
        self._epoch = ""
        self.server_pid = 0
        self._take(connect())

    def execute(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = (), /) -> Cursor:
        """One statement, in the words of `dialect`."""
        return self._live().run(sql, parameters)

    def begin_write(self) -> int:
        """See `Session.begin_write`; waits for the others who write until `lock_timeout`."""
        head: int
        head, self._epoch = self._begin(_BEGIN_WRITE).fetchone()
        return head

    def commit_write(self, head: int, *, changed: bool, announced: bool) -> None:
        """See `Session.commit_write`; whoever listens is told within the transaction, so nobody is told too early.

        Raises:
            OutcomeUnknownError: the connection broke before the answer came.
        """
        statements = []
        if changed:
            statements.append(f"UPDATE about SET head = {head:d}")
        if changed or announced:
            statements.append(f"SELECT pg_notify('{channel_of(self._epoch)}', '{head:d} {announced:d}')")
        live = self._live()
        try:
            live.run_all("; ".join([*statements, "COMMIT"]))
        except psycopg.OperationalError as error:
            if self._raw is not None and not self._raw.closed:
                raise
            raise OutcomeUnknownError(
                f"The database {self._name} went away during a commit, and has perhaps kept it ({error})."
            ) from error

    def prepare(self, steps: Callable[[Raw, str], None]) -> None:
        """Have the database made what the code needs, before the first transaction."""
        assert self._raw is not None  # noqa: S101  nothing has happened yet
        steps(self._raw, self._name)

    def begin_read(self) -> None:
        """See `Session.begin_read`."""
        self._begin(_BEGIN_READ)

    def roll_back(self) -> None:
        """See `Session.roll_back`; a connection on which that fails is given up."""
        raw = self._raw
        if raw is None or raw.pgconn.transaction_status == TransactionStatus.IDLE:
            return
        try:
            self._live().run_all("ROLLBACK")
        except psycopg.Error:
            self.close()

    def close(self) -> None:
        """Give the connection up; the next transaction makes a new one."""
        raw, self._raw, self.server_pid = self._raw, None, 0
        if raw is not None:
            raw.close()

    def break_off(self) -> None:
        """Fail what waits for an answer; called from another thread."""
        raw = self._raw
        with suppress(OSError, psycopg.Error):
            if raw is not None:
                with socket.socket(fileno=os.dup(raw.fileno())) as line:
                    line.shutdown(socket.SHUT_RDWR)

    def _begin(self, statements: str) -> Rows:
        """What came of the last of several statements; on a new connection where the old one is gone."""
        if self._raw is not None and _has_ended(self._raw):
            self.close()
        if self._raw is None:
            self._reconnect()
        return self._live().run_all(statements)

    def _reconnect(self) -> None:
        if self._outage.remaining:
            raise UnreachableError(f"The database {self._name} cannot be reached. It is tried again in a moment.")
        try:
            raw = self._connect()
        except Exception as error:
            self._outage.failed()
            raise UnreachableError(f"The database {self._name} cannot be reached ({error}).") from error
        self._outage.over()
        self._take(raw)

    def _take(self, raw: Raw) -> None:
        self._raw = raw
        self._statements = Statements(raw.pgconn)
        self.server_pid = raw.info.backend_pid

    def _live(self) -> Statements:
        if self._raw is None:
            raise UnreachableError(f"The database {self._name} went away within a transaction.")
        return self._statements


def _has_ended(raw: Raw) -> bool:
    """Whether the other side has closed it meanwhile; looks at what has arrived, and waits for nothing."""
    if raw.closed:
        return True
    poll = select.poll()
    poll.register(raw.fileno(), select.POLLIN)
    try:
        while poll.poll(0):  # first its last words, then the end
            raw.pgconn.consume_input()
    except psycopg.OperationalError:
        return True
    return raw.pgconn.status != ConnStatus.OK
