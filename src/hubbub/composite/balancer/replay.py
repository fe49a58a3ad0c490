"""What the client of one exchange has sent, kept so that it can be sent to another target; knows no target."""

from __future__ import annotations

from hubbub.composite.types import Message, Receive

_GONE = frozenset({"http.disconnect", "websocket.disconnect"})
_MESSAGE_BYTES = 200  # what a message takes beside its body: a body of single bytes is not small


class Replay:
    """The `receive` of one exchange, which starts again from the beginning after `rewind`.

    What is kept is dropped once it is more than `most` bytes, but for the first message, which is in memory anyway: a
    request whose target cannot be reached goes to another, however large it is.
    """

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive = receive
        self._most = most
        self._kept: list[Message] | None = []
        self._size = 0
        self._next = 0  # of what is kept
        self.is_gone = False  # the client has left
        self.is_complete = False  # nothing more of it is needed for an answer

    @property
    def is_replayable(self) -> bool:
        """Whether all that was read is still here."""
        return self._kept is not None

    def rewind(self) -> None:
        """Start again. Must be replayable."""
        self._next = 0

    def drop(self) -> None:
        """Keep nothing of what comes from now on; the answer has begun."""
        self._most = 0

    async def receive(self) -> Message:
        """The next message: one that is kept, or else the client's."""
        if self._kept is not None and self._next < len(self._kept):
            self._next += 1
            return self._kept[self._next - 1]
        message = await self._receive()
        self._note(message)
        return message

    def _note(self, message: Message) -> None:
        if message["type"] in _GONE:
            self.is_gone = True
            return
        self.is_complete = not message.get("more_body", False)
        if self._kept is None:
            return
        self._size += len(message.get("body", b"")) + _MESSAGE_BYTES
        self._kept.append(message)
        self._next += 1
        if self._size > self._most and self._next > 1:
            self._kept = None
