"""What waits for one client, bounded; knows neither transport nor protocol."""

from __future__ import annotations

from collections import deque

from hubbub.composite.sockets.engine_packets import Encoded, size_of

CONTROL_PACKETS = 64  # handshake, ping, CONNECTs: more unread ones mean a client that never reads


class Outbox:
    """Packets in order; the few of the protocol itself go first and survive `clear`."""

    __slots__ = ("_control", "_max_bytes", "_max_packets", "_packets", "bytes")

    def __init__(self, *, max_packets: int, max_bytes: int) -> None:
        self._max_packets = max_packets
        self._max_bytes = max_bytes
        self._control: deque[Encoded] = deque()
        self._packets: deque[Encoded] = deque()
        self.bytes = 0  # of the packets, without those of the protocol

    def __len__(self) -> int:
        return len(self._control) + len(self._packets)

    def put(self, packet: Encoded) -> bool:
        """Append a packet; `False`, and nothing is kept of it, if it does not fit."""
        size = size_of(packet)
        if len(self._packets) >= self._max_packets or self.bytes + size > self._max_bytes:
            return False
        self._packets.append(packet)
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
        packet = self._packets.popleft()
        self.bytes -= size_of(packet)
        return packet

    def put_back(self, packets: list[Encoded]) -> None:
        """Return packets that were taken and did not leave; they were inside the bounds before."""
        self._packets.extendleft(reversed(packets))
        self.bytes += sum(map(size_of, packets))

    def clear(self) -> None:
        """Drop everything but the protocol's own."""
        self._packets.clear()
        self.bytes = 0
