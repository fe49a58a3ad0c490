"""One lifespan for the hooks outside and the application inside (seeds 1.3).

    hypercorn examples.one_lifespan:app --bind 127.0.0.1:8000

What starts first stops last: the database is open before Quart starts, and closed after Quart has stopped. Under the
library's own ASGIApp this holds only while it is given no hook; with one, Quart's own hooks never run.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from quart import Quart

from hubbub.composite import CompositeApp, Drain, SocketServer

rest = Quart(__name__)


@asynccontextmanager
async def database() -> AsyncIterator[None]:
    rest.config["DATABASE"] = sqlite3.connect(":memory:")
    print("1. the database is open", flush=True)
    yield
    rest.config["DATABASE"].close()
    print("4. the database is closed", flush=True)


@rest.before_serving
async def create_table() -> None:
    rest.config["DATABASE"].execute("CREATE TABLE visits (at TEXT)")
    print("2. Quart has started", flush=True)


@rest.after_serving
async def count_visits() -> None:
    (visits,) = rest.config["DATABASE"].execute("SELECT count(*) FROM visits").fetchone()
    print(f"3. Quart has stopped after {visits} visits", flush=True)


@rest.get("/")
async def visit() -> str:
    rest.config["DATABASE"].execute("INSERT INTO visits VALUES (datetime())")
    return "Welcome\n"


app = CompositeApp(SocketServer(), rest, on_startup=database, drain=Drain())
