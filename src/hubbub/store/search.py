"""The index of words, a follower of the log like everybody else; what it is made of is the engine's (`SearchIndex`).

A post writes nothing here; `index_changes` takes what was posted since, many at once, which costs a quarter
(docs/decisions/0025-search.md).  Of what is in, an edit and a deletion change the index in their own transaction.
So at any moment, also after a crash: it holds exactly the messages that were posted up to `select_indexed_to` and are
not deleted, with the text that they have.  Knows nothing of who may see what.
"""

from __future__ import annotations

from dataclasses import dataclass

from hubbub.store import limits
from hubbub.store.connection import Connection, Searchable
from hubbub.store.log import select_head
from hubbub.store.words import Entry, Wanted


@dataclass(frozen=True, slots=True)
class Hit:
    """A message that was found; `place` is the id of the change that posted it."""

    place: int
    room_id: str
    message_id: str


def select_hits(connection: Searchable, wanted: Wanted, before: int, limit: int, scan: int) -> tuple[list[Hit], int]:
    """The newest `limit` messages that were posted before the place `before`, newest first, and how far was looked.

    One call looks at `scan` places of the log at the most.  Go on before the second value: nothing more is there when
    it is 0.
    """
    first = max(0, before - scan)
    found = connection.search_index.find(connection, wanted, first, before, limit)
    hits = [Hit(*row) for row in found]
    return hits, hits[-1].place if len(hits) == limit else first


def select_indexed_to(connection: Connection) -> int:
    """The id of the newest change whose message is in the index, if it posted one."""
    indexed_to: int = connection.execute("SELECT indexed_to FROM search_state WHERE one = 1").fetchone()[0]
    return indexed_to


def index_changes(connection: Searchable, count: int = limits.INDEX_CHANGES) -> int:
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
    connection.search_index.add(connection, [Entry(*row) for row in rows])
    connection.execute("UPDATE search_state SET indexed_to = ? WHERE one = 1", (up_to,))
    return up_to


def replace_text(
    connection: Searchable, message_id: str, *, room_id: str, author_id: str, old: str, new: str | None
) -> None:
    """Find the message by its new text from now on; by none when it was deleted, and `new` is None."""
    row = connection.execute(
        "SELECT id FROM changes WHERE message_id = ? AND type = 'message_posted'"
        " AND id <= (SELECT indexed_to FROM search_state WHERE one = 1)",
        (message_id,),
    ).fetchone()
    if row is None:
        return  # `index_changes` will meet the text as it is then
    connection.search_index.remove(connection, Entry(row[0], old, room_id, author_id))
    if new is None:
        connection.execute("UPDATE search_state SET erased = erased + 1 WHERE one = 1")
    else:
        connection.search_index.add(connection, [Entry(row[0], new, room_id, author_id)])


def select_erased(connection: Connection) -> int:
    """How many deleted messages may have left words in the pages of the index, which only marks them."""
    erased: int = connection.execute("SELECT erased FROM search_state WHERE one = 1").fetchone()[0]
    return erased


def merge_pages(connection: Searchable, pages: int) -> bool:
    """Write some pages anew, without the words of what was deleted; whether there is more to do.

    A negative number of pages begins a merge of all there is, a positive one goes on with it.
    """
    return connection.search_index.merge(connection, pages)


def forget_erased(connection: Connection, count: int) -> None:
    """So many deleted messages have left nothing any more."""
    connection.execute("UPDATE search_state SET erased = erased - ? WHERE one = 1", (count,))
