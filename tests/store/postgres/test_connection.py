"""Transactions of one connection, and what becomes of them when the database goes away."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from hubbub.store.errors import OutcomeUnknownError, UnreachableError
from hubbub.store.log import select_head
from hubbub.store.postgres.connection import PostgresConnection, channel_of
from hubbub.store.postgres.engine import PostgresEngine
from tests.support.postgres import PostgresServer


@pytest.fixture
def other(connection: PostgresConnection, engine: PostgresEngine) -> Iterator[PostgresConnection]:
    other = engine.connect()
    yield other
    other.close()


def test_who_writes_is_alone_and_the_next_sees_all_of_it(
    connection: PostgresConnection, other: PostgresConnection
) -> None:
    assert connection.begin_write() == 0
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(other.begin_write)
        connection.commit_write(3, changed=True, announced=False)
        assert waiting.result() == 3
    other.roll_back()


def test_who_waited_too_long_for_others_writes_when_they_are_done(
    connection: PostgresConnection, other: PostgresConnection
) -> None:
    other.execute("SET lock_timeout = 10")  # milliseconds
    connection.begin_write()
    for _ in range(2):  # the second time as well, so nothing is left of the first
        with pytest.raises(psycopg.errors.LockNotAvailable):
            other.begin_write()
        other.roll_back()
    connection.commit_write(1, changed=True, announced=False)
    assert other.begin_write() == 1
    other.roll_back()


def test_a_read_sees_one_state_and_cannot_write(connection: PostgresConnection, other: PostgresConnection) -> None:
    other.begin_read()
    assert select_head(other) == 0
    connection.begin_write()
    connection.commit_write(1, changed=True, announced=False)
    assert select_head(other) == 0
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        other.execute("DELETE FROM changes")
    other.roll_back()
    other.roll_back()
    assert select_head(other) == 1


@pytest.mark.parametrize(
    ("changed", "announced", "payloads"),
    [(True, False, ["5 0"]), (True, True, ["5 1"]), (False, True, ["5 1"]), (False, False, [])],
)
def test_who_listens_is_told_of_what_concerns_them(
    connection: PostgresConnection, engine: PostgresEngine, changed: bool, announced: bool, payloads: list[str]
) -> None:
    (epoch,) = connection.execute("SELECT epoch FROM about").fetchone()
    with psycopg.connect(**engine.parameters(), autocommit=True) as listening:
        listening.execute(f"LISTEN {channel_of(epoch)}".encode())
        connection.begin_write()
        connection.commit_write(5, changed=changed, announced=announced)
        listening.execute("SELECT 1")  # what was told before is here by then
        assert [notice.payload for notice in listening.notifies(timeout=0)] == payloads
    assert select_head(connection) == (5 if changed else 0)


def test_a_connection_that_was_ended_between_transactions_costs_nothing(
    connection: PostgresConnection, postgres: PostgresServer
) -> None:
    before = connection.server_pid
    postgres.run(f"SELECT pg_terminate_backend({before}, 5000)")
    assert connection.begin_write() == 0
    assert connection.server_pid != before
    connection.commit_write(1, changed=True, announced=False)


def test_one_that_is_ended_within_a_transaction_has_kept_nothing(
    connection: PostgresConnection, postgres: PostgresServer
) -> None:
    connection.begin_write()
    connection.execute("UPDATE about SET head = 9")
    postgres.run(f"SELECT pg_terminate_backend({connection.server_pid}, 5000)")
    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT 1")
    connection.roll_back()
    with pytest.raises(UnreachableError, match="within a transaction"):
        connection.execute("SELECT 1")
    assert connection.begin_write() == 0
    connection.roll_back()


def test_one_that_is_ended_before_the_answer_to_a_commit_says_that_nobody_knows(
    connection: PostgresConnection, postgres: PostgresServer
) -> None:
    connection.begin_write()
    postgres.run(f"SELECT pg_terminate_backend({connection.server_pid}, 5000)")
    with pytest.raises(OutcomeUnknownError):
        connection.commit_write(1, changed=True, announced=False)
    connection.roll_back()
    assert connection.begin_write() == 0
    connection.roll_back()


def test_while_it_cannot_be_reached_it_is_not_tried_by_everybody(engine: PostgresEngine) -> None:
    connection = engine.connect()
    tries: list[int] = []

    def refuse() -> psycopg.Connection[tuple[object, ...]]:
        tries.append(1)
        raise psycopg.OperationalError("refused")

    away = PostgresConnection("x", lambda: psycopg.connect(**engine.parameters(), autocommit=True), engine.outage)
    away._connect = refuse
    away.close()
    for _ in range(5):
        with pytest.raises(UnreachableError):
            away.begin_read()
    assert len(tries) == 1
    connection.close()
