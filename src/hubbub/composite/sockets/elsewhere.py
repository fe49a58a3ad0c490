"""Sessions of other processes, as the session layer sees them: whose one is, and the way there."""

from __future__ import annotations

from typing import Protocol

from hubbub.composite.types import Receive, Scope, Send


class MaybeDelivered(ConnectionResetError):
    """Raised where something is sent, when nobody can know any more whether the client has had it."""


class Elsewhere(Protocol):
    """Hands requests to the process that has their session."""

    def name_session(self, random: str) -> str:
        """The id of a session of this process, made from characters that nobody can guess."""
        ...

    def has(self, sid: str) -> bool:
        """Whether the session, if it is still there, is of another process that is."""
        ...

    async def carry(self, sid: str, scope: Scope, receive: Receive, send: Send, *, patience: float) -> bool:
        """Have a request or a websocket served there; the client has `patience` seconds to take each message.

        Whether it came to its end: False when the other process was gone before it had begun to answer.

        Raises:
            TimeoutError: the client does not take what it is sent.
            OSError: the other process went away in the middle.
        """
        ...
