"""The packets on a WebSocket of HTTP/2 (RFC 8441), as browsers open them: over TLS, one connection each.

What comes often is taken apart here, byte by byte, because the general libraries for that are slower than the server;
what is said once is left to hyperframe, hpack and wsproto.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Iterator
from typing import cast

from hpack import Decoder, Encoder
from hyperframe.frame import Frame, HeadersFrame, PingFrame, SettingsFrame, WindowUpdateFrame
from wsproto.frame_protocol import FrameProtocol

from benchmarks.load.packets import Packets
from benchmarks.running import Running
from benchmarks.sides import HOST

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"  # RFC 9113, 3.4
STREAM = 1
WINDOW = 2**31 - 1  # the largest there is (RFC 9113, 6.9.1), so that we never have to grant more
DEFAULT_WINDOW = 65_535
FRAME_BYTES = 16_384  # what a server takes until it says otherwise; our packets are shorter
CONNECT_SECONDS = 60.0
_FRAME_HEAD = 9
_DATA, _HEADERS, _RESET, _SETTINGS, _PING, _GO_AWAY = 0x0, 0x1, 0x3, 0x4, 0x6, 0x7  # RFC 9113, 6
_ACK, _PADDED = 0x1, 0x8
_TWO_BYTES, _EIGHT_BYTES = 126, 127  # RFC 6455, 5.2: where the length stands
_TEXT, _CLOSE = 0x81, 0x88


class Http2Client(asyncio.Protocol):
    """A connection with its one stream.

    It sends without looking at the server's window: what it has under way is far less than the least one.
    """

    def __init__(self, server: Running, packets: Packets) -> None:
        self.packets = packets
        self._path = "/socket.io/?EIO=4&transport=websocket"
        self._authority = f"{HOST}:{server.port}"
        self._bytes = b""  # of a frame that is not complete
        self._data = b""  # of a message that is not complete
        self._decoder = Decoder()
        self._sending = FrameProtocol(client=True, extensions=[])
        self._asked = False
        self._leaving = False

    @classmethod
    async def connect(cls, server: Running, packets: Packets) -> Http2Client:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(CONNECT_SECONDS):
            _, client = await loop.create_connection(
                lambda: cls(server, packets), HOST, server.port, ssl=server.tls("h2")
            )
        return client

    def close(self) -> None:
        self._leaving = True
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self.packets.write = self._write
        settings = SettingsFrame(0, settings={SettingsFrame.ENABLE_PUSH: 0, SettingsFrame.INITIAL_WINDOW_SIZE: WINDOW})
        grant = WindowUpdateFrame(0, window_increment=WINDOW - DEFAULT_WINDOW)
        self._transport.write(PREFACE + settings.serialize() + grant.serialize())

    def connection_lost(self, error: Exception | None) -> None:
        if not self._leaving:
            self.packets.lost("the server closed it")

    def data_received(self, data: bytes) -> None:
        data = self._bytes + data if self._bytes else data
        at = 0
        while len(data) - at >= _FRAME_HEAD:
            end = at + _FRAME_HEAD + (data[at] << 16 | data[at + 1] << 8 | data[at + 2])
            if end > len(data):
                break
            self._take(data[at + 3], data[at + 4], data[at + _FRAME_HEAD : end])
            at = end
        self._bytes = data[at:]

    def _take(self, kind: int, flags: int, payload: bytes) -> None:
        if kind == _DATA:
            assert not flags & _PADDED, "Hypercorn pads nothing"
            self._data = self._data + payload if self._data else payload
            for packet in self._messages():
                self.packets.take(packet)
        elif kind == _SETTINGS and not flags & _ACK:
            self._transport.write(SettingsFrame(0, flags=["ACK"]).serialize())
            if not self._asked:  # only now is it known that the server takes websockets (RFC 8441, 3)
                self._asked = True
                self._transport.write(self._request().serialize())
        elif kind == _HEADERS:
            headers = dict(self._decoder.decode(payload, raw=True))
            if headers.get(b":status") != b"200":
                self.packets.lost(f"refused with {headers}")
        elif kind == _PING and not flags & _ACK:
            self._transport.write(PingFrame(0, payload, flags=["ACK"]).serialize())
        elif kind in (_RESET, _GO_AWAY):
            self._transport.close()

    def _request(self) -> Frame:
        headers = [
            (":method", "CONNECT"),
            (":protocol", "websocket"),
            (":scheme", "https"),
            (":authority", self._authority),
            (":path", self._path),
            ("sec-websocket-version", "13"),
        ]
        return HeadersFrame(STREAM, Encoder().encode(headers), flags=["END_HEADERS"])

    def _messages(self) -> Iterator[bytes]:
        """The whole messages in the stream's bytes, which a server does not mask (RFC 6455, 5.1)."""
        data, at = self._data, 0
        while len(data) - at >= 2:
            size, start = data[at + 1], at + 2
            if size == _TWO_BYTES:
                size, start = int.from_bytes(data[start : start + 2], "big"), start + 2
            elif size == _EIGHT_BYTES:
                size, start = int.from_bytes(data[start : start + 8], "big"), start + 8
            if start + size > len(data):
                break
            if data[at] == _TEXT:
                yield data[start : start + size]
            elif data[at] == _CLOSE:
                self._transport.close()
            at = start + size
        self._data = data[at:]

    def _write(self, packet: bytes) -> None:
        frame = self._sending.send_data(packet.decode(), fin=True)
        assert len(frame) <= FRAME_BYTES
        self._transport.write(_data_head(len(frame)) + frame)


def _data_head(size: int) -> bytes:
    """The head of a DATA frame of our stream (RFC 9113, 4.1)."""
    return struct.pack("!BHBBI", size >> 16, size & 0xFFFF, _DATA, 0, STREAM)
