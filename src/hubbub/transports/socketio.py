"""Chat over Socket.IO: connects, replays, commands, and what goes with them; the protocol itself is `composite`'s."""

from __future__ import annotations

from functools import partial

from hubbub.composite.socket_server import SocketServer
from hubbub.composite.sockets.answers import Later
from hubbub.composite.sockets.connection import SocketConnection
from hubbub.composite.sockets.frames import Bundle
from hubbub.composite.sockets.hooks import ConnectRefused
from hubbub.composite.sockets.socket_packets import encode_event
from hubbub.contract import limits
from hubbub.contract.commands import POST_MESSAGE
from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.contract.models import ConnectAuth, ReadyLimits, ServerRestarting
from hubbub.transports.backend import BackendSource
from hubbub.transports.client import FAREWELL_SECONDS, OVERFLOW, RESTART_AFTER_MS, Client
from hubbub.transports.commands import answer_command, begin_post, written
from hubbub.transports.credentials import token_of
from hubbub.transports.errors import busy, error_object, refusal, unforeseen
from hubbub.transports.validation import parse


class _Outlet:
    """A connection as the hub writes to it.  A change goes to hundreds of these: what needs no call has none."""

    __slots__ = ("connection", "send_all")
    transport = "socketio"
    encode = staticmethod(encode_event)
    bundle = Bundle

    def __init__(self, connection: SocketConnection) -> None:
        self.connection = connection
        self.send_all = connection.send_all

    @property
    def waiting_bytes(self) -> int:
        return self.connection.outbox.bytes

    def send(self, packet: str, key: str | None = None) -> None:
        self.connection.send_encoded(packet, key)

    async def writable(self) -> None:
        await self.connection.drained()

    async def taken(self) -> None:
        await self.connection.drained()

    def close(self, error: HubbubError) -> None:
        self.connection.close(error.code.value, reconnect=error.code is not ErrorCode.UNAUTHENTICATED)


class ChatSockets:
    """The hooks that `SocketServer` calls."""

    def __init__(self, server: SocketServer, backend: BackendSource) -> None:
        self._server = server
        self._backend = backend
        self._clients: dict[str, Client] = {}  # {connection id: client}
        server.handle(
            connect=self.connect,
            event=self.event,
            disconnect=self.disconnect,
            on_overflow=self.overflow,
            overflow_ack=_busy,
            error_ack=_failed,
            begin={POST_MESSAGE.name: self.post},
        )

    async def connect(self, connection: SocketConnection, auth: object) -> None:
        """Let somebody in, or say why not; what they missed follows the CONNECT packet."""
        try:
            given = parse(ConnectAuth, {} if auth is None else auth)
            token = given.token or token_of(connection.scope)
            outlet = _Outlet(connection)
            client = await Client.enter(self._backend(), connection.id, outlet, token=token, cursor=given.cursor)
        except HubbubError as error:
            self._backend().refusals[error.code] += 1
            raise ConnectRefused(error_object(error)) from None
        self._clients[connection.id] = client
        connection.accept()
        client.begin(self._allowance())

    async def event(self, connection: SocketConnection, name: str, args: list[object]) -> object:
        """One command and its answer."""
        backend = self._backend()
        if len(args) != 1:
            return backend.refusal(_not_one_argument())
        return await answer_command(backend, self._clients[connection.id], name, args[0])

    def post(self, connection: SocketConnection, args: list[object]) -> object:
        """Begin to post a message; others may begin while it waits for the disk."""
        backend = self._backend()
        try:
            if len(args) != 1:
                raise _not_one_argument()
            return Later(begin_post(backend, self._clients[connection.id], args[0]), partial(written, backend))
        except HubbubError as error:
            return backend.refusal(error)

    async def disconnect(self, connection: SocketConnection, reason: str) -> None:
        """Forget a connection."""
        client = self._clients.pop(connection.id, None)
        if client is not None:
            client.leave()

    def overflow(self, connection: SocketConnection) -> None:
        """Changes were dropped from a full outbox: one `resync` takes their place, and the log heals the rest."""
        client = self._clients.get(connection.id)
        if client is not None:
            connection.send_encoded(client.resync(), OVERFLOW)

    async def drain(self) -> None:
        """Tell everybody that the server restarts, and close."""
        notice = ServerRestarting(retry_after_ms=RESTART_AFTER_MS)
        packet = encode_event("server_restarting", notice.model_dump_json())
        await self._server.drain(packet, seconds=FAREWELL_SECONDS)

    def _allowance(self) -> ReadyLimits:
        return ReadyLimits(
            body_chars=limits.BODY_CHARS,
            commands_in_flight=self._server.limits.inbox_events,
            frame_bytes=self._server.limits.payload_bytes,
        )


def _not_one_argument() -> HubbubError:
    return HubbubError(ErrorCode.INVALID_REQUEST, "A command takes one argument: an object.")


def _busy(_connection: SocketConnection, _name: str) -> object:
    return refusal(busy())


def _failed(_connection: SocketConnection, _name: str, _error: Exception) -> object:
    return refusal(unforeseen())
