"""The index of words: SQLite's FTS5 (https://www.sqlite.org/fts5.html), a follower of the log like everybody else.

A post writes nothing here; `index_changes` takes what was posted since, many at once, which costs a quarter
(docs/decisions/0025-search.md).  Of what is in, an edit and a deletion change the index in their own transaction.
So at any moment, also after a crash: it holds exactly the messages that were posted up to `select_indexed_to` and are
not deleted, with the text that they have.  Knows nothing of who may see what.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from hubbub.store import limits
from hubbub.store.connection import Connection
from hubbub.store.log import select_head

# Scripts that put no space between words, and emoji: each character is a word, and a word of several is a phrase.
# Thai and Lao, Myanmar, Khmer; symbols; kana and ideographs; Hangul, whose words grow at their ends.
_SINGLE = re.compile(
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2190-\u2bff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f"
    "\U0001f000-\U0001faff\U00020000-\U0003ffff])"
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: messages with all the words of `text`, of one room or one author where these are given."""

    text: str
    room_id: str | None = None
    author_id: str | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A message that was found; `place` is the id of the change that posted it."""

    place: int
    room_id: str
    message_id: str


def select_hits(connection: Connection, wanted: Wanted, before: int, limit: int, scan: int) -> tuple[list[Hit], int]:
    """The newest `limit` messages that were posted before the place `before`, newest first, and how far was looked.

    One call looks at `scan` places of the log at the most.  Go on before the second value: nothing more is there when
    it is 0.
    """
    first = max(0, before - scan)
    rows = connection.execute(
        "SELECT changes.id, changes.room_id, changes.message_id FROM search CROSS JOIN changes"
        " WHERE search MATCH ? AND search.rowid >= ? AND search.rowid < ? AND changes.id = search.rowid"
        " ORDER BY search.rowid DESC LIMIT ?",
        (_expression(wanted), first, before, limit),
    )
    hits = [Hit(*row) for row in rows]
    return hits, hits[-1].place if len(hits) == limit else first


def select_indexed_to(connection: Connection) -> int:
    """The id of the newest change whose message is in the index, if it posted one."""
    indexed_to: int = connection.execute("SELECT indexed_to FROM search_state WHERE one = 1").fetchone()[0]
    return indexed_to


def index_changes(connection: Connection, count: int = limits.INDEX_CHANGES) -> int:
    """Take in what the next `count` changes posted; the place up to which the index goes then."""
    after = select_indexed_to(connection)
    up_to = min(select_head(connection), after + count)
    rows = connection.execute(
        "SELECT changes.id, messages.body, messages.room_id, messages.author_id"
        " FROM changes CROSS JOIN messages WHERE messages.id = changes.message_id"
        " AND changes.id > ? AND changes.id <= ? AND changes.type = 'message_posted'"
        " AND messages.deleted_at IS NULL ORDER BY changes.id",
        (after, up_to),
    ).fetchall()
    for place, body, room_id, author_id in rows:
        connection.execute(
            "INSERT INTO search (rowid, body, room, author) VALUES (?, ?, ?, ?)",
            (place, _spaced(body), room_id, author_id),
        )
    connection.execute("UPDATE search_state SET indexed_to = ? WHERE one = 1", (up_to,))
    return up_to


def replace_text(
    connection: Connection, message_id: str, *, room_id: str, author_id: str, old: str, new: str | None
) -> None:
    """Find the message by its new text from now on; by none when it was deleted, and `new` is None."""
    row = connection.execute(
        "SELECT id FROM changes WHERE message_id = ? AND type = 'message_posted'"
        " AND id <= (SELECT indexed_to FROM search_state WHERE one = 1)",
        (message_id,),
    ).fetchone()
    if row is None:
        return  # `index_changes` will meet the text as it is then
    # FTS5 keeps no texts, so it must be told what it was given.
    connection.execute(
        "INSERT INTO search (search, rowid, body, room, author) VALUES ('delete', ?, ?, ?, ?)",
        (row[0], _spaced(old), room_id, author_id),
    )
    if new is None:
        connection.execute("UPDATE search_state SET erased = erased + 1 WHERE one = 1")
    else:
        connection.execute(
            "INSERT INTO search (rowid, body, room, author) VALUES (?, ?, ?, ?)",
            (row[0], _spaced(new), room_id, author_id),
        )


def select_erased(connection: Connection) -> int:
    """How many deleted messages may have left words in the pages of the index: FTS5 only marks them."""
    erased: int = connection.execute("SELECT erased FROM search_state WHERE one = 1").fetchone()[0]
    return erased


def merge_pages(connection: Connection, pages: int) -> bool:
    """Write some pages anew, without the words of what was deleted; whether there is more to do.

    A negative number of pages begins a merge of all there is, a positive one goes on with it.
    Source: https://www.sqlite.org/fts5.html#the_merge_command
    """
    before = _total_changes(connection)
    connection.execute("INSERT INTO search (search, rank) VALUES ('merge', ?)", (pages,))
    return _total_changes(connection) - before > 1


def forget_erased(connection: Connection, count: int) -> None:
    """So many deleted messages have left nothing any more."""
    connection.execute("UPDATE search_state SET erased = erased - ? WHERE one = 1", (count,))


def _total_changes(connection: Connection) -> int:
    changes: int = connection.execute("SELECT total_changes()").fetchone()[0]
    return changes


def _expression(wanted: Wanted) -> str:
    """FTS5's query: every word in quotes, so that nothing in it is syntax; all of them must be there."""
    words = dict.fromkeys(wanted.text.split())
    parts = [f"body : ({' '.join(_quoted(_spaced(word)) for word in words)})"]
    if wanted.room_id is not None:
        parts.append(f"room : {_quoted(wanted.room_id)}")
    if wanted.author_id is not None:
        parts.append(f"author : {_quoted(wanted.author_id)}")
    return " AND ".join(parts)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _spaced(text: str) -> str:
    """The text as the index gets it.  To change this is to fill the index anew: what it was given must be known."""
    return text if text.isascii() else _SINGLE.sub(r" \1 ", text)
