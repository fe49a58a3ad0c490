"""The check of a PostgreSQL database: whether a server could be started on it; nothing is made or changed."""

from __future__ import annotations

from hubbub.doctor.finding import Finding, failure, ok, warning
from hubbub.store.migrate import migrations
from hubbub.store.postgres.address import PostgresAddress

DATABASE = "database"


def look_at_server(address: PostgresAddress) -> Finding:
    """Whether it lets us in, whether this version can read it, and whether a power cut takes nothing."""
    try:
        import psycopg

        from hubbub.store.errors import StoreError
        from hubbub.store.postgres.engine import PostgresEngine
        from hubbub.store.postgres.prepare import schema_version
    except ImportError as error:
        return failure(DATABASE, f"psycopg cannot be loaded ({error}). Install hubbub[postgres].")
    engine = PostgresEngine(address)
    try:
        with psycopg.connect(autocommit=True, **engine.parameters()) as raw:
            schema = schema_version(raw)
            row = raw.execute("SHOW fsync").fetchone()
    except (StoreError, psycopg.Error) as error:
        return failure(DATABASE, str(engine.error(error) or error))
    if schema > migrations()[-1][0]:
        return failure(
            DATABASE, f"{address} was written by a newer version. Run that one, or restore an older backup."
        )
    if row != ("on",):
        return warning(DATABASE, f"{address} has fsync off: a power cut may damage it. Turn it on.")
    return ok(DATABASE, f"{address} answers" if schema else f"{address} answers, and has no tables yet")
