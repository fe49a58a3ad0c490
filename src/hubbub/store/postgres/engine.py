"""PostgreSQL as the engine: how connections are made and set, and who may write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from hubbub.store.connection import Session, Thread
from hubbub.store.errors import CannotOpenError, StoreError, UnreachableError
from hubbub.store.limits import StoreLimits
from hubbub.store.postgres import limits
from hubbub.store.postgres.address import PostgresAddress
from hubbub.store.postgres.connection import PostgresConnection, Raw
from hubbub.store.postgres.errors import postgres_error
from hubbub.store.postgres.listening import Listening
from hubbub.store.postgres.outage import Outage
from hubbub.store.postgres.prepare import prepare
from hubbub.store.postgres.presence import Presence
from hubbub.store.postgres.thread import PostgresThread

# What an address may say otherwise.
# https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
_DEFAULTS = {
    "application_name": "hubbub",
    "connect_timeout": str(limits.CONNECT_SECONDS),
    "keepalives_idle": str(limits.KEEPALIVE_IDLE),
    "keepalives_interval": str(limits.KEEPALIVE_INTERVAL),
    "keepalives_count": str(limits.KEEPALIVE_COUNT),
    "tcp_user_timeout": str(1000 * limits.SILENT_SECONDS),
    "target_session_attrs": "read-write",  # of several hosts the primary
}


class NoEdition:
    """PostgreSQL has no number of commits that can be read without waiting: known answers are switched off."""

    def now(self) -> None:
        """It cannot be told."""

    def close(self) -> None:
        """Nothing is open."""


@dataclass(frozen=True)
class PostgresEngine:
    """See `store.engine.Engine`."""

    address: PostgresAddress
    bounds: StoreLimits = field(default_factory=StoreLimits)
    outage: Outage = field(default_factory=Outage)
    writers: list[PostgresConnection] = field(default_factory=list)  # of this process: what they tell is known here
    presence: Presence = field(default_factory=Presence)

    @property
    def name(self) -> str:
        """The address without user and password."""
        return self.address.name

    async def open_writer(self) -> PostgresThread:
        """The connection that writes, in the schema of this code."""
        thread = await PostgresThread.open(self._connect_writer)
        self.writers.append(thread.connection)
        return thread

    async def open_reader(self) -> PostgresThread:
        """A connection whose transactions only read."""
        return await PostgresThread.open(self.connect)

    async def open_edition(self, writer: Thread) -> NoEdition:
        """See docs/decisions/0027-postgresql.md."""
        return NoEdition()

    def settle(self, connection: Session) -> None:
        """The server has a process of its own for that."""

    async def close_writer(self, writer: Thread) -> None:
        """Nothing is to be done before."""
        await writer.close()

    def error(self, error: BaseException) -> StoreError | None:
        """By SQLSTATE."""
        return postgres_error(error, self.name)

    def interrupted(self, error: BaseException) -> bool:
        """A connection that was broken off is one that has gone away."""
        return isinstance(self.error(error), UnreachableError)

    def listen(self, epoch: str, heard: Callable[[int, bool], None]) -> Listening:
        """By LISTEN, and by looking now and then.  From here on each connection must lead to that log."""
        self.presence.epoch = epoch
        return Listening(self.parameters(), self.name, epoch, heard, self.outage, self._is_ours)

    def parameters(self) -> dict[str, Any]:
        """What a connection is made with.

        Raises:
            CannotOpenError: the address is not one.
        """
        try:
            given = conninfo_to_dict(self.address.url)
        except psycopg.Error as error:
            raise CannotOpenError(
                f"HUBBUB_DATABASE_URL cannot be read: {str(error).strip()}. It takes "
                "postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with special characters of each percent-encoded."
            ) from None
        return {**_DEFAULTS, **given, "client_encoding": "utf8"}

    def _is_ours(self, server_pid: int) -> bool:
        return any(writer.server_pid == server_pid for writer in self.writers)

    def connect(self) -> PostgresConnection:
        """A connection, made in this thread.

        Raises:
            StoreError, psycopg.Error: it cannot be made.
        """
        parameters = self.parameters()
        return PostgresConnection(self.name, lambda: self._connect(parameters), self.outage)

    def raw(self) -> Raw:
        """The same for whoever speaks to the database by psycopg.

        Raises:
            StoreError, psycopg.Error: it cannot be made.
        """
        return self._connect(self.parameters())

    def _connect_writer(self) -> PostgresConnection:
        connection = self.connect()
        try:
            connection.prepare(prepare)
        except BaseException:
            connection.close()
            raise
        return connection

    def _connect(self, parameters: dict[str, Any]) -> Raw:
        raw = psycopg.connect(autocommit=True, **parameters)
        try:
            raw.execute(self._session().encode())
            self.presence.enter(raw, self.name)
        except BaseException:
            raw.close()
            raise
        return raw

    def _session(self) -> str:
        busy = round(1000 * self.bounds.busy_seconds)
        return (
            f"SET lock_timeout = {busy};"
            # A process that was stopped with the lock in its hands must not hold up the others for good.
            f" SET idle_in_transaction_session_timeout = {busy};"
            f" SET statement_timeout = {1000 * limits.STATEMENT_SECONDS};"
            " SET client_connection_check_interval = 1000;"  # ms; ends a long statement whose client has gone
            " SET client_min_messages = warning;"
            " SET jit = off;"  # it pays for queries of another size
            # Whoever set it higher meant it; below this a power cut may undo what was acknowledged.
            " SELECT set_config('synchronous_commit', 'on', false)"
            " WHERE current_setting('synchronous_commit') = 'off'"
        )
