"""Who is at a database is seen, and nobody goes on with another log than before."""

from __future__ import annotations

from contextlib import closing

import psycopg
import pytest

from hubbub.store.errors import LockedError, ReplacedError, UnreachableError
from hubbub.store.limits import StoreLimits
from hubbub.store.postgres import filling
from hubbub.store.postgres.engine import PostgresEngine
from hubbub.store.postgres.filling import alone_in
from hubbub.store.postgres.prepare import prepare


def test_every_connection_keeps_those_out_who_want_to_be_alone(
    engine: PostgresEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for connect in (engine.connect, engine.raw):
        with closing(connect()), monkeypatch.context() as patched:
            patched.setattr(filling, "CLAIM_SECONDS", 0.05)
            with pytest.raises(LockedError, match="Stop the servers on it"), alone_in(engine):
                pass
    with alone_in(engine):
        pass


def test_nobody_comes_in_while_somebody_is_alone(engine: PostgresEngine) -> None:
    hasty = PostgresEngine(engine.address, StoreLimits(busy_seconds=0.05))
    with alone_in(engine), pytest.raises(psycopg.errors.LockNotAvailable) as refused:
        hasty.connect()
    assert isinstance(hasty.error(refused.value), LockedError)
    hasty.connect().close()


def test_a_process_that_was_cut_off_does_not_go_on_with_another_log(engine: PostgresEngine) -> None:
    with closing(engine.raw()) as raw:
        prepare(raw, engine.name)
        (epoch,) = raw.execute("SELECT epoch FROM about").fetchall()[0]
    engine.presence.epoch = epoch
    with closing(engine.connect()) as connection:
        connection.begin_read()
        connection.close()
        connection.begin_read()  # on a new connection, to the same log
        connection.close()
        with closing(psycopg.connect(autocommit=True, **engine.parameters())) as raw:
            raw.execute("UPDATE about SET epoch = 'another1'")
        with pytest.raises(UnreachableError, match="Start the process again") as refused:
            connection.begin_read()
    assert isinstance(refused.value.__cause__, ReplacedError)
