"""What no client may say is refused with a reason by every transport, and nobody else hears of it."""

from __future__ import annotations

import asyncio
import gzip
import json
import zlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect

from hubbub.composite.body_reading import BodyLimits
from hubbub.transports.websocket.limits import WebSocketLimits
from tests.support.deadline import DEADLINE
from tests.support.native import PATH, NativeClient
from tests.support.people import People, Person
from tests.support.process import resident_bytes
from tests.support.raw_peers import RawPeer, upgrade_request
from tests.support.rest import API, rest_client
from tests.support.server import ServerProcess
from tests.support.sockets import SocketClient
from tests.support.wire import Way, WireSocket

MIB = 1024 * 1024
DEPTH = 5_000
# Numbers that JSON does not have, or no double holds; half a character; more levels than anybody reads.
NOT_JSON = ("NaN", "Infinity", "-Infinity", "1e999", r'"\ud800"', "[" * DEPTH + "]" * DEPTH)
RESERVED = ("connect", "disconnect", "connect_error", "newListener", "removeListener")
TOO_LARGE = json.dumps("x" * WebSocketLimits().frame_bytes)
BOMB_BYTES = 64 * MIB  # inflated; the door lets 1 MiB of a body in

ways = pytest.mark.parametrize("way", ["websocket", "upgrade", "polling"])
versions = pytest.mark.parametrize("http2", [False, True], ids=["1.1", "2"])


@dataclass
class Scene:
    """Ada says what she should not, in a room where Bob listens."""

    server: ServerProcess
    ada: Person
    room_id: str
    bob: SocketClient

    async def nothing_was_heard(self) -> None:
        """See that Bob is still there and hears what comes next, and nothing before it."""
        sent = await self.ada.post(self.room_id, "all is well")
        await self.bob.wait_for("message_posted", lambda change: change["data"]["id"] == sent.id)
        assert [change["data"]["id"] for change in self.bob.named("message_posted")] == [sent.id]
        assert not self.bob.disconnected.is_set()
        self.server.assert_clean_log()


@pytest.fixture
async def scene(shared_server: ServerProcess, people: People) -> AsyncIterator[Scene]:
    ada, bob = await people.register(), await people.register()
    room = await ada.create_room()
    await bob.join(room.id)
    async with await SocketClient.connect(shared_server, token=bob.token) as listening:
        yield Scene(shared_server, ada, room.id, listening)


def post(room_id: str, value: str) -> str:
    """The arguments of `post_message` as JSON, with a body that is given as JSON."""
    return f'{{"room_id":"{room_id}","client_id":"{len(value)}","body":{value}}}'


@ways
async def test_what_json_does_not_have_ends_a_socketio_session(scene: Scene, way: Way) -> None:
    for value in NOT_JSON:
        await see_it_end(scene, way, f'421["post_message",{post(scene.room_id, value)}]', "Bad request")
    await scene.nothing_was_heard()


@ways
async def test_a_reserved_name_ends_a_socketio_session(scene: Scene, way: Way) -> None:
    for name in RESERVED:
        await see_it_end(scene, way, f'421["{name}",{{"token":"{scene.ada.token}"}}]', "Bad request")
    await scene.nothing_was_heard()


@ways
async def test_too_much_ends_a_socketio_session(scene: Scene, way: Way) -> None:
    await see_it_end(scene, way, f'421["post_message",{post(scene.room_id, TOO_LARGE)}]', "Payload too large")
    await scene.nothing_was_heard()


async def see_it_end(scene: Scene, way: Way, packet: str, refusal: str) -> None:
    """Send a packet; the session is over, and where each packet is answered, by polling, it is refused with words."""
    async with await WireSocket.connect(scene.server, way, token=scene.ada.token) as socket:
        try:
            await socket.carrier.send(packet)
        except AssertionError as refused:  # any answer but `ok`, with its body
            assert refusal in str(refused)  # noqa: PT017  the carrier knows no other way to say it
        await asyncio.wait_for(socket.disconnected.wait(), DEADLINE)


@versions
async def test_what_json_does_not_have_is_answered_before_a_native_websocket_is_closed(
    scene: Scene, http2: bool
) -> None:
    for value in NOT_JSON:
        frame = f'{{"id":1,"type":"post_message","data":{post(scene.room_id, value)}}}'
        assert await last_answer(scene, frame, http2=http2) == ("invalid_request", 1008)
    await scene.nothing_was_heard()


