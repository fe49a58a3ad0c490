"""How connections are made and set."""

from __future__ import annotations

import psycopg
import pytest

from hubbub.store.engine import Edition
from hubbub.store.errors import CannotOpenError, LockedError, UnreachableError
from hubbub.store.limits import StoreLimits
from hubbub.store.postgres.address import PostgresAddress
from hubbub.store.postgres.connection import PostgresConnection
from hubbub.store.postgres.engine import PostgresEngine
from tests.support.postgres import PostgresServer


def setting(connection: PostgresConnection, name: str) -> object:
    return connection.execute(f"SHOW {name}").fetchone()[0]


def test_a_session_waits_for_nothing_without_end(postgres: PostgresServer) -> None:
    connection = PostgresEngine(postgres.make_database(), StoreLimits(busy_seconds=3)).connect()
    names = ("lock_timeout", "idle_in_transaction_session_timeout", "statement_timeout", "client_encoding")
    assert [setting(connection, name) for name in names] == ["3s", "3s", "30s", "UTF8"]
    connection.close()


@pytest.mark.parametrize(("theirs", "ours"), [("off", "on"), ("remote_apply", "remote_apply"), ("on", "on")])
def test_a_commit_waits_for_the_disk_whatever_the_server_says(
    postgres: PostgresServer, theirs: str, ours: str
) -> None:
    url = postgres.make_database().url + f"%20-csynchronous_commit%3D{theirs}"
    connection = PostgresEngine(PostgresAddress(url)).connect()
    assert setting(connection, "synchronous_commit") == ours
    connection.close()


def test_what_the_address_says_goes_before_our_own(postgres: PostgresServer) -> None:
    engine = PostgresEngine(PostgresAddress(postgres.make_database().url + "&application_name=chat"))
    assert engine.parameters()["application_name"] == "chat"
    assert engine.parameters()["target_session_attrs"] == "read-write"


def test_an_address_that_cannot_be_read_is_told_without_its_password() -> None:
    engine = PostgresEngine(PostgresAddress("postgresql://ada:secret@db.example/chat?colour=blue"))
    with pytest.raises(CannotOpenError, match="colour") as refused:
        engine.parameters()
    assert "secret" not in str(refused.value)


def test_a_server_that_is_not_there_is_told_by_name() -> None:
    engine = PostgresEngine(PostgresAddress("postgresql://ada:secret@127.0.0.1:9/chat"))  # 9: discard, RFC 863
    with pytest.raises(psycopg.OperationalError) as refused:
        engine.connect()
    meaning = engine.error(refused.value)
    assert isinstance(meaning, UnreachableError)
    assert "postgresql://127.0.0.1:9/chat" in str(meaning)
    assert "secret" not in str(meaning)
    assert engine.interrupted(refused.value)


def test_whoever_waits_too_long_to_write_is_told(postgres: PostgresServer) -> None:
    place = postgres.make_database()
    engine = PostgresEngine(place, StoreLimits(busy_seconds=0.05))
    first, second = PostgresEngine(place)._connect_writer(), engine.connect()
    first.execute("SET idle_in_transaction_session_timeout = 0")  # or it would be sent away for standing still
    first.begin_write()
    with pytest.raises(psycopg.errors.LockNotAvailable) as refused:
        second.begin_write()
    assert isinstance(engine.error(refused.value), LockedError)
    for connection in (first, second):
        connection.roll_back()
        connection.close()


async def test_it_has_no_number_of_commits(engine: PostgresEngine) -> None:
    writer = await engine.open_writer()
    edition: Edition = await engine.open_edition(writer)
    assert edition.now() is None
    edition.close()
    await engine.close_writer(writer)
