"""What is said of a PostgreSQL database."""

from __future__ import annotations

import psycopg

from hubbub.doctor.finding import Level
from hubbub.doctor.here import examine_here
from hubbub.doctor.postgres import look_at_server
from hubbub.settings import Settings
from hubbub.store.database import Store
from hubbub.store.postgres.address import PostgresAddress
from hubbub.system_clock import SystemClock
from tests.support.postgres import PostgresServer


async def test_the_tests_own_is_said_to_be_careless(postgres: PostgresServer) -> None:
    address = postgres.make_database()
    found = look_at_server(address)
    assert (found.level, "fsync" in found.text) == (Level.WARNING, True)
    with psycopg.connect(address.url) as connection:
        assert connection.execute("SELECT to_regclass('about')").fetchone() == (None,), "nothing is made"


async def test_a_newer_one_is_a_failure(postgres: PostgresServer) -> None:
    address = postgres.make_database()
    store = await Store.open(address, clock=SystemClock())
    await store.close()
    with psycopg.connect(address.url, autocommit=True) as connection:
        connection.execute("UPDATE about SET schema = 1000")
    found = look_at_server(address)
    assert (found.level, "newer version" in found.text) == (Level.FAILURE, True)


def test_one_that_is_not_there_is_a_failure_among_the_others() -> None:
    settings = Settings(database=PostgresAddress("postgresql://ada:secret@127.0.0.1:9/chat"))
    (found,) = [each for each in examine_here(settings, SystemClock().now()) if each.check == "database"]
    assert found.level is Level.FAILURE
    assert "cannot be reached" in found.text
    assert "secret" not in found.text


def test_an_address_that_cannot_be_read_is_a_failure() -> None:
    found = look_at_server(PostgresAddress("postgresql://db.example/chat?colour=blue"))
    assert (found.level, "HUBBUB_DATABASE_URL" in found.text) == (Level.FAILURE, True)
