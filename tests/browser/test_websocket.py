"""The native WebSocket in a real browser: commands and events on the page's connection, and back after a power cut."""

from __future__ import annotations

import asyncio
from typing import Any

from playwright.async_api import Browser, Page

from tests.browser.network import Network
from tests.browser.signed_in import bare_page, page_of, until
from tests.support.deadline import eventually
from tests.support.people import People
from tests.support.rest import API
from tests.support.server import ServerProcess

RESTARTS = 2
POSTS = 5
EXTENDED_CONNECT_OK = 200  # RFC 8441; over HTTP/1.1 a WebSocket is opened by a 101
SERVICE_RESTART = 1012

# A client as somebody would write it: it keeps its cursor and what it was not answered, and comes back by itself.
CLIENT = """
() => {
  const client = { bodies: [], cursors: [], readies: [], closes: [], answers: {}, unanswered: new Map() };
  let number = 0;
  const send = (frame) => {
    if (client.socket.readyState === WebSocket.OPEN) client.socket.send(JSON.stringify(frame));
  };
  const open = () => {
    const since = client.cursor === undefined ? "" : `?since=${client.cursor}`;
    client.socket = new WebSocket(`wss://${location.host}/api/v1/ws${since}`);
    client.socket.onclose = ({ code }) => { client.closes.push(code); setTimeout(open, 100); };
    client.socket.onmessage = ({ data }) => take(JSON.parse(data));
  };
  const take = (frame) => {
    if ("reply_to" in frame) {
      client.answers[frame.reply_to] = frame;
      client.unanswered.delete(frame.reply_to);
    } else if (frame.type === "ready") {
      client.cursor = frame.data.cursor;
      client.readies.push(frame.data.resumed);
      for (const command of client.unanswered.values()) send(command);
    } else if (frame.data?.cursor !== undefined && frame.data.type === frame.type) {
      client.cursor = frame.data.cursor;
      client.cursors.push(frame.data.cursor);
      if (frame.type === "message_posted") client.bodies.push(frame.data.data.body);
    }
  };
  client.command = (type, data) => {
    number += 1;
    const frame = { id: number, type, data };
    client.unanswered.set(number, frame);
    send(frame);
    return number;
  };
  open();
  window.client = client;
}
"""


async def post(page: Page, room_id: str, body: str) -> None:
    message = {"room_id": room_id, "body": body, "client_id": body}
    await page.evaluate("message => client.command('post_message', message)", message)


async def state(page: Page, expression: str) -> Any:
    return await page.evaluate(f"client.{expression}")


async def test_commands_and_events_beside_everything_else(
    people: People, browser: Browser, shared_server: ServerProcess
) -> None:
    ada, bob = await people.register(), await people.register()
    room = await ada.create_room()
    page = await bare_page(browser, shared_server, ada)
    network = await Network.of(page)
    await page.evaluate(CLIENT)
    await until(page, "client.readies.length === 1", "the WebSocket")
    for number in range(POSTS):
        await post(page, room.id, f"mine {number}")
    await until(page, "client.unanswered.size === 0", "every answer")
    await bob.join(room.id)
    await bob.post(room.id, "theirs")
    expected = [*(f"mine {number}" for number in range(POSTS)), "theirs"]
    await until(page, f"client.bodies.length >= {len(expected)}", "every message")
    assert await state(page, "bodies") == expected
    assert [answer["ok"] for answer in (await state(page, "answers")).values()] == [True] * POSTS
    await page.evaluate("client.command('no_such_command', {})")
    await until(page, "client.unanswered.size === 0", "an answer to what there is not")
    assert (await state(page, f"answers[{POSTS + 1}]"))["error"]["code"] == "invalid_request"
    assert await page.evaluate(f"fetch('{API}/users/me').then(answer => answer.status)") == 200
    assert network.websockets == [EXTENDED_CONNECT_OK]
    await eventually(lambda: len(network.of_path(f"{API}/users/me")) == 1, "the answer to be reported")
    assert network.of_path(f"{API}/users/me")[0].protocol == "h2"


async def test_it_comes_back_by_its_cursor_and_misses_nothing(fresh_server: ServerProcess) -> None:
    async with People(fresh_server) as people:
        ada = await people.register()
        room = await ada.create_room()
    async with page_of(fresh_server, ada) as page:
        await page.evaluate(CLIENT)
        await until(page, "client.readies.length === 1", "the WebSocket")
        expected: list[str] = []
        for restart in range(RESTARTS):
            for number in range(POSTS):
                await post(page, room.id, f"{restart} {number}")
                expected.append(f"{restart} {number}")
            await (fresh_server.kill() if restart % 2 else fresh_server.stop())
            await post(page, room.id, f"{restart} offline")
            expected.append(f"{restart} offline")
            await asyncio.to_thread(fresh_server.start)
            async with People(fresh_server) as again:
                phone = await again.sign_in(ada.user.username)
                await phone.post(room.id, f"{restart} from elsewhere")
            expected.append(f"{restart} from elsewhere")
            await until(page, f"client.readies.length === {restart + 2}", "the WebSocket to come back")
            await until(page, "client.unanswered.size === 0", "every answer")
        await until(page, f"client.bodies.length >= {len(expected)}", "every message")
        heard = await state(page, "bodies")
        assert sorted(heard) == sorted(expected)
        assert await state(page, "readies") == [False] + [True] * RESTARTS
        assert SERVICE_RESTART in await state(page, "closes")
        cursors = await state(page, "cursors")
        assert len(set(cursors)) == len(cursors)
    async with People(fresh_server) as after:
        phone = await after.sign_in(ada.user.username)
        history = [message.body for message in (await phone.history(room.id, limit=100)).messages]
    assert heard == history
