"""Whether the file is sound; reads all of it, so only when somebody asks."""

from __future__ import annotations

from itertools import islice

from hubbub.store.connection import Connection

_PROBLEMS = 100  # the first of them say enough


def select_problems(connection: Connection, *, thorough: bool = False) -> list[str]:
    """What SQLite finds wrong with the file and what refers to nothing; empty when all is well.

    A `thorough` look also compares each index with its table, which takes several times as long.

    Source: https://www.sqlite.org/pragma.html#pragma_quick_check, #pragma_integrity_check, #pragma_foreign_key_check
    """
    check = "integrity_check" if thorough else "quick_check"
    found = [text for (text,) in connection.execute(f"PRAGMA {check}({_PROBLEMS})") if text != "ok"]
    for table, row_id, parent, _ in islice(connection.execute("PRAGMA foreign_key_check"), _PROBLEMS):
        found.append(f"row {row_id} in {table} refers to nothing in {parent}")
    return found
