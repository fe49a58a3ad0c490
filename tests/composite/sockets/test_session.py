from __future__ import annotations

import asyncio

import pytest
from engineio.payload import Payload

from hubbub.composite.sockets import session as sessions
from hubbub.composite.sockets.counters import SocketCounters
from hubbub.composite.sockets.departure import Departure
from hubbub.composite.sockets.engine_packets import Encoded, EnginePacket, MalformedPacket
from hubbub.composite.sockets.frames import Bundle, frame_of
from hubbub.composite.sockets.limits import SocketLimits
from hubbub.composite.sockets.outbox import CONTROL_PACKETS
from hubbub.composite.sockets.session import EngineSession, State
from hubbub.testing.clock import ManualClock
from tests.support.asgi_calls import http_scope

LIMITS = SocketLimits(outbox_packets=3, outbox_bytes=100)
PONG = EnginePacket("3", "")


class World:
    """A session, and all that its listener was told."""

    def __init__(self, limits: SocketLimits = LIMITS) -> None:
        self.clock = ManualClock()
        self.counters = SocketCounters()
        self.told: list[object] = []
        self.instead = "4resync"
        self.session = EngineSession(
            "sid",
            http_scope("/"),
            transport="polling",
            limits=limits,
            counters=self.counters,
            listener=self,
            forget=lambda sid: self.told.append(("forgotten", sid)),
            later=self.clock.later,
        )
        self.session.start()

    async def session_opening(self, session: EngineSession) -> str | None:
        return None

    def session_received(self, session: EngineSession, data: Encoded) -> None:
        self.told.append(data)

    def session_overflowed(self, session: EngineSession) -> None:
        self.told.append("overflow")
        session.send(self.instead)

    def session_closed(self, session: EngineSession, reason: str) -> None:
        self.told.append(reason)
        session.send("4too late")

    def ended_session(self, sid: str) -> EngineSession | None:
        return None


def test_a_poll_takes_everything_in_order() -> None:
    world = World()
    world.session.send("4a")
    world.session.send(b"b")
    assert (world.session.waiting_packets, world.session.waiting_bytes) == (2, 3)
    assert not world.session.empty.is_set()
    assert world.session.take_poll() == ["4a", b"b"]
    assert world.session.empty.is_set()
    assert world.session.take_poll() == []
    assert world.counters.packets_out == 2


def test_a_poll_takes_no_more_than_pythons_client_does() -> None:
    world = World(SocketLimits(outbox_packets=100))
    for number in range(Payload.max_decode_packets + 2):
        world.session.send(f"4{number}")
    assert len(world.session.take_poll()) == Payload.max_decode_packets
    world.session.close("why")
    assert world.session.take_poll() == ["416", "417"]
    assert world.session.take_poll() == ["1"]


def test_an_outbox_that_is_full_is_dropped_and_the_listener_is_told() -> None:
    world = World()
    for number in range(5):
        world.session.send(f"4{number}")
    assert world.told == ["overflow"]
    assert world.session.take_poll() == ["4resync", "44"]
    assert world.counters.overflows == 1


def test_a_bundle_is_sent_packet_by_packet_and_overflows_as_one() -> None:
    world = World()
    world.session.send_all(Bundle(["4a", "4b"]))
    assert (world.session.waiting_packets, world.session.waiting_bytes) == (2, 4)
    assert world.session.take_poll() == ["4a", "4b"]
    assert world.counters.packets_out == 2
    world.session.send("4c")
    world.session.send_all(Bundle(["4d", "4e", "4f"]))
    assert (world.told, world.session.take_poll()) == (["overflow"], ["4resync"])
    world.session.send_all(Bundle(["4a", "4b"]))
    assert world.session.take_within(100) == [("4a", "4b")]
    assert (world.counters.packets_out, world.session.empty.is_set()) == (5, True)
    world.session.close("gone", flush=False)
    world.session.send_all(Bundle(["4g"]))
    assert world.session.waiting_packets == 0


class Server:
    """What a WebSocket is written to."""

    def __init__(self) -> None:
        self.free = 1_000
        self.written = b""

    def room(self) -> int:
        return self.free

    def write(self, frames: bytes) -> None:
        self.written += frames


async def test_a_bundle_leaves_at_once_and_overtakes_nothing() -> None:
    world, server = World(), Server()
    world.session.departure = Departure(server, world.session, lambda: world.told.append("the long way"))
    first, second = Bundle(["4a", "4b"]), Bundle(["4d"])
    world.session.send_all(first)
    assert (server.written, world.session.waiting_packets, world.counters.packets_out) == (first.frames, 0, 2)
    world.session.send("4c")
    world.session.send_all(second)
    assert server.written == first.frames
    await asyncio.sleep(0)
    assert server.written == first.frames + frame_of("4c") + second.frames
    server.free = 0
    world.session.send_all(second)
    assert (world.session.waiting_packets, world.counters.packets_out) == (1, 4)
    await asyncio.sleep(0)
    assert world.told == ["the long way"]


