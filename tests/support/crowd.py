"""Many who hear a room over native WebSockets and one who writes there, all raw: what they cost is the server's.

A message says in its body which one it is, so that whoever hears it knows how long it was on its way.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import time
from collections.abc import Sequence

from tests.support.deadline import eventually
from tests.support.native import PATH
from tests.support.raw_peers import RawPeer, text_frame, upgrade_request
from tests.support.server import Server

BODY_CHARS = 1_000  # with what is around it a message is about 1.3 KB
IN_FLIGHT = 48  # commands that wait for their answers; the next goes out with each that comes

_MARK = re.compile(rb"#(\d{7})#")
_MARK_BYTES = 9
_ANSWER = b'{"reply_to":'
_PING = b"\x89\x00"
_PONG = b"\x8a\x80" + bytes(4)


class Hearing(RawPeer):
    """Somebody who hears; `heard` is [(message number, when)]."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[tuple[int, float]] = []
        self._tail = b""

    @classmethod
    async def enter(cls, server: Server, token: str) -> Hearing:
        """Connect, and be ready."""
        peer = await cls.connect(server)
        peer.send(upgrade_request(PATH, token))
        await peer.wait_for(b'"type":"ready"')
        return peer

    def hear(self, data: bytes) -> None:
        if _PING in data:  # in no text frame of ours: their lengths are others
            self.send(_PONG)
        now = time.perf_counter()
        whole = self._tail + data
        end = 0
        for found in _MARK.finditer(whole):
            self.heard.append((int(found[1]), now))
            end = found.end()
        self._tail = whole[max(end, len(whole) - _MARK_BYTES + 1) :]


class Writing(RawPeer):
    """Somebody who writes, as fast as the answers come; `sent` is {message number: when}."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[int, float] = {}
        self.answered = 0
        self._numbers = itertools.count()
        self._room_id = ""
        self._to_send = 0
        self._tail = b""
        self._all_answered = asyncio.Event()

    @classmethod
    async def enter(cls, server: Server, token: str, room_id: str) -> Writing:
        """Connect, and be ready."""
        peer = await cls.connect(server)
        peer.send(upgrade_request(PATH, token))
        await peer.wait_for(b'"type":"ready"')
        peer._room_id = room_id
        return peer

    async def write(self, count: int) -> range:
        """Write so many distinct messages and wait for every answer; their numbers."""
        first = len(self.sent)
        self._to_send = count
        self._all_answered.clear()
        for _ in range(min(count, IN_FLIGHT)):
            self._write_one()
        await self._all_answered.wait()
        return range(first, first + count)

    def hear(self, data: bytes) -> None:
        if _PING in data:
            self.send(_PONG)
        whole = self._tail + data
        self._tail = whole[1 - len(_ANSWER) :]
        answers = whole.count(_ANSWER)
        assert b'"ok":false' not in whole, whole
        self.answered += answers
        for _ in range(min(answers, self._to_send)):
            self._write_one()
        if self.answered == len(self.sent):
            self._all_answered.set()

    def _write_one(self) -> None:
        number = next(self._numbers)
        self._to_send -= 1
        body = f"#{number:07}#".ljust(BODY_CHARS, "x")
        data = {"room_id": self._room_id, "body": body, "client_id": f"message {number}"}
        self.sent[number] = time.perf_counter()
        self.send(text_frame(json.dumps({"id": number + 1, "type": "post_message", "data": data})))


async def write_to(crowd: Sequence[Hearing], writing: Writing, count: int) -> list[float]:
    """Have so many messages written; the seconds that each was on its way to each who heard it.

    Raises:
        AssertionError: somebody heard one twice, or out of order.
        TimeoutError: somebody did not hear one.
    """
    for each in crowd:
        each.heard.clear()
    numbers = await writing.write(count)
    await eventually(lambda: all(len(each.heard) >= count for each in crowd), "everybody to have heard everything")
    for each in crowd:
        assert [number for number, _ in each.heard] == list(numbers)
    return [when - writing.sent[number] for each in crowd for number, when in each.heard]
