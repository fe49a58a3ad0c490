"""The statements of the house, which are SQLite's, in PostgreSQL's words: the one place that knows both."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

# {what SQLite says: what PostgreSQL says}; the rest of every statement means the same to both.
_WORDS = {
    "SELECT value FROM json_each(?)": "SELECT value FROM json_array_elements_text(?::json)",
    "SELECT CAST(value AS INTEGER) FROM json_each(?)": "SELECT value::bigint FROM json_array_elements_text(?::json)",
    "group_concat(id)": "string_agg(id::text, ',')",
    # `data` is text, and was checked to be without NUL, which jsonb does not take.
    "json_replace(data, '$.body', '')": """jsonb_set(data::jsonb, '{body}', '""', false)::text""",
    "SELECT seq FROM sqlite_sequence WHERE name = 'changes'": "SELECT head FROM about",
}
# Literals are left alone; `?` and `:name` are parameters, `::` is a cast.
_TOKEN = re.compile(r"'[^']*'|\?|(?<!:):(?P<name>[a-z_]+)")


class Translated(NamedTuple):
    """A statement with `$1`, `$2`, …; `names` are those of its parameters in that order, where they have names."""

    sql: bytes
    names: tuple[str, ...]


@cache
def translated(sql: str) -> Translated:
    """The statement as PostgreSQL takes it; the store has about 120 of them (`many.pieces`)."""
    for theirs, ours in _WORDS.items():
        sql = sql.replace(theirs, ours)
    names: list[str] = []
    nameless = 0

    def parameter(found: re.Match[str]) -> str:
        nonlocal nameless
        name = found["name"]
        if name is not None:
            if name not in names:
                names.append(name)
            return f"${names.index(name) + 1}"
        if found[0] == "?":
            nameless += 1
            return f"${nameless}"
        return found[0]

    return Translated(_TOKEN.sub(parameter, sql).encode(), tuple(names))
