"""One stream by itself: what it writes, what it holds, how it ends; time moves when it is told to."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from dataclasses import dataclass, field

from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.contract.models import Resync
from hubbub.domain.changes import LoggedChange
from hubbub.transports.client import RESTART_AFTER_MS
from hubbub.transports.rest.event_stream import HEARTBEAT, RETRY, EventStream, encode_event
from hubbub.transports.rest.listening import ListenLimits
from tests.support.deadline import DEADLINE

RESYNC = encode_event("resync", Resync(reason="overflow", cursor="k3m9x0ab-9").model_dump_json())
SIGNED_OUT = HubbubError(ErrorCode.UNAUTHENTICATED, "Signed out.")
AT_ONCE = 0.01  # seconds


@dataclass
class Bench:
    """A stream, and whether it was cut off."""

    limits: ListenLimits = field(default_factory=ListenLimits)
    cut: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.stream = EventStream(self.limits, overflow=lambda: RESYNC, cut=self._cut)

    async def read(self, count: int) -> list[str]:
        """So many chunks after `retry`."""
        async with asyncio.timeout(DEADLINE), aclosing(self.stream.chunks()) as chunks:
            assert await anext(chunks) == RETRY
            return [(await anext(chunks)).decode() for _ in range(count)]

    async def rest(self) -> str:
        """All that comes to the end."""
        async with asyncio.timeout(DEADLINE):
            return b"".join([chunk async for chunk in self.stream.chunks()]).decode().removeprefix(RETRY.decode())

    async def _cut(self) -> None:
        self.cut.set()


def change(number: int) -> LoggedChange:
    return LoggedChange(
        id=number,
        cursor=f"k3m9x0ab-{number:x}",
        type="message_posted",
        room_id="r",
        actor_id="a",
        at="2026-11-21T12:00:00.000Z",
        data=json.dumps({"body": "two\nlines\r and \u2028"}, ensure_ascii=False),
    )


async def test_an_event_is_its_place_its_name_and_the_json_on_one_line() -> None:
    bench = Bench()
    logged = change(7)
    bench.stream.send(encode_event(logged.type, logged.json))
    (text,) = await bench.read(1)
    assert text == f"id: k3m9x0ab-7\nevent: message_posted\ndata: {logged.json}\n\n"
    assert "\r" not in text
    assert len(text.split("\n")) == 5


def test_what_is_no_change_has_a_place_only_if_it_says_one() -> None:
    assert RESYNC.startswith("id: k3m9x0ab-9\nevent: resync\ndata: {")
    assert encode_event("auth_expiring", '{"expires_at":"x"}') == 'event: auth_expiring\ndata: {"expires_at":"x"}\n\n'


async def test_what_is_beside_the_log_is_not_sent() -> None:
    bench = Bench()
    for event in ("presence_changed", "typing_changed"):
        bench.stream.send(encode_event(event, '{"user_id":"u"}'))
    bench.stream.restart()
    assert "user_id" not in await bench.rest()


async def test_silence_is_broken_by_comments() -> None:
    bench = Bench(ListenLimits(heartbeat_seconds=AT_ONCE))
    assert await bench.read(3) == [HEARTBEAT.decode()] * 3


async def test_what_waits_is_written_in_chunks_in_order() -> None:
    bench = Bench(ListenLimits(chunk_bytes=100))
    sent = [encode_event("message_posted", change(number).json) for number in range(10)]
    for packet in sent:
        bench.stream.send(packet)
    assert await bench.read(10) == sent
    assert bench.stream.waiting_bytes == 0


async def test_too_much_is_dropped_for_one_resync_and_what_follows_is_sent() -> None:
    sent = [encode_event("message_posted", change(number).json) for number in range(4)]
    full = sum(len(packet.encode()) for packet in sent[:3])
    for limits in (ListenLimits(outbox_events=3), ListenLimits(outbox_bytes=full)):
        bench = Bench(limits)
        for packet in sent:
            bench.stream.send(packet)
            assert bench.stream.waiting_bytes <= limits.outbox_bytes
        bench.stream.send(sent[0])
        bench.stream.restart()
        assert (await bench.rest()).startswith(RESYNC + sent[0])


async def test_a_bundle_is_sent_whole_or_not_at_all() -> None:
    sent = [encode_event("message_posted", change(number).json) for number in range(4)]
    bench = Bench(ListenLimits(outbox_events=4))
    bench.stream.send_all(bench.stream.bundle(sent[:3]))
    bench.stream.send_all(bench.stream.bundle(sent[2:]))
    bench.stream.send_all(bench.stream.bundle(sent[:2]))
    bench.stream.restart()
    bench.stream.send_all(bench.stream.bundle(sent[:1]))
    assert (await bench.rest()).startswith(RESYNC + sent[0] + sent[1])
    assert bench.stream.waiting_bytes == 0


async def test_there_is_room_when_all_was_taken_and_when_nobody_reads_any_more() -> None:
    bench = Bench()
    bench.stream.send("data: 1\n\n")
    waiting = asyncio.create_task(bench.stream.writable())
    reading = asyncio.create_task(bench.rest())
    async with asyncio.timeout(DEADLINE):
        await waiting
        bench.stream.restart()
        await reading
    other = Bench()
    other.stream.send("data: 1\n\n")
    other.stream.leave()
    async with asyncio.timeout(DEADLINE):
        await other.stream.writable()


async def test_the_end_of_a_session_drops_what_waits_and_says_nothing() -> None:
    bench = Bench()
    bench.stream.send("data: secret\n\n")
    bench.stream.close(SIGNED_OUT)
    bench.stream.send("data: later\n\n")
    assert await bench.rest() == ""


async def test_a_restart_is_the_last_that_is_said() -> None:
    bench = Bench()
    bench.stream.send("data: before\n\n")
    bench.stream.restart()
    bench.stream.send("data: after\n\n")
    notice = f'event: server_restarting\ndata: {{"retry_after_ms":{RESTART_AFTER_MS}}}\n\n'
    assert await bench.rest() == "data: before\n\n" + notice


async def test_whoever_takes_nothing_is_cut_off() -> None:
    bench = Bench(ListenLimits(stall_seconds=AT_ONCE))
    async with asyncio.timeout(DEADLINE), aclosing(bench.stream.chunks()) as chunks:
        await anext(chunks)  # and is not asked for more: the server is still sending this one
        await bench.cut.wait()


async def test_whoever_takes_nothing_has_less_time_at_the_end() -> None:
    bench = Bench(ListenLimits(farewell_seconds=AT_ONCE))
    async with asyncio.timeout(DEADLINE), aclosing(bench.stream.chunks()) as chunks:
        await anext(chunks)
        bench.stream.restart()
        await bench.cut.wait()


async def test_whoever_takes_everything_is_not_cut_off() -> None:
    bench = Bench(ListenLimits(heartbeat_seconds=10 * AT_ONCE, stall_seconds=AT_ONCE))
    await bench.read(1)
    bench.stream.leave()
    assert not bench.cut.is_set()
