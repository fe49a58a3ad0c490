"""SQLite's full-text search, FTS5, as the index of words: https://www.sqlite.org/fts5.html."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hubbub.store.connection import Connection
from hubbub.store.words import Entry, Wanted, spaced


class Fts5:
    """See `connection.SearchIndex`."""

    def find(self, connection: Connection, wanted: Wanted, first: int, before: int, limit: int) -> list[Any]:
        """See `SearchIndex.find`; the rowid of the index is the place, so that both orders are the log's."""
        return connection.execute(
            "SELECT changes.id, changes.room_id, changes.message_id FROM search CROSS JOIN changes"
            " WHERE search MATCH ? AND search.rowid >= ? AND search.rowid < ? AND changes.id = search.rowid"
            " ORDER BY search.rowid DESC LIMIT ?",
            (_expression(wanted), first, before, limit),
        ).fetchall()

    def add(self, connection: Connection, entries: Iterable[Entry]) -> None:
        """See `SearchIndex.add`."""
        for entry in entries:
            connection.execute(
                "INSERT INTO search (rowid, body, room, author) VALUES (?, ?, ?, ?)",
                (entry.place, spaced(entry.body), entry.room_id, entry.author_id),
            )

    def remove(self, connection: Connection, entry: Entry) -> None:
        """See `SearchIndex.remove`; FTS5 keeps no texts, so it must be told what it was given."""
        connection.execute(
            "INSERT INTO search (search, rowid, body, room, author) VALUES ('delete', ?, ?, ?, ?)",
            (entry.place, spaced(entry.body), entry.room_id, entry.author_id),
        )

    def merge(self, connection: Connection, pages: int) -> bool:
        """See `SearchIndex.merge`.

        A negative number of pages begins a merge of all there is, a positive one goes on with it.
        Source: https://www.sqlite.org/fts5.html#the_merge_command
        """
        before = _total_changes(connection)
        connection.execute("INSERT INTO search (search, rank) VALUES ('merge', ?)", (pages,))
        return _total_changes(connection) - before > 1


def _total_changes(connection: Connection) -> int:
    changes: int = connection.execute("SELECT total_changes()").fetchone()[0]
    return changes


def _expression(wanted: Wanted) -> str:
    """FTS5's query: every word in quotes, so that nothing in it is syntax; all of them must be there."""
    parts = [f"body : ({' '.join(_quoted(spaced(piece)) for piece in wanted.pieces)})"]
    if wanted.room_id is not None:
        parts.append(f"room : {_quoted(wanted.room_id)}")
    if wanted.author_id is not None:
        parts.append(f"author : {_quoted(wanted.author_id)}")
    return " AND ".join(parts)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
