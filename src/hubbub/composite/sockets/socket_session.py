"""The Socket.IO side of one Engine.IO session: who is in which namespace, and what their packets mean."""

from __future__ import annotations

from functools import partial

from hubbub.composite.sockets import socket_packets as packets
from hubbub.composite.sockets.connection import Phase, SocketConnection
from hubbub.composite.sockets.engine_packets import Encoded, MalformedPacket, TooManyPackets
from hubbub.composite.sockets.heartbeat import Timer
from hubbub.composite.sockets.inbox import Inbox, Work
from hubbub.composite.sockets.member import Member
from hubbub.composite.sockets.session import CLIENT_DISCONNECT, SERVER_DISCONNECT, EngineSession
from hubbub.composite.sockets.socket_packets import SocketPacket
from hubbub.composite.sockets.surroundings import Surroundings

NEVER_JOINED = "no namespace joined"
REFUSED_TOO_OFTEN = "connect refused too often"
INVALID_NAMESPACE = "Invalid namespace"  # the reference server's word


class SocketSession:
    """One inbox for all namespaces of the session: joining, events and leaving are done in the order they came."""

    def __init__(self, engine: EngineSession, around: Surroundings) -> None:
        self.engine = engine
        self._around = around
        self._inbox = Inbox(around.limits.inbox_events, around.spawn)
        self._members: dict[str, Member] = {}  # {namespace: member}
        self._unfilled: tuple[SocketPacket, list[bytes]] | None = None  # a binary packet and its parts so far
        self._refused = 0
        self._deadline: Timer | None = None
        self._start_deadline()

    @property
    def connections(self) -> list[SocketConnection]:
        """Those that joined or are about to."""
        return [member.connection for member in self._members.values()]

    def received(self, data: Encoded) -> None:
        """Act on a message.

        Raises:
            MalformedPacket: it breaks the protocol.
            TooManyPackets: there is no room for it, and it asks for no acknowledgement that could say so.
        """
        packet = self._assemble(data)
        if packet is None:
            return
        if packet.kind == packets.CONNECT:
            self._connect(packet)
            return
        member = self._members.get(packet.namespace)
        if member is None:
            raise MalformedPacket("the namespace was not joined")
        if packet.kind == packets.DISCONNECT:
            self._leave(member, CLIENT_DISCONNECT)
        elif packet.kind in packets.ACK + packets.BINARY_ACK:
            if not self._inbox.offer(partial(member.acknowledged, packet)):
                raise TooManyPackets("too many packets wait")
        elif not self._handle(member, packet):
            if packet.ack_id is None:
                raise TooManyPackets("too many packets wait")
            member.answer_busy(packet)

    def _handle(self, member: Member, packet: SocketPacket) -> bool:
        """Have an event handled, at once where it begins at once; `False` if too much waits already."""
        if packet.name in member.hooks.begin and self._inbox.is_idle:
            has_room = self._inbox.has_room(member.unanswered)
            if has_room:
                member.begin(packet)
            return has_room
        return self._inbox.offer(partial(member.handle, packet), under_way=member.unanswered)

    def overflowed(self) -> None:
        """The outbox of the session was dropped."""
        for member in list(self._members.values()):
            if member.connection.phase is Phase.JOINED:
                member.overflow(member.connection)

    def disconnect(self, namespace: str) -> None:
        """End one namespace and keep the session, as `socketio.AsyncServer.disconnect` does."""
        if member := self._members.get(namespace):
            if member.connection.phase is Phase.JOINED:
                self.engine.send(packets.encode_disconnect(namespace))
            self._leave(member, SERVER_DISCONNECT)

    def closed(self, reason: str, *, then: Work) -> None:
        """The session ended; `then` is done after everything else."""
        self._stop_deadline()
        for member in list(self._members.values()):
            self._leave(member, reason)
        self._inbox.append(then)

    def _assemble(self, data: Encoded) -> SocketPacket | None:
        """The packet that is complete with this message, if one is."""
        if self._unfilled is None:
            if isinstance(data, bytes):
                raise MalformedPacket("a binary message that belongs to no packet")
            packet = packets.decode(data)
            if packet.attachments == 0:
                return packet
            if packet.attachments > self._around.limits.attachments:
                raise MalformedPacket("too many attachments")
            self._unfilled = packet, []
            return None
        packet, parts = self._unfilled
        if isinstance(data, str):
            raise MalformedPacket("an attachment is missing")
        parts.append(data)
        if sum(map(len, parts)) > self._around.limits.payload_bytes:
            raise MalformedPacket("the attachments are too large")
        if len(parts) < packet.attachments:
            return None
        self._unfilled = None
        filled = packets.fill(packet.data, parts)
        return SocketPacket(packet.kind, packet.namespace, packet.ack_id, filled, attachments=0)

    def _connect(self, packet: SocketPacket) -> None:
        if packet.namespace in self._members:
            raise MalformedPacket("the namespace was joined already")
        hooks = self._around.hooks_for(packet.namespace)
        if hooks is None:
            self._refuse(packet.namespace, {"message": INVALID_NAMESPACE})
            return
        member = Member(self._refuse_member, self.engine, self._around, packet.namespace, hooks)
        if not self._inbox.offer(partial(member.join, packet.data)):
            raise TooManyPackets("too many packets wait")
        self._members[packet.namespace] = member
        self._stop_deadline()

    def _refuse_member(self, member: Member, error: dict[str, object]) -> None:
        """The connect hook refused, before or after it accepted."""
        was_accepted = member.connection.phase is Phase.JOINED
        member.connection.phase = Phase.LEFT
        self._forget(member)
        if was_accepted:
            self.engine.send(packets.encode_disconnect(member.connection.namespace))
        else:
            self._refuse(member.connection.namespace, error)

    def _refuse(self, namespace: str, error: dict[str, object]) -> None:
        """Answer a CONNECT with CONNECT_ERROR; too many of them end the session."""
        self._around.counters.refused += 1
        self.engine.send_control(packets.encode_connect_error(namespace, error))
        self._refused += 1
        if self._refused >= self._around.limits.refused_joins:
            self.engine.close(REFUSED_TOO_OFTEN)

    def _leave(self, member: Member, reason: str) -> None:
        member.connection.phase = Phase.LEFT
        self._inbox.append(partial(member.leave, reason))
        self._forget(member)

    def _forget(self, member: Member) -> None:
        """The member is not in its namespace any more; without any, the session has to join one in time."""
        if self._members.get(member.connection.namespace) is member:
            del self._members[member.connection.namespace]
        if not self._members and not self.engine.closed:
            self._start_deadline()

    def _start_deadline(self) -> None:
        self._stop_deadline()
        self._deadline = self._around.later(self._around.limits.join_seconds, self._never_joined)

    def _stop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _never_joined(self) -> None:
        self.engine.close(NEVER_JOINED)
