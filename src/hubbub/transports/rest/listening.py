"""Who listens to the log by a request that lasts: how many may, and how all of them end when the server restarts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from quart import current_app

from hubbub.contract.errors import ErrorCode, HubbubError

EXTENSION = "hubbub.listeners"  # app.extensions[EXTENSION] is the Listeners

SECONDS = 1.0
KIBIBYTES = 1024
MEBIBYTES = 1024 * KIBIBYTES

RETRY_SECONDS = 5.0  # long enough for some to leave, short enough for a person to wait


@dataclass(frozen=True, slots=True)
class ListenLimits:
    """What listening by requests may hold; how much of it is one person's is `Backend.admit_connection`'s to say."""

    polls: int = 2_000  # waiting at once; half of what the door holds of requests
    streams: int = 1_000  # times the bound of an outbox is the worst case

    wait_seconds: float = 55 * SECONDS  # for a poll, whatever it asks for; proxies cut a silent answer at 60

    outbox_events: int = 1_024  # of a stream; a client that far behind is quicker with a resync
    # More than the hub sends before it waits (`live.hub.CATCH_UP_CHARS`), and as much again of what is new.
    outbox_bytes: int = 2 * MEBIBYTES
    chunk_bytes: int = 64 * KIBIBYTES  # of events that are written at once
    heartbeat_seconds: float = 15 * SECONDS  # of silence before a comment; proxies cut a silent stream at 30 to 60
    stall_seconds: float = 20 * SECONDS  # for a client to take one chunk before it is cut off
    farewell_seconds: float = 0.5 * SECONDS  # for that when the stream is to end anyway


class Listening(Protocol):
    """A request that waits for changes."""

    def restart(self) -> None:
        """Answer with what there is, because the server is about to stop; never waits."""
        ...


class Listeners:
    """The one register of an application."""

    def __init__(self, limits: ListenLimits | None = None) -> None:
        self.limits = limits or ListenLimits()
        self.polls = Places("long polls", self.limits.polls)
        self.streams = Places("event streams", self.limits.streams)

    def drain(self) -> None:
        """End all of them, and at once whoever still comes."""
        self.polls.close()
        self.streams.close()


class Places:
    """What is open of one kind."""

    def __init__(self, noun: str, bound: int) -> None:
        self._noun = noun
        self._bound = bound
        self._taken: set[Listening] = set()
        self._closed = False

    def __len__(self) -> int:
        return len(self._taken)

    def __iter__(self) -> Iterator[Listening]:
        return iter(self._taken)

    def enter(self, listening: Listening) -> None:
        """Count one in; whoever enters must leave.

        Raises:
            HubbubError: `server_busy`.
        """
        if len(self._taken) >= self._bound:
            detail = f"The server has as many {self._noun} open as it can hold. Try again later."
            raise HubbubError(ErrorCode.SERVER_BUSY, detail, retry_after=RETRY_SECONDS)
        self._taken.add(listening)
        if self._closed:
            listening.restart()

    def leave(self, listening: Listening) -> None:
        """Count one out; again does nothing."""
        self._taken.discard(listening)

    @contextmanager
    def place(self, listening: Listening) -> Iterator[None]:
        """`enter` for the length of a block."""
        self.enter(listening)
        try:
            yield
        finally:
            self.leave(listening)

    def close(self) -> None:
        """End what is open, and whatever enters from now on."""
        self._closed = True
        for listening in list(self._taken):
            listening.restart()


def listeners() -> Listeners:
    """The register of the application that answers this request."""
    found: Listeners = current_app.extensions[EXTENSION]
    return found
