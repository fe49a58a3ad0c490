"""One connection as its application sees it: accepted or refused once, then messages, then closed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

CLOSE_NORMAL = 1000  # RFC 6455, 7.4.1
CLOSE_ABNORMAL = 1006  # never on the wire: the connection broke


class ClientGone(OSError):
    """The client has left; ASGI has `send` raise an OSError then."""


@dataclass(frozen=True)
class Decision:
    """What the application makes of the handshake."""

    accepted: bool
    subprotocol: Subprotocol | None = None
    headers: Sequence[tuple[bytes, bytes]] = ()


@dataclass(eq=False)
class Link:
    """Between one application instance and one connection."""

    connection: ServerConnection
    offered: Sequence[str] = ()  # subprotocols, the client's favourite first
    decided: asyncio.Future[Decision] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    opened: asyncio.Event = field(default_factory=asyncio.Event)  # the handshake is over, whichever way

    async def send(self, message: dict[str, Any]) -> None:
        """What the application sends.

        Raises:
            ClientGone: nobody is there to be sent it.
            RuntimeError: it comes at a wrong time, or is none of WebSocket's messages.
        """
        match message["type"]:
            case "websocket.accept" if not self.decided.done():
                self._accept(message.get("subprotocol"), message.get("headers", ()))
            case "websocket.close" if not self.decided.done():
                self.decided.set_result(Decision(accepted=False))
            case "websocket.send" if self._accepted:
                await self._send(message)
            case "websocket.close" if self._accepted:
                await self.opened.wait()
                await self.connection.close(message.get("code", CLOSE_NORMAL), message.get("reason") or "")
            case kind:
                raise RuntimeError(f"{kind} cannot be sent now: one websocket.accept or close, then send, then close")

    def disconnect(self) -> dict[str, Any]:
        """What the application is told at the end."""
        code = self.connection.close_code
        return {
            "type": "websocket.disconnect",
            "code": CLOSE_ABNORMAL if code is None else code,
            "reason": self.connection.close_reason or "",
        }

    @property
    def _accepted(self) -> bool:
        return self.decided.done() and self.decided.result().accepted

    def _accept(self, subprotocol: Subprotocol | None, headers: Sequence[tuple[bytes, bytes]]) -> None:
        if subprotocol is not None and subprotocol not in self.offered:
            raise RuntimeError(f"the client does not offer the subprotocol {subprotocol}")
        self.decided.set_result(Decision(True, subprotocol, headers))

    async def _send(self, message: dict[str, Any]) -> None:
        await self.opened.wait()
        given: list[str | bytes] = [message[key] for key in ("text", "bytes") if message.get(key) is not None]
        if len(given) != 1:
            raise RuntimeError("websocket.send takes text or bytes, and not both")
        try:
            await self.connection.send(given[0])
        except ConnectionClosed as error:
            raise ClientGone("the client has left") from error
