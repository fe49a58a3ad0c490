"""What waits for one client, bounded; knows neither transport nor protocol."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Hashable

from hubbub.composite.sockets.engine_packets import Encoded, size_of
from hubbub.composite.sockets.frames import HEAD_BYTES

CONTROL_PACKETS = 64  # handshake, ping, CONNECTs: more unread ones mean a client that never reads


class Outbox:
    """Packets in order; the few of the protocol itself go first and survive everything.

    A packet with a key says how something is: the one before it of the same key is not worth sending any more, and
    nobody says it again when it is lost.
    """

    __slots__ = ("_control", "_count", "_max_bytes", "_max_packets", "_packets", "bytes")

    def __init__(self, *, max_packets: int, max_bytes: int) -> None:
        self._max_packets = max_packets
        self._max_bytes = max_bytes
        self._control: deque[Encoded] = deque()
        self._packets: OrderedDict[Hashable, Encoded] = OrderedDict()  # {key, or a number of our own: packet}
        self._count = 0  # of packets that came without a key
        self.bytes = 0  # of the packets, without those of the protocol

    def __len__(self) -> int:
        return len(self._control) + len(self._packets)

    def put(self, packet: Encoded, key: str | None = None) -> bool:
        """Append a packet and drop the one of the same key; `False`, and nothing is kept of it, if it does not fit."""
        if key is not None and (former := self._packets.pop(key, None)) is not None:
            self.bytes -= size_of(former)
        size = size_of(packet)
        if len(self._packets) >= self._max_packets or self.bytes + size > self._max_bytes:
            return False
        self._packets[self._number() if key is None else key] = packet
        self.bytes += size
        return True

    def put_control(self, packet: Encoded) -> bool:
        """Append a packet of the protocol; `False` if too many of them were never taken."""
        if len(self._control) >= CONTROL_PACKETS:
            return False
        self._control.append(packet)
        return True

    def take(self) -> Encoded:
        """The next packet.

        Raises:
            IndexError: there is none.
        """
        if self._control:
            return self._control.popleft()
        if not self._packets:
            raise IndexError("nothing waits")
        _, packet = self._packets.popitem(last=False)
        self.bytes -= size_of(packet)
        return packet

    def take_within(self, room: int) -> list[Encoded]:
        """The next packets, in their order, as many as fit into so many bytes as frames of a WebSocket."""
        packets: list[Encoded] = []
        if not self._control and self.bytes + HEAD_BYTES * len(self._packets) <= room:
            packets += self._packets.values()
            self.clear()
            return packets
        while (packet := self._next()) is not None:
            room -= size_of(packet) + HEAD_BYTES
            if room < 0:
                break
            packets.append(self.take())
        return packets

    def put_back(self, packets: list[Encoded]) -> None:
        """Return packets that were taken and did not leave; they were inside the bounds before."""
        for packet in reversed(packets):
            number = self._number()
            self._packets[number] = packet
            self._packets.move_to_end(number, last=False)
        self.bytes += sum(map(size_of, packets))

    def make_room(self) -> None:
        """Drop what has no key: whoever sent it has something to say instead."""
        self._packets = OrderedDict((key, packet) for key, packet in self._packets.items() if isinstance(key, str))
        self.bytes = sum(map(size_of, self._packets.values()))

    def clear(self) -> None:
        """Drop everything but the protocol's own."""
        self._packets.clear()
        self.bytes = 0

    def _next(self) -> Encoded | None:
        """The next packet, which stays; None where there is none."""
        return self._control[0] if self._control else next(iter(self._packets.values()), None)

    def _number(self) -> int:
        self._count += 1
        return self._count
