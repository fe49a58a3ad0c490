"""Chat over Socket.IO: connects, replays, commands, and what goes with them; the protocol itself is `composite`'s."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from functools import partial

from hubbub.composite.socket_server import SocketServer
from hubbub.composite.sockets.connection import SocketConnection
from hubbub.composite.sockets.hooks import ConnectRefused
from hubbub.composite.sockets.socket_packets import encode_event
from hubbub.contract import limits
from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.contract.models import ConnectAuth, Ready, ReadyLimits, Resync, ServerRestarting
from hubbub.live.subscription import Encoder, Subscription
from hubbub.service.chat import Actor
from hubbub.service.replay import place_of
from hubbub.service.sessions import authenticate
from hubbub.transports.backend import Backend, BackendSource
from hubbub.transports.commands import answer_command, error_object, unforeseen
from hubbub.transports.credentials import token_of
from hubbub.transports.validation import parse

log = logging.getLogger(__name__)

BUSY_SECONDS = 1.0  # a full inbox is worked off in less
FAREWELL_SECONDS = 0.4  # for clients to take the notice; one that is not even polling hears it by reconnecting
RESTART_AFTER_MS = 1_000  # a restart takes less than this on a small machine


@dataclass(eq=False)
class _Outlet:
    """A connection as the hub writes to it."""

    connection: SocketConnection

    @property
    def encode(self) -> Encoder:
        return encode_event

    def send(self, packet: str) -> None:
        self.connection.send_encoded(packet)

    async def writable(self) -> None:
        await self.connection.drained()

    def close(self, error: HubbubError) -> None:
        self.connection.close(error.code.value, reconnect=error.code is not ErrorCode.UNAUTHENTICATED)


@dataclass(eq=False)
class _Client:
    """Who is behind a connection, and their place in the log."""

    actor: Actor
    subscription: Subscription
    catching_up: asyncio.Task[None] | None = None


class ChatSockets:
    """The hooks that `SocketServer` calls."""

    def __init__(self, server: SocketServer, backend: BackendSource) -> None:
        self._server = server
        self._backend = backend
        self._clients: dict[str, _Client] = {}  # {connection id: client}
        server.handle(
            connect=self.connect,
            event=self.event,
            disconnect=self.disconnect,
            on_overflow=self.overflow,
            overflow_ack=_busy,
            error_ack=_failed,
        )

    async def connect(self, connection: SocketConnection, auth: object) -> None:
        """Let somebody in, or say why not; what they missed follows the CONNECT packet."""
        backend = self._backend()
        try:
            given = parse(ConnectAuth, {} if auth is None else auth)
            actor = await authenticate(backend.chat, given.token or token_of(connection.scope))
            since, gone = await _place(backend, given.cursor)
            subscription = await backend.hub.subscribe(connection.id, actor, _Outlet(connection))
        except HubbubError as error:
            raise ConnectRefused(error_object(error)) from None
        client = self._clients[connection.id] = _Client(actor, subscription)
        if gone:
            notice = Resync(reason="cursor_gone", cursor=backend.hub.cursor(subscription))
            connection.send_encoded(encode_event("resync", notice.model_dump_json()))
        connection.accept()
        client.catching_up = asyncio.create_task(self._catch_up(connection, client, since))

    async def event(self, connection: SocketConnection, name: str, args: list[object]) -> object:
        """One command and its answer."""
        client = self._clients[connection.id]
        if client.subscription.closed:  # by the end of the session, which what waited in the inbox came before
            return _refusal(ErrorCode.UNAUTHENTICATED, "This session was signed out. Sign in again.")
        if len(args) != 1:
            return _refusal(ErrorCode.INVALID_REQUEST, "A command takes one argument: an object.")
        return await answer_command(self._backend(), client.actor, name, args[0])

    async def disconnect(self, connection: SocketConnection, reason: str) -> None:
        """Forget a connection."""
        client = self._clients.pop(connection.id, None)
        if client is None:
            return
        if client.catching_up is not None:
            client.catching_up.cancel()
        self._backend().hub.unsubscribe(client.subscription)

    def overflow(self, connection: SocketConnection) -> None:
        """The outbox was full and has been dropped: one `resync` takes its place, and the log heals the rest."""
        client = self._clients.get(connection.id)
        if client is not None:
            connection.send_encoded(self._backend().hub.resync(client.subscription))

    async def drain(self) -> None:
        """Tell everybody that the server restarts, and close."""
        notice = ServerRestarting(retry_after_ms=RESTART_AFTER_MS)
        packet = encode_event("server_restarting", notice.model_dump_json())
        await self._server.drain(packet, seconds=FAREWELL_SECONDS)

    async def _catch_up(self, connection: SocketConnection, client: _Client, since: int | None) -> None:
        backend = self._backend()
        ready = partial(self._ready, backend, connection, client, resumed=since is not None)
        try:
            await backend.hub.catch_up(client.subscription, since, ready)
        except HubbubError as error:
            log.warning("a client could not catch up: %s", error.detail)
            connection.close(error.code.value)
        except Exception:
            log.exception("a client could not catch up")
            connection.close(unforeseen().code.value)

    def _ready(self, backend: Backend, connection: SocketConnection, client: _Client, *, resumed: bool) -> None:
        ready = Ready(
            user=client.actor.user,
            cursor=backend.hub.cursor(client.subscription),
            resumed=resumed,
            limits=ReadyLimits(
                body_chars=limits.BODY_CHARS,
                commands_in_flight=self._server.limits.inbox_events,
                frame_bytes=self._server.limits.payload_bytes,
            ),
            online=sorted({*backend.hub.presence.online(), client.actor.user.id}),
        )
        connection.send_encoded(encode_event("ready", ready.model_dump_json()))
        backend.hub.arrived(client.subscription)


async def _place(backend: Backend, cursor: str | None) -> tuple[int | None, bool]:
    """Where to resume, and whether the cursor is of a log that is gone."""
    if cursor is None:
        return None, False
    try:
        return await place_of(backend.chat, cursor), False
    except HubbubError as error:
        if error.code is not ErrorCode.GONE:
            raise
        return None, True


def _busy(_connection: SocketConnection, _name: str) -> object:
    detail = "Too many commands wait for their answers. Wait for some before sending more."
    return _refusal(ErrorCode.SERVER_BUSY, detail, retry_after=BUSY_SECONDS)


def _refusal(code: ErrorCode, detail: str, *, retry_after: float | None = None) -> object:
    return {"ok": False, "error": error_object(HubbubError(code, detail, retry_after=retry_after))}


def _failed(_connection: SocketConnection, _name: str, _error: Exception) -> object:
    return {"ok": False, "error": error_object(unforeseen())}
