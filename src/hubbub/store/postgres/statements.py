"""Runs statements on a connection of libpq, each prepared once: texts and integers in, texts and integers out.

Not by psycopg's cursors: they choose among all types of PostgreSQL and of Python at each call, which costs five times
what a statement of ours costs without (docs/decisions/0027-postgresql.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import psycopg
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus
from psycopg.pq.abc import PGconn, PGresult

from hubbub.store.postgres.dialect import translated
from hubbub.store.postgres.limits import CACHED_STATEMENTS

_DONE = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)
# https://www.postgresql.org/docs/current/catalog-pg-type.html
_INTEGERS = frozenset({20, 21, 23})  # bigint, smallint, integer


class Rows:
    """What came of a statement; see `store.connection.Cursor`."""

    def __init__(self, result: PGresult) -> None:
        self.rowcount = result.command_tuples or 0
        loads: list[Callable[[bytes], Any]] = [
            _integer if result.ftype(column) in _INTEGERS else _text for column in range(result.nfields)
        ]
        self._rows = iter([_row(result, number, loads) for number in range(result.ntuples)])

    def fetchone(self) -> Any:
        """The next row; None behind the last."""
        return next(self._rows, None)

    def fetchall(self) -> list[Any]:
        """The rows that are left."""
        return list(self._rows)

    def __iter__(self) -> Iterator[Any]:
        return self._rows


class Statements:
    """The statements of one connection."""

    def __init__(self, connection: PGconn) -> None:
        self._connection = connection
        self._prepared: dict[str, bytes] = {}  # {statement of the house: its name at the server}

    def run(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any]) -> Rows:
        """One statement, in the words of `dialect`.

        Raises:
            psycopg.Error: PostgreSQL refuses it, or the connection has broken.
            TypeError: a parameter is no text and no integer.
            ValueError: a text holds NUL, or cannot be written in UTF-8.
        """
        statement = translated(sql)
        if isinstance(parameters, Mapping):
            parameters = [parameters[name] for name in statement.names]
        values: list[Any] = [_encoded(value) for value in parameters]  # psycopg's types forget NULL
        name = self._prepared.get(sql)
        if name is None:
            if len(self._prepared) >= CACHED_STATEMENTS:
                return Rows(self._checked(self._connection.exec_params(statement.sql, values)))
            name = b"s%d" % len(self._prepared)
            self._checked(self._connection.prepare(name, statement.sql))
            self._prepared[sql] = name
        return Rows(self._checked(self._connection.exec_prepared(name, values)))

    def run_all(self, sql: str) -> Rows:
        """Several statements at once, without parameters; what came of the last.

        Raises:
            psycopg.Error: as `run`.
        """
        return Rows(self._checked(self._connection.exec_(sql.encode())))

    def _checked(self, result: PGresult) -> PGresult:
        if result.status in _DONE:
            return result
        if result.error_field(DiagnosticField.SQLSTATE) is None and self._connection.status != ConnStatus.OK:
            raise psycopg.OperationalError(self._connection.get_error_message())
        raise error_from_result(result)


def _encoded(value: object) -> bytes | None:
    if isinstance(value, str):
        if "\x00" in value:  # libpq would end the text there
            raise ValueError("PostgreSQL has no text with the NUL character")
        return value.encode()
    if isinstance(value, int):
        return b"%d" % value
    if value is None:
        return None
    raise TypeError(f"a parameter is a text or an integer, and not {type(value).__name__}")


def _row(result: PGresult, number: int, loads: list[Callable[[bytes], Any]]) -> tuple[Any, ...]:
    values = [result.get_value(number, column) for column in range(len(loads))]
    return tuple(None if value is None else load(value) for load, value in zip(loads, values, strict=True))


def _integer(value: bytes) -> int:
    return int(value)


def _text(value: bytes) -> str:
    return value.decode()
