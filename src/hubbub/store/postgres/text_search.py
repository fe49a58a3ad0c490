"""PostgreSQL's text search as the index of words: https://www.postgresql.org/docs/current/textsearch.html.

The words are cut here, as SQLite's FTS5 cuts them, and by none of PostgreSQL's parsers and dictionaries: those take an
address or a file name for one word, and depend on what is installed there.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from hubbub.store.connection import Connection
from hubbub.store.words import Entry, Wanted, spaced

# https://www.postgresql.org/docs/current/textsearch-limitations.html
WORD_CHARS = 500  # of a longer word the rest is left out: PostgreSQL takes 2,046 bytes, and nobody can ask for as much
WORD_PLACES = 256  # of one word in one message; PostgreSQL keeps no more

# Places that are read one by one, which finds a common word at once, in 4 ms; a longer stretch goes by the index of
# words, which reads all that it has of each.
NEAR = 16_384

_ACCENTS = re.compile("([a-z])[\u0300-\u036f]+")  # of Latin letters, taken apart


class TextSearch:
    """See `connection.SearchIndex`."""

    def find(self, connection: Connection, wanted: Wanted, first: int, before: int, limit: int) -> list[Any]:
        """See `SearchIndex.find`."""
        query = _query(wanted)
        if query is None:
            return []
        # The sum is no column of an index: the planner, which does not see the words, would go by the wrong one.
        place = "search.place" if before - first <= NEAR else "(search.place + 0)"
        return connection.execute(
            "SELECT changes.id, changes.room_id, changes.message_id FROM search CROSS JOIN changes"
            f" WHERE search.words @@ ?::tsquery AND {place} >= ? AND {place} < ?"
            f" AND changes.id = search.place ORDER BY {place} DESC LIMIT ?",
            (query, first, before, limit),
        ).fetchall()

    def add(self, connection: Connection, entries: Iterable[Entry]) -> None:
        """See `SearchIndex.add`."""
        connection.execute(
            "INSERT INTO search (place, words)"
            " SELECT (entry->>0)::bigint, (entry->>1)::tsvector FROM json_array_elements(?::json) AS entry",
            (json.dumps([(entry.place, _vector(entry)) for entry in entries]),),
        )

    def remove(self, connection: Connection, entry: Entry) -> None:
        """See `SearchIndex.remove`."""
        connection.execute("DELETE FROM search WHERE place = ?", (entry.place,))

    def merge(self, connection: Connection, pages: int) -> bool:
        """Nothing is left to do: autovacuum takes the row away, as it does that of the message."""
        return False


def words_of(text: str) -> list[str]:
    """The words in their order: letters, numbers, private use and emoji; case and the accents of Latin aside."""
    plain = spaced(text).casefold()
    if not plain.isascii():
        plain = unicodedata.normalize("NFC", _ACCENTS.sub(r"\1", unicodedata.normalize("NFD", plain)))
    return "".join(character if _is_in_words(character) else " " for character in plain).split()


@lru_cache(maxsize=4_096)
def _is_in_words(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] in "LN" or category in ("Co", "So")


def _vector(entry: Entry) -> str:
    """Each word with its places in the message; room and author are words as well, of a form that no word has."""
    places: dict[str, list[str]] = {}
    for place, word in enumerate(words_of(entry.body), start=1):
        places.setdefault(word[:WORD_CHARS], []).append(str(place))
    words = [f"{_quoted(word)}:{','.join(found[:WORD_PLACES])}" for word, found in places.items()]
    return " ".join([*words, _quoted(f"room:{entry.room_id}"), _quoted(f"author:{entry.author_id}")])


def _query(wanted: Wanted) -> str | None:
    """Every piece a phrase; all of them must be there.  None when there is no word in it."""
    phrases = list(_phrases(wanted))
    if not phrases:
        return None
    if wanted.room_id is not None:
        phrases.append(_quoted(f"room:{wanted.room_id}"))
    if wanted.author_id is not None:
        phrases.append(_quoted(f"author:{wanted.author_id}"))
    return " & ".join(phrases)


def _phrases(wanted: Wanted) -> Iterator[str]:
    for piece in wanted.pieces:
        words = words_of(piece)
        if words:
            yield f"({' <-> '.join(map(_quoted, words))})"


def _quoted(text: str) -> str:
    doubled = text.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"
