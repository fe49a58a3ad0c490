"""`EventSource` in a real browser, over TLS and HTTP/2: resuming, heartbeats, many at once, pages of other sites."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page

from tests.browser.network import Network
from tests.browser.signed_in import bare_page, page_of, until
from tests.support.deadline import eventually
from tests.support.other_site import other_site
from tests.support.people import People, Person
from tests.support.rest import API
from tests.support.server import ServerProcess, running_server

OPEN = {"HUBBUB_REGISTRATION": "open", "HUBBUB_RATE_LIMITS": "off"}
EVENTS = f"{API}/events"
STREAMS = 6  # what a browser allows one site over HTTP/1.1, with nothing left for anything else
CUTS = 2
HEARTBEATS = 5
OPENED, CLOSED = 1, 2  # `EventSource.readyState`

LISTEN = """
(options) => {
  const source = new EventSource(options.url ?? "/api/v1/events", { withCredentials: options.credentials ?? false });
  const heard = { bodies: [], ids: [], readies: 0, errors: 0, restarts: 0, source };
  source.addEventListener("ready", () => { heard.readies += 1; });
  source.addEventListener("server_restarting", () => { heard.restarts += 1; });
  source.addEventListener("message_posted", ({ data, lastEventId }) => {
    heard.bodies.push(JSON.parse(data).data.body);
    heard.ids.push(lastEventId);
  });
  source.onerror = () => { heard.errors += 1; };
  (window.listeners ??= []).push(heard);
}
"""
COUNT_UNNAMED = "() => { window.unnamed = 0; window.listeners[0].source.onmessage = () => { window.unnamed += 1; }; }"
POST = """
async ([roomId, body]) => (await fetch(`/api/v1/rooms/${roomId}/messages`, {
  method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ body }),
})).status
"""
READ = """
([url, token]) =>
  fetch(url, { headers: { authorization: `Bearer ${token}` } }).then(() => "read", (error) => error.name)
