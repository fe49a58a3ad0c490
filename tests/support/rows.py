"""All that a database holds, as text to look for something in."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path


def rows_in(database: Path) -> str:
    """Every row of every table, those of the index of words too; `iterdump` cannot read a table that FTS5 makes up."""
    with closing(sqlite3.connect(database)) as connection:
        tables = connection.execute("SELECT name FROM pragma_table_list WHERE type IN ('table', 'shadow')")
        names = [name for (name,) in tables]
        assert "messages" in names
        return "\n".join(repr(row) for name in names for row in connection.execute(f"SELECT * FROM {name}"))
