"""What the SQL of this package needs of a connection, whichever engine is behind it.

The statements are SQLite's, with `?` and `:name` for parameters; an engine that speaks otherwise translates them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from hubbub.store.words import Entry, Wanted

T = TypeVar("T")


class Cursor(Protocol):
    """What came of one statement."""

    @property
    def rowcount(self) -> int:
        """How many rows a statement has changed."""

    def fetchone(self) -> Any:
        """The next row as a tuple; None behind the last."""

    def fetchall(self) -> list[Any]:
        """The rows that are left."""

    def __iter__(self) -> Iterator[Any]:
        """The rows that are left, one at a time."""


class Connection(Protocol):
    """For the functions that hold SQL, inside `Store.write` and `Store.read`."""

    def execute(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = (), /) -> Cursor:
        """Run one statement."""


class SearchIndex(Protocol):
    """The index of words, which each engine has in its own way; for `search`, which says when it changes."""

    def find(self, connection: Connection, wanted: Wanted, first: int, before: int, limit: int) -> list[Any]:
        """(place, room id, message id) of the newest with `first` <= place < `before`, newest first."""

    def add(self, connection: Connection, entries: Iterable[Entry]) -> None:
        """Take messages in."""

    def remove(self, connection: Connection, entry: Entry) -> None:
        """Take it out, as it was when it came in."""

    def merge(self, connection: Connection, pages: int) -> bool:
        """Drop what is left of the words of messages that were taken out; whether there is more to do."""


class Searchable(Connection, Protocol):
    """For the functions that hold SQL, where the index of words is read or changed."""

    @property
    def search_index(self) -> SearchIndex:
        """That of the engine."""


class Session(Searchable, Protocol):
    """For the store itself: a connection knows how its transactions begin and end.

    A beginning that fails may have begun all the same, as when it is the lock that is not to be had: roll it back.
    """

    def begin_write(self) -> int:
        """Begin, as the only one of all processes who writes until the end; the id of the newest change."""

    def commit_write(self, head: int, *, changed: bool, announced: bool) -> None:
        """Make it durable.

        `head` is the id of the newest change now; `changed` says that it was moved, and `announced` that other
        processes should look for what is not in the log.
        """

    def begin_read(self) -> None:
        """Begin; every statement sees the same state until the end."""

    def roll_back(self) -> None:
        """Undo what is not committed; without a transaction there is nothing to undo."""


class Thread(Protocol):
    """A thread with a connection of its own."""

    async def run(self, function: Callable[[Session], T]) -> T:
        """Run a function there, behind those that came before; a cancelled caller does not stop it.

        Raises:
            Exception: what `function` raises.
        """

    async def interrupt(self) -> None:
        """Make what runs there fail soon."""

    async def close(self) -> None:
        """Close the connection behind what waits, and end the thread."""