"""
# What a page of an allowed origin does in the place of `EventSource`, which cannot send a token.
FETCH_EVENTS = """
async ([url, token, cursor]) => {
  const headers = { authorization: `Bearer ${token}`, "last-event-id": cursor };
  const answer = await fetch(`${url}/api/v1/events`, { headers });
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("event: ready")) text += (await reader.read()).value;
  await reader.cancel();
  return text;
}
"""


async def post_from_elsewhere(server: ServerProcess, person: Person, room_id: str, text: str) -> list[str]:
    """Three messages by another device of the same person; what they say."""
    bodies = [f"{number} {text}" for number in range(3)]
    async with People(server) as people:
        phone = await people.sign_in(person.user.username)
        for body in bodies:
            await phone.post(room_id, body)
    return bodies


async def heard(page: Page, name: str, listener: int = 0) -> Any:
    return await page.evaluate(f"window.listeners[{listener}].{name}")


async def test_six_streams_and_everything_else_share_one_connection(
    people: People, browser: Browser, shared_server: ServerProcess
) -> None:
    ada = await people.register()
    room = await ada.create_room()
    page = await bare_page(browser, shared_server, ada)
    network = await Network.of(page)
    for _ in range(STREAMS):
        await page.evaluate(LISTEN, {})
    await until(page, f"window.listeners.filter(l => l.readies === 1).length === {STREAMS}", "every stream")
    bodies = [f"message {number}" for number in range(5)]
    for body in bodies:
        assert await page.evaluate(POST, [room.id, body]) == 201
    said = "JSON.stringify(window.listeners.map(l => l.bodies))"
    await until(page, f"{said} === JSON.stringify({[bodies] * STREAMS})", "every message on every stream")
    posts = network.of_path(f"{API}/rooms/{room.id}/messages")
    answers = network.of_path(EVENTS) + posts
    assert (len(answers), {answer.protocol for answer in answers}) == (STREAMS + len(bodies), {"h2"})
    assert len({answer.connection for answer in answers}) == 1


async def test_after_a_power_cut_it_comes_back_to_the_very_next_change(fresh_server: ServerProcess) -> None:
    async with People(fresh_server) as people:
        ada = await people.register()
        room_id = (await ada.create_room()).id
    async with page_of(fresh_server, ada) as page:
        network = await Network.of(page)
        await page.evaluate(LISTEN, {})
        await until(page, "window.listeners[0].readies === 1", "the stream")
        expected: list[str] = []
        for cut in range(CUTS):
            expected += await post_from_elsewhere(fresh_server, ada, room_id, f"before cut {cut}")
            await until(page, f"window.listeners[0].bodies.length === {len(expected)}", "what came before")
            last = (await heard(page, "ids"))[-1]
            await fresh_server.kill()
            await asyncio.to_thread(fresh_server.start)
            expected += await post_from_elsewhere(fresh_server, ada, room_id, f"after cut {cut}")
            await until(page, f"window.listeners[0].readies === {cut + 2}", "the stream to come back")
            assert last in network.values("last-event-id")
        await until(page, f"window.listeners[0].bodies.length >= {len(expected)}", "what was missed")
        assert await heard(page, "bodies") == expected


async def test_a_heartbeat_is_no_event(tmp_path: Path) -> None:
    environment = OPEN | {"IMPATIENT_PING_INTERVAL": "0.2"}
    application = "tests.conformance.apps.impatient:app"
    async with (
        running_server(tmp_path, command="hypercorn", application=application, env=environment) as server,
        People(server) as people,
    ):
        ada = await people.register()
        async with page_of(server, ada) as page:
            network = await Network.of(page)
            await page.evaluate(LISTEN, {})
            await page.evaluate(COUNT_UNNAMED)
            await until(page, "window.listeners[0].readies === 1", "the stream")
            before = sum(network.pieces.values())
            await eventually(lambda: sum(network.pieces.values()) >= before + HEARTBEATS, "heartbeats")
            assert await page.evaluate("[window.unnamed, window.listeners[0].source.readyState]") == [0, OPENED]
            assert [await heard(page, name) for name in ("readies", "errors")] == [1, 0]


async def test_a_session_that_ended_is_not_tried_again(
    people: People, browser: Browser, shared_server: ServerProcess
) -> None:
    ada = await people.register()
    page = await bare_page(browser, shared_server, ada)
    network = await Network.of(page)
    await page.evaluate(LISTEN, {})
    await until(page, "window.listeners[0].readies === 1", "the stream")
    await ada.request("DELETE", "/sessions/current")
    await until(page, f"window.listeners[0].source.readyState === {CLOSED}", "the stream to be given up")
    assert [answer.status for answer in network.of_path(EVENTS)] == [200, 401]


async def test_a_page_of_an_allowed_site_listens_with_its_token_and_not_with_the_cookie(tmp_path: Path) -> None:
    async with other_site() as origin:
        settings = OPEN | {"HUBBUB_ALLOWED_ORIGINS": origin}
        async with running_server(tmp_path, env=settings) as server, People(server) as people:
            ada = await people.register()
            cursor = (await ada.request("GET", "/changes")).json()["cursor"]
            room = await ada.create_room()
            await ada.post(room.id, "for the dashboard")
            async with page_of(server, ada) as page:
                await page.goto(origin)
                text = await page.evaluate(FETCH_EVENTS, [server.https_url, ada.token, cursor])
                assert "for the dashboard" in text
                assert '"resumed":true' in text
                await page.evaluate(LISTEN, {"url": server.https_url + EVENTS, "credentials": True})
                closed = f"window.listeners[0].source.readyState === {CLOSED}"
                await until(page, closed, "the cookie to be of no use")
                assert [await heard(page, name) for name in ("readies", "bodies")] == [0, []]


async def test_a_page_of_any_other_site_hears_nothing(
    people: People, browser: Browser, shared_server: ServerProcess
) -> None:
    ada = await people.register()
    async with other_site() as origin:
        page = await bare_page(browser, shared_server, ada)
        await page.goto(origin)
        await page.evaluate(LISTEN, {"url": shared_server.https_url + EVENTS, "credentials": True})
        await until(page, f"window.listeners[0].source.readyState === {CLOSED}", "the stream to be refused")
        blocked = (
            f"fetch({shared_server.https_url + EVENTS!r}, {{ headers: {{ authorization: 'Bearer {ada.token}' }} }})"
        )
        assert await page.evaluate(f"{blocked}.then(() => 'read', error => error.name)") == "TypeError"
        assert await heard(page, "readies") == 0