def test_what_would_not_be_said_again_survives_an_overflow() -> None:
    world = World()
    for packet, key in (("4on", "ada"), ("4a", None), ("4b", None), ("4off", "bob")):
        world.session.send(packet, key)
    assert world.told == ["overflow"]
    assert world.session.take_poll() == ["4on", "4resync", "4off"]


def test_more_of_that_than_fits_ends_the_session() -> None:
    world = World()
    for number in range(4):
        world.session.send("4on", f"person {number}")
    assert world.told[:2] == ["overflow", sessions.NEVER_READ]
    assert world.session.state is State.CLOSED


def test_what_never_fits_ends_the_session() -> None:
    world = World()
    world.instead = "4" * 200
    world.session.send("4" * 200)
    assert world.told == ["overflow", sessions.NEVER_READ, ("forgotten", "sid")]


def test_packets_of_the_protocol_survive_an_overflow() -> None:
    world = World()
    world.session.send_control("40{}")
    for number in range(4):
        world.session.send(f"4{number}")
    assert world.session.take_poll() == ["40{}", "4resync"]


def test_a_client_that_never_reads_is_closed_before_they_pile_up() -> None:
    world = World()
    for _ in range(CONTROL_PACKETS + 1):
        world.session.send_control("40{}")
    assert world.session.state is State.CLOSED
    assert world.told[0] == sessions.NEVER_READ


def test_replacing_drops_what_waits() -> None:
    world = World()
    world.session.send("4a")
    world.session.replace("4b")
    assert world.session.take_poll() == ["4b"]


def test_messages_reach_the_listener_until_the_end() -> None:
    world = World()
    world.session.receive(EnginePacket("4", "hello"))
    world.session.receive(EnginePacket("1", ""))
    world.session.receive(EnginePacket("4", "late"))
    assert world.told == ["hello", sessions.CLIENT_DISCONNECT, ("forgotten", "sid")]
    assert world.session.take_poll() == ["6"]


@pytest.mark.parametrize("kind", "0256")
def test_what_only_servers_send_is_malformed(kind: str) -> None:
    with pytest.raises(MalformedPacket):
        World().session.receive(EnginePacket(kind, ""))


def test_a_ping_is_sent_and_its_pong_awaited() -> None:
    world = World()
    for _ in range(3):
        world.clock.advance(25)
        assert world.session.take_poll() == ["2"]
        world.session.receive(PONG)
    world.clock.advance(25 + 20)
    assert world.told == [sessions.PING_TIMEOUT, ("forgotten", "sid")]
    assert world.counters.timed_out == 1
    assert world.clock.waiting == 0


def test_whoever_takes_nothing_is_found_out_although_they_send_pongs() -> None:
    world = World()
    for _ in range(45):
        world.session.receive(PONG)
        world.session.send("4x")
        world.clock.advance(1)
    assert world.session.state is State.CLOSED


def test_closing_offers_what_waits_and_tells_the_listener_once() -> None:
    world = World()
    world.session.send("4last")
    world.session.close("why")
    world.session.close("again")
    assert world.told == ["why"]
    assert world.session.take_poll() == ["4last"]
    assert world.told == ["why"]
    assert world.session.take_poll() == ["1"]
    assert world.told == ["why", ("forgotten", "sid")]
    assert world.session.empty.is_set()


def test_what_is_offered_is_not_offered_for_ever() -> None:
    world = World()
    world.session.close("why")
    interrupted: list[bool] = []
    world.session.interrupt = lambda: interrupted.append(True)
    world.clock.advance(LIMITS.close_seconds)
    assert world.told == ["why", ("forgotten", "sid")]
    assert interrupted == [True]
    assert world.clock.waiting == 0


def test_an_end_without_a_word_is_still_told() -> None:
    world = World()
    world.session.finish()
    world.session.finish()
    assert world.told == [sessions.TRANSPORT_CLOSE, ("forgotten", "sid")]
    assert world.counters.sessions == {"polling": 0, "websocket": 0}


def test_a_poll_that_nobody_heard_gives_its_packets_back() -> None:
    world = World()
    world.session.send("4a")
    world.session.send("4b")
    taken = world.session.take_poll()
    world.session.send("4c")
    world.session.put_back(taken)
    assert world.session.take_poll() == ["4a", "4b", "4c"]


def test_a_client_whose_poll_dropped_may_come_back_for_a_while() -> None:
    world = World()
    world.session.poll_dropped()
    world.clock.advance(LIMITS.repoll_seconds - 1)
    world.session.came_back()
    world.clock.advance(LIMITS.repoll_seconds)
    assert world.told == []
    world.session.poll_dropped()
    world.clock.advance(LIMITS.repoll_seconds)
    assert world.told[0] == sessions.TRANSPORT_CLOSE


def test_an_upgrade_moves_the_session() -> None:
    world = World()
    world.session.probed = True
    world.session.send("4a")
    assert world.session.take_poll() == ["6"]
    world.session.upgrade()
    assert (world.session.transport, world.session.upgraded) == ("websocket", True)
    assert world.counters.sessions == {"polling": 0, "websocket": 1}
    assert world.session.take() == "4a"
