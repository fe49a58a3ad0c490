"""What a database engine is to the store: how its connections are opened, and what its errors mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from hubbub.store.connection import Session, Thread
from hubbub.store.errors import StoreError


class Edition(Protocol):
    """Whether anything was committed, as one number."""

    def now(self) -> int | None:
        """A number that stays as long as nobody commits; None when it cannot be told just now."""

    def close(self) -> None:
        """There is no number from here on."""


class Engine(Protocol):
    """One database of one engine; `name` is what texts for people call it."""

    @property
    def name(self) -> str:
        """Without any password."""

    async def open_writer(self) -> Thread:
        """The thread that writes; makes the database what this code needs.

        Raises:
            Exception: `error` says what it means.
        """

    async def open_reader(self) -> Thread:
        """A thread that cannot write.

        Raises:
            Exception: `error` says what it means.
        """

    async def open_edition(self, writer: Thread) -> Edition:
        """The number that tells of commits; the opening may use the thread of the writer.

        Raises:
            Exception: `error` says what it means.
        """

    def settle(self, connection: Session) -> None:
        """Do what would hold up a commit later, in the writer's thread while no write waits.  It may do nothing."""

    async def close_writer(self, writer: Thread) -> None:
        """Close what `open_writer` gave, with what the engine wants done at the end."""

    def error(self, error: BaseException) -> StoreError | None:
        """What `error` says about the database as a whole; None when it only concerns one statement."""

    def interrupted(self, error: BaseException) -> bool:
        """Whether `error` is what `Thread.interrupt` makes of a statement."""

    def listen(self, epoch: str, heard: Callable[[int, bool], None]) -> Listening | None:
        """Have `heard(head, announced)` called on the loop whenever another process may have committed.

        `epoch` names the log, `head` is the id of its newest change; `announced` says that there may be news
        which is not in the log. None where the engine cannot tell, and the processes must tell each other.
        """


class Listening(Protocol):
    """Hears of commits until it is closed."""

    async def close(self) -> None:
        """Hear no more."""
