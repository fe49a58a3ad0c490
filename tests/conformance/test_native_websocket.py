"""The native WebSocket at the real server: beside other transports, in a browser, under nonsense, and at the end."""

from __future__ import annotations

import asyncio
import json
import random
import time
from typing import Any

import pytest

from tests.support.browser import browser_for, open_page
from tests.support.chance import seeded
from tests.support.native import NativeClient
from tests.support.people import PASSWORD, People
from tests.support.server import ServerProcess
from tests.support.sockets import SocketClient

CROSSINGS = 6
POSTS_EACH = 5
SOCKETS = 100
RESTART_SECONDS = 1.0
SIGNED_OUT_SECONDS = 1.0
FRAMES = 300


@pytest.mark.seed("1.5")
async def test_leaving_by_one_transport_and_coming_back_by_another(
    shared_server: ServerProcess, people: People
) -> None:
    ada, bob = await people.register(), await people.register()
    room = await ada.create_room()
    await bob.join(room.id)
    async with await NativeClient.connect(shared_server, bob.token) as first:
        cursor = first.cursor
    heard: list[dict[str, Any]] = []
    number = 0
    for crossing in range(CROSSINGS):
        for _ in range(POSTS_EACH):
            await ada.post(room.id, str(number))
            number += 1
        client: NativeClient | SocketClient
        if crossing % 2:
            client = await SocketClient.connect(shared_server, token=bob.token, cursor=cursor)
        else:
            client = await NativeClient.connect(shared_server, bob.token, cursor=cursor, http2=crossing % 4 == 0)
        async with client:
            assert client.named("ready")[0]["resumed"] is True
            await ada.post(room.id, str(number))  # while they are here
            await client.wait_for("message_posted", lambda change, last=number: change["data"]["body"] == str(last))  # type: ignore[misc]
            number += 1
            heard += client.changes
            cursor = client.cursor
    own = [change for change in heard if change["room_id"] == room.id]
    assert [change["data"]["body"] for change in own] == [str(each) for each in range(number)]
    assert len({change["cursor"] for change in heard}) == len(heard)


async def test_the_cookie_and_the_cursor_of_the_query_resume(shared_server: ServerProcess, people: People) -> None:
    ada = await people.register()
    room = await ada.create_room()
    headers = {"cookie": f"hubbub_session={ada.token}", "origin": shared_server.https_url}
    async with await NativeClient.open(shared_server, http2=True, headers=headers) as before:
        cursor = (await before.wait_for("ready"))["cursor"]
    message = await ada.post(room.id, "while away")
    async with await NativeClient.open(shared_server, http2=True, headers=headers, query=f"since={cursor}") as after:
        assert (await after.wait_for("ready"))["resumed"] is True
        assert [change["data"]["id"] for change in after.changes if change["room_id"] == room.id] == [message.id]


@pytest.mark.parametrize("http2", [False, True], ids=["http/1.1", "http/2"])
async def test_signing_out_closes_within_a_second(shared_server: ServerProcess, people: People, http2: bool) -> None:
    ada = await people.register()
    async with await NativeClient.connect(shared_server, ada.token, http2=http2) as client:
        began = time.monotonic()
        await ada.request("DELETE", "/sessions/current")
        assert await client.wait_for_end() == 4001
        assert time.monotonic() - began < SIGNED_OUT_SECONDS
        assert client.answers[-1]["error"]["code"] == "unauthenticated"


def nonsense(chance: random.Random) -> str | bytes:
    """A frame that is a command, nearly one, or nothing at all."""
    kind = chance.randrange(6)
    if kind == 0:
        return chance.randbytes(chance.randrange(50))
    if kind == 1:
        return "".join(chr(chance.randrange(1, 0xD7FF)) for _ in range(chance.randrange(50)))
    frame: dict[str, object] = {
        "id": chance.choice([chance.randrange(100), -1, None, 2**70, "7", 0.5]),
        "type": chance.choice(["join_room", "post_message", "authenticate", "refresh_auth", "", 5, "nothing"]),
        "data": chance.choice([None, {}, [], 5, {"room_id": "\x00"}, {"token": "x" * 300}, [[[[]]]]]),
    }
    if kind == 2:
        frame.pop(chance.choice(list(frame)))
    text = json.dumps(frame)
    return text[: chance.randrange(len(text))] if kind == 3 else text


async def test_nonsense_is_answered_and_leaves_nothing(fresh_server: ServerProcess) -> None:
    chance = seeded()
    async with People(fresh_server) as people:
        ada = await people.register()
        for number in range(20):
            client = await NativeClient.open(fresh_server, http2=number % 2 == 0)
            if number % 3:
                await client.call("authenticate", {"token": ada.token})
            answered = len(client.answers)
            for _ in range(FRAMES // 20):
                await client.wire.send(nonsense(chance))
                await client.wait_until(
                    lambda: len(client.answers) > answered or client.over.is_set(),  # noqa: B023
                    "an answer to nonsense",
                )
                answered = len(client.answers)
                if client.over.is_set():
                    assert client.close_code in (1008, 4001)
                    assert client.answers
                    break
            await client.close()
        async with await NativeClient.connect(fresh_server, ada.token) as client:
            assert (await client.ask("create_room", {"name": "Den", "visibility": "public"}))["ok"] is True
    fresh_server.assert_clean_log()


async def test_a_hundred_are_told_of_the_restart_within_a_second(fresh_server: ServerProcess) -> None:
    async with People(fresh_server) as people:
        ada = await people.register()
        clients = [
            await NativeClient.connect(fresh_server, ada.token, http2=number % 10 == 0) for number in range(SOCKETS)
        ]
        stopping = asyncio.create_task(fresh_server.stop())
        began = time.monotonic()
        codes = await asyncio.gather(*(client.wait_for_end() for client in clients))
        assert time.monotonic() - began < RESTART_SECONDS
        assert codes == [1012] * SOCKETS
        assert all(len(client.named("server_restarting")) == 1 for client in clients)
        await stopping
        await asyncio.gather(*(client.close() for client in clients))


IN_A_PAGE = """
async (roomId) => {
  const socket = new WebSocket(`wss://${location.host}/api/v1/ws`);
  const frames = [];
  return await new Promise((resolve, reject) => {
    socket.onerror = () => reject(new Error("refused"));
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(data);
      frames.push(frame);
      if (frame.type === "ready") {
        const message = { room_id: roomId, body: "from a page", client_id: "page-1" };
        socket.send(JSON.stringify({ id: 1, type: "post_message", data: message }));
      }
      if (frame.type === "message_posted") { socket.close(); resolve(frames); }
    };
  });
}
"""


async def test_a_page_of_ours_speaks_it_with_its_cookie_over_http_2(
    shared_server: ServerProcess, people: People
) -> None:
    ada = await people.register()
    room = await ada.create_room()
    async with browser_for(shared_server) as browser:
        page = await open_page(browser, shared_server)
        account = {"username": ada.user.username, "password": PASSWORD}
        signed_in = await page.evaluate(
            "async (account) => (await fetch('/api/v1/sessions', {method: 'POST', body: JSON.stringify(account),"
            " headers: {'content-type': 'application/json'}})).status",
            account,
        )
        assert signed_in == 201
        protocol = await page.evaluate("performance.getEntriesByType('navigation')[0].nextHopProtocol")
        frames = await page.evaluate(IN_A_PAGE, room.id)
    assert protocol == "h2"
    assert {"ready", "message_posted"} <= {frame.get("type") for frame in frames}
    assert [frame["ok"] for frame in frames if frame.get("reply_to") == 1] == [True]
