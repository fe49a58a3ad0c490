"""What waits for one client, bounded; knows neither transport nor protocol."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Sequence

from hubbub.composite.sockets.engine_packets import Encoded, size_of
from hubbub.composite.sockets.frames import HEAD_BYTES, Bundle

CONTROL_PACKETS = 64  # handshake, ping, CONNECTs: more unread ones mean a client that never reads


class Outbox:
    """Packets in order; the few of the protocol itself go first and survive everything.

    A packet with a key says how something is: the one before it of the same key is not worth sending any more, and
    nobody says it again when it is lost. A bundle counts as the packets in it.
    """

    __slots__ = ("_control", "_max_bytes", "_max_packets", "_numbered", "_waiting", "bytes", "packets")

    def __init__(self, *, max_packets: int, max_bytes: int) -> None:
        self._max_packets = max_packets
        self._max_bytes = max_bytes
        self._control: list[Encoded] = []  # a few at the most, and mostly none: a deque takes 760 bytes
        self._waiting: OrderedDict[Hashable, Encoded | Bundle] = OrderedDict()  # {key, or a number of our own: what}
        self._numbered = 0  # of what came without a key, ever
        # Plain numbers: the fan-out asks each client's outbox whether something waits.
        self.packets = 0  # that wait
        self.bytes = 0  # of them, without those of the protocol

    def __len__(self) -> int:
        return self.packets

    def put(self, packet: Encoded, key: str | None = None) -> bool:
        """Append a packet and drop the one of the same key; `False`, and nothing is kept of it, if it does not fit."""
        if key is not None and (former := self._waiting.pop(key, None)) is not None:
            self._uncount(former)
        return self._append(packet, 1, size_of(packet), key)

    def put_all(self, bundle: Bundle) -> bool:
        """Append packets that have no key; `False`, and nothing is kept of them, if they do not all fit."""
        return self._append(bundle, len(bundle), bundle.size, None)

    def put_control(self, packet: Encoded) -> bool:
        """Append a packet of the protocol; `False` if too many of them were never taken."""
        if len(self._control) >= CONTROL_PACKETS:
            return False
        self._control.append(packet)
        self.packets += 1
        return True

    def take(self) -> Encoded:
        """The next packet.

        Raises:
            IndexError: there is none.
        """
        if self._control:
            self.packets -= 1
            return self._control.pop(0)
        if not self._waiting:
            raise IndexError("nothing waits")
        _, first = self._waiting.popitem(last=False)
        self._uncount(first)
        if isinstance(first, Bundle):
            self.put_back(first[1:])
            first = first[0]
        return first

    def take_within(self, room: int) -> list[Encoded | Bundle]:
        """What is next, in its order, as much as fits into so many bytes as frames of a WebSocket."""
        taken: list[Encoded | Bundle] = []
        if not self._control and self.bytes + HEAD_BYTES * self.packets <= room:
            taken += self._waiting.values()
            self.clear()
            return taken
        while (following := self._next()) is not None:
            room -= size_of(following) + HEAD_BYTES
            if room < 0:
                break
            taken.append(self.take())
        return taken

    def put_back(self, packets: Sequence[Encoded]) -> None:
        """Return packets that were taken and did not leave; they were inside the bounds before."""
        for packet in reversed(packets):
            number = self._number()
            self._waiting[number] = packet
            self._waiting.move_to_end(number, last=False)
        self.packets += len(packets)
        self.bytes += sum(map(size_of, packets))

    def make_room(self) -> None:
        """Drop what has no key: whoever sent it has something to say instead."""
        for key, each in list(self._waiting.items()):
            if not isinstance(key, str):
                del self._waiting[key]
                self._uncount(each)

    def clear(self) -> None:
        """Drop everything but the protocol's own."""
        self._waiting.clear()
        self.packets = len(self._control)
        self.bytes = 0

    def _append(self, what: Encoded | Bundle, count: int, size: int, key: str | None) -> bool:
        if self.packets - len(self._control) + count > self._max_packets or self.bytes + size > self._max_bytes:
            return False
        self._waiting[self._number() if key is None else key] = what
        self.packets += count
        self.bytes += size
        return True

    def _uncount(self, what: Encoded | Bundle) -> None:
        self.packets -= len(what) if isinstance(what, Bundle) else 1
        self.bytes -= what.size if isinstance(what, Bundle) else size_of(what)

    def _next(self) -> Encoded | None:
        """The next packet, which stays; None where there is none."""
        if self._control:
            return self._control[0]
        first = next(iter(self._waiting.values()), None)
        return first[0] if isinstance(first, Bundle) else first

    def _number(self) -> int:
        self._numbered += 1
        return self._numbered
