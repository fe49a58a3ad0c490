"""A thousand clients that begin and do not go on: all gone by their timeouts, and nobody else notices.

Hypercorn's ten seconds for a TLS handshake and our ten for a native WebSocket to authenticate are those of every day.
The others are shortened by `apps.impatient` (an idle connection or an unfinished head, 30 s; a body, 20 s; a session
without a namespace, 45 s), and taken as they are by `make soak`.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection

from hubbub.application import Bounds
from hubbub.composite.serving import ServeConfig
from tests.conformance.apps.impatient import BOUNDS, HYPERCORN, PATIENCE_SECONDS
from tests.support.deadline import DEADLINE, eventually
from tests.support.native import PATH as NATIVE_PATH
from tests.support.people import People
from tests.support.raw_peers import RawPeer, allow_descriptors, drip, many, request, text_frame, upgrade_request
from tests.support.rest import API, rest_client
from tests.support.server import ServerProcess, running_server
from tests.support.sockets import SocketClient

LATE_SECONDS = 4.0  # that a busy machine may take to see a thousand timeouts through
DRIP_SECONDS = 1.0
BYTES = [b"a"] * 60  # one a second: longer than anybody waits
SLOWEST_SECONDS = 2.0  # for somebody else's message meanwhile, from the key to the other screen

ENV = {"HUBBUB_REGISTRATION": "open", "HUBBUB_RATE_LIMITS": "off", "HUBBUB_LOG_LEVEL": "warning"}
SOCKETIO = "/socket.io/?EIO=4&transport="


async def connected(server: ServerProcess) -> RawPeer:
    return await RawPeer.connect(server)


async def unfinished_tls(server: ServerProcess) -> RawPeer:
    """The beginning of a ClientHello, at the port for TLS."""
    peer = await RawPeer.connect_to(int(server.https_url.rpartition(":")[2]))
    peer.send(b"\x16\x03\x01\x02\x00\x01\x00")
    return peer


async def slow_head(server: ServerProcess) -> RawPeer:
    peer = await RawPeer.connect(server)
    peer.send(b"GET / HTTP/1.1\r\nX-Long: ")
    return peer


async def slow_body(server: ServerProcess) -> RawPeer:
    peer = await RawPeer.connect(server)
    peer.send(request("POST", f"{API}/sessions", b"{", length=len(BYTES) + 1))
    return peer


async def slow_head_http2(server: ServerProcess) -> RawPeer:
    """The frame announces more than the client ever sends (RFC 9113, 6.2)."""
    peer = await RawPeer.connect(server, protocol="h2")
    peer.send(http2().data_to_send() + http2_frame(b"\x01\x05", len(BYTES)))
    return peer


async def slow_body_http2(server: ServerProcess) -> RawPeer:
    peer = await RawPeer.connect(server, protocol="h2")
    frames = http2()
    headers = [(":method", "POST"), (":scheme", "https"), (":authority", "test"), (":path", f"{API}/sessions")]
    frames.send_headers(1, headers)
    peer.send(frames.data_to_send())
    return peer


def http2() -> H2Connection:
    frames = H2Connection(H2Configuration(client_side=True))
    frames.initiate_connection()
    return frames


def http2_frame(kind_and_flags: bytes, length: int) -> bytes:
    """The head of a frame of stream 1 (RFC 9113, 4.1)."""
    return length.to_bytes(3, "big") + kind_and_flags + (1).to_bytes(4, "big")


class NeverJoins(RawPeer):
    """A session over WebSocket that answers every ping and nothing else."""

    def hear(self, data: bytes) -> None:
        if data.endswith(b"\x81\x012"):
            self.send(text_frame("3"))


async def never_joins_by_websocket(server: ServerProcess) -> RawPeer:
    peer = await NeverJoins.connect(server)
    peer.send(upgrade_request(f"{SOCKETIO}websocket"))
    await peer.wait_for(b"pingInterval")
    return peer


class NeverJoinsByPolling(RawPeer):
    """The same by requests, one after the other on one connection: a poll, and after each ping its pong."""

    path = ""

    def hear(self, data: bytes) -> None:
        if data.endswith(b"\r\n\r\n2"):
            self.send(request("POST", self.path, b"3"))
        elif data.endswith(b"\r\n\r\nok"):
            self.send(request("GET", self.path))
        elif self.path:  # the session is over
            self.drop()


async def never_joins_by_polling(server: ServerProcess) -> RawPeer:
    peer = await NeverJoinsByPolling.connect(server)
    peer.send(request("GET", f"{SOCKETIO}polling"))
    await peer.wait_for(b"}")
    session = json.loads(peer.last[peer.last.index(b"{") :])["sid"]
    peer.path = f"{SOCKETIO}polling&sid={session}"
    peer.send(request("GET", peer.path))
    return peer


async def never_authenticates(server: ServerProcess) -> RawPeer:
    """A native WebSocket that says nothing, and does not answer the close either."""
    peer = await RawPeer.connect(server)
    peer.send(upgrade_request(NATIVE_PATH))
    await peer.wait_for(b" 101 ")
    return peer


@dataclass(frozen=True)
class Kind:
    """How it begins, how long it may stay, how many there are, and what each goes on with once a second."""

    begin: Callable[[ServerProcess], Awaitable[RawPeer]]
    seconds: float
    count: int
    drips: Sequence[bytes] = ()

    def __str__(self) -> str:
        return self.begin.__name__


def half_open(bounds: Bounds, idle_seconds: float) -> list[Kind]:
    """A thousand that have not said what they want."""
    body_seconds = bounds.bodies.seconds
    return [
        Kind(connected, idle_seconds, 300),
        Kind(unfinished_tls, ServeConfig().ssl_handshake_timeout, 300),
        Kind(slow_head, idle_seconds, 150, BYTES),
        Kind(slow_head_http2, idle_seconds, 50, BYTES),
        Kind(slow_body, body_seconds, 150, BYTES),
        # The answer that gives a body up leaves a connection behind, which is then idle.
        Kind(slow_body_http2, body_seconds + idle_seconds, 50, [http2_frame(b"\x00\x00", 1) + b"a"] * len(BYTES)),
    ]


def never_joining(bounds: Bounds) -> list[Kind]:
    """A thousand that have a session and do nothing with it."""
    native = bounds.websockets
    return [
        Kind(never_joins_by_websocket, bounds.sockets.join_seconds, 600),
        Kind(never_joins_by_polling, bounds.sockets.join_seconds, 200),
        Kind(never_authenticates, native.authenticate_seconds + native.close_seconds, 200),
    ]


@pytest.mark.alone
async def test_two_thousand_that_do_not_go_on_are_gone_in_time_and_nobody_notices(tmp_path: Path) -> None:
    allow_descriptors(8_000)
    async with running_server(
        tmp_path, command="hypercorn", application="tests.conformance.apps.impatient:app", arguments=HYPERCORN, env=ENV
    ) as server:
        await see_them_go(server, half_open(BOUNDS, PATIENCE_SECONDS), never_joining(BOUNDS))


@pytest.mark.soak
@pytest.mark.alone
async def test_the_same_with_the_times_of_every_day(tmp_path: Path) -> None:
    allow_descriptors(8_000)
    async with running_server(tmp_path, env=ENV) as server:
        await see_them_go(server, half_open(Bounds(), ServeConfig().keep_alive_timeout), never_joining(Bounds()))


async def see_them_go(server: ServerProcess, *thousands: list[Kind]) -> None:
    """Begin them all, and wait for the end of each kind while others talk."""
    assert [sum(kind.count for kind in kinds) for kinds in thousands] == [1_000] * len(thousands)
    async with others(server) as delays:
        seen = len(delays)
        opened = [(kind, *await begin(server, kind)) for kinds in thousands for kind in kinds]
        for kind, peers, began in sorted(opened, key=lambda each: each[0].seconds):
            left = began + kind.seconds + LATE_SECONDS - time.monotonic()
            await eventually(partial(all_over, peers), f"{kind} to be gone", left)
        assert len(delays) - seen > 20
    assert statistics.quantiles(delays[seen:], n=20)[-1] < SLOWEST_SECONDS
    await eventually(lambda: nothing_left(server), "the server to have forgotten them all")


async def begin(server: ServerProcess, kind: Kind) -> tuple[list[RawPeer], float]:
    """All of a kind, and when the last of them began."""

    async def one() -> RawPeer:
        return await kind.begin(server)

    peers = await many(kind.count, one)
    if kind.drips:
        drip(peers, kind.drips, DRIP_SECONDS)
    return peers, time.monotonic()


def all_over(peers: Sequence[RawPeer]) -> bool:
    return all(peer.over.is_set() for peer in peers)


async def nothing_left(server: ServerProcess) -> bool:
    async with rest_client(server) as client:
        text = (await client.get("/metrics")).text
    open_now = ("hubbub_socket_sessions{", "hubbub_websockets_open ", "hubbub_subscriptions ", "hubbub_requests_open ")
    counts = [float(line.split()[-1]) for line in text.splitlines() if line.startswith(open_now)]
    return len(counts) == 5 and sum(counts) == 1  # this request


@asynccontextmanager
async def others(server: ServerProcess) -> AsyncIterator[list[float]]:
    """Two people who talk all the while; the seconds from each message to the other's screen."""
    async with People(server) as people:
        ada, bob = await people.register(), await people.register()
        room = (await ada.create_room()).id
        await bob.join(room)
        delays: list[float] = []
        async with (
            await SocketClient.connect(server, token=ada.token) as writing,
            await SocketClient.connect(server, token=bob.token) as reading,
        ):

            async def talk() -> None:
                for number in itertools.count():
                    began = time.monotonic()
                    body = f"message {number}"

                    def is_it(change: dict[str, Any], body: str = body) -> bool:
                        return bool(change["data"]["body"] == body)

                    answer = await writing.ask("post_message", {"room_id": room, "body": body, "client_id": body})
                    assert answer["ok"], answer
                    await reading.wait_for("message_posted", is_it)
                    delays.append(time.monotonic() - began)
                    await asyncio.sleep(0.1)

            talking = asyncio.create_task(talk())
            await eventually(lambda: len(delays) > 3, "them to talk", DEADLINE)
            yield delays
            talking.cancel()
            await asyncio.wait({talking})
            if not talking.cancelled():
                talking.result()