@versions
async def test_too_much_is_answered_before_a_native_websocket_is_closed(scene: Scene, http2: bool) -> None:
    frame = f'{{"id":1,"type":"post_message","data":{post(scene.room_id, TOO_LARGE)}}}'
    assert await last_answer(scene, frame, http2=http2) == ("too_large", 1009)
    await scene.nothing_was_heard()


async def last_answer(scene: Scene, frame: str, *, http2: bool) -> tuple[Any, int | None]:
    """The error that answers a frame, and the code of the close that follows."""
    client = await NativeClient.connect(scene.server, scene.ada.token, http2=http2)
    await client.wire.send(frame)
    await asyncio.wait_for(client.over.wait(), DEADLINE)
    await client.close()
    return client.answers[-1]["error"]["code"], client.close_code


@versions
async def test_what_json_does_not_have_is_a_problem(scene: Scene, http2: bool) -> None:
    for value in NOT_JSON:
        answer = await post_raw(scene, f'{{"body":{value}}}'.encode(), http2=http2)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    await scene.nothing_was_heard()


@versions
async def test_too_much_is_a_problem(scene: Scene, http2: bool) -> None:
    answer = await post_raw(scene, b"x" * (BodyLimits().keep_bytes + 1), http2=http2)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    await scene.nothing_was_heard()


@versions
@pytest.mark.parametrize(
    ("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)], ids=["gzip", "deflate"]
)
async def test_a_compressed_body_is_not_inflated(
    scene: Scene, http2: bool, encoding: str, pack: Callable[[bytes], bytes]
) -> None:
    bomb = pack(bytes(BOMB_BYTES))
    before = resident_bytes(scene.server.pid)
    answer = await post_raw(scene, bomb, http2=http2, headers={"content-encoding": encoding})
    assert answer.headers["content-type"] == "application/problem+json"
    assert 400 <= answer.status_code < 500
    assert resident_bytes(scene.server.pid) - before < BOMB_BYTES / 2
    await scene.nothing_was_heard()


async def post_raw(
    scene: Scene, content: bytes, *, http2: bool, headers: dict[str, str] | None = None
) -> httpx.Response:
    """Ask for a message with this as its body, word for word."""
    given = {"content-type": "application/json", **(headers or {})}
    async with rest_client(scene.server, http2=http2, token=scene.ada.token) as client:
        return await client.post(f"{API}/rooms/{scene.room_id}/messages", content=content, headers=given)


async def compressed_socketio(server: ServerProcess) -> RawPeer:
    return await compressed(server, "/socket.io/?EIO=4&transport=websocket", None)


async def compressed_native(server: ServerProcess, token: str) -> RawPeer:
    return await compressed(server, PATH, token)


async def compressed(server: ServerProcess, path: str, token: str | None) -> RawPeer:
    """A WebSocket that claims an extension which nobody agreed to."""
    peer = await RawPeer.connect(server)
    extension = b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n"
    peer.send(upgrade_request(path, token)[:-2] + extension)
    await peer.wait_for(b" 101 ")
    assert b"permessage-deflate" not in peer.last.lower()
    return peer


@pytest.mark.parametrize("native", [False, True], ids=["Socket.IO", "native"])
async def test_a_compressed_frame_is_not_inflated_and_ends_its_websocket(scene: Scene, native: bool) -> None:
    if native:
        peer = await compressed_native(scene.server, scene.ada.token)
    else:
        peer = await compressed_socketio(scene.server)
    deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    bomb = deflate.compress(bytes(BOMB_BYTES)) + deflate.flush(zlib.Z_SYNC_FLUSH)
    before = resident_bytes(scene.server.pid)
    peer.send(b"\xc1\xff" + len(bomb).to_bytes(8, "big") + bytes(4) + bomb)  # RSV1 (RFC 7692, 7.2.3.1)
    await asyncio.wait_for(peer.over.wait(), DEADLINE)
    assert (b"invalid_request" in peer.last) is native
    assert resident_bytes(scene.server.pid) - before < BOMB_BYTES / 2
    await scene.nothing_was_heard()


async def test_no_websocket_agrees_to_compression(scene: Scene) -> None:
    url = scene.server.http_url.replace("http", "ws", 1)
    for path in (PATH, "/socket.io/?EIO=4&transport=websocket"):
        async with connect(f"{url}{path}", compression="deflate", proxy=None) as socket:
            assert socket.protocol.extensions == []
