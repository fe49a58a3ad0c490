"""Another site's page can do nothing with the cookie, whatever it tries; our own page can."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import httpx
import pytest
from websockets.asyncio.client import connect as connect_websocket
from websockets.exceptions import InvalidStatus

from tests.support.browser import browser_for, open_page
from tests.support.http2 import Http2Connection, WebSocketRefused
from tests.support.other_site import other_site
from tests.support.people import PASSWORD
from tests.support.rest import rest_client
from tests.support.server import ServerProcess, running_server
from tests.support.sockets import Refused, SocketClient, Transport

COOKIE = "hubbub_session"
POLLING = "/socket.io/?EIO=4&transport=polling"
SOCKETIO = "/socket.io/?EIO=4&transport=websocket"
NATIVE = "/api/v1/ws"
SAME = "same"
SWITCHING_PROTOCOLS = 101  # over HTTP/2 it is a 200 to the CONNECT
FOREIGN = (
    "https://evil.example",
    "null",
    "http://127.0.0.1:1",
    "https://127.0.0.1",
    "https://localhost",
)
FORGED = {
    "x-forwarded-for": "192.0.2.1",
    "x-forwarded-host": "evil.example",
    "x-forwarded-proto": "https",
    "x-forwarded-port": "443",
    "forwarded": "for=192.0.2.1;host=evil.example;proto=https",
    "x-original-host": "evil.example",
}

Scheme = Literal["http", "https"]


@dataclass(frozen=True)
class Victim:
    """Somebody whose browser holds the session cookie, and the address they use the server at."""

    server: ServerProcess
    scheme: Scheme
    cookie: str
    room_id: str
    token: str

    @property
    def origin(self) -> str:
        return self.server.https_url if self.scheme == "https" else self.server.http_url

    def headers(self, origin: str | None, more: dict[str, str] | None = None) -> dict[str, str]:
        """What the browser sends for a page of `origin`; None sends no Origin."""
        said = {} if origin is None else {"origin": self.origin if origin == SAME else origin}
        return {"cookie": f"{COOKIE}={self.cookie}", **said, **(more or {})}

    async def request(self, method: str, path: str, headers: dict[str, str], json: object = None) -> httpx.Response:
        async with rest_client(self.server, http2=self.scheme == "https") as client:
            return await client.request(method, path, headers=headers, json=json)

    async def post(self, origin: str | None, more: dict[str, str] | None = None) -> int:
        path = f"/api/v1/rooms/{self.room_id}/messages"
        return (await self.request("POST", path, self.headers(origin, more), {"body": "hi"})).status_code

    async def poll(self, origin: str | None, more: dict[str, str] | None = None) -> int:
        return (await self.request("GET", POLLING, self.headers(origin, more))).status_code

    async def open_websocket(self, path: str, origin: str | None, more: dict[str, str] | None = None) -> int:
        """101 for one that opens, else the status of the refusal; over both versions of HTTP, which have to agree."""
        headers = self.headers(origin, more)
        status = await self._open_by_upgrade(path, headers)
        if self.scheme == "https":
            assert await self._open_by_connect(path, headers) == status
        return status

    async def _open_by_upgrade(self, path: str, headers: dict[str, str]) -> int:
        url = self.origin.replace("http", "ws", 1) + path
        tls = self.server.ssl_context if self.scheme == "https" else None
        try:
            async with connect_websocket(url, additional_headers=headers, ssl=tls, proxy=None):
                return SWITCHING_PROTOCOLS
        except InvalidStatus as refused:
            return refused.response.status_code

    async def _open_by_connect(self, path: str, headers: dict[str, str]) -> int:
        async with await Http2Connection.connect(self.server) as connection:
            try:
                socket = await connection.open_websocket(path, tuple(headers.items()))
            except WebSocketRefused as refused:
                return refused.status
            await socket.close()
            return SWITCHING_PROTOCOLS


async def victim_of(server: ServerProcess, scheme: Scheme) -> Victim:
    async with rest_client(server, http2=scheme == "https") as client:
        account = {"username": f"victim-{scheme}", "password": PASSWORD}
        token = (await client.post("/api/v1/users", json=account)).json()["token"]
        signed_in = await client.post("/api/v1/sessions", json=account)
        client.headers["authorization"] = f"Bearer {token}"
        room = await client.post("/api/v1/rooms", json={"name": "Den", "visibility": "private"})
        return Victim(server, scheme, signed_in.cookies[COOKIE], room.json()["id"], token)


@pytest.fixture(params=["http", "https"])
async def victim(request: pytest.FixtureRequest, fresh_server: ServerProcess) -> Victim:
    return await victim_of(fresh_server, request.param)


@pytest.mark.seed("1.4")
async def test_another_sites_page_gets_nowhere(victim: Victim) -> None:
    for origin in FOREIGN:
        assert await victim.post(origin) == 403, origin
        assert await victim.poll(origin) == 403, origin
        assert await victim.open_websocket(SOCKETIO, origin) == 403, origin
        assert await victim.open_websocket(NATIVE, origin) == 403, origin
    history = await victim.request("GET", f"/api/v1/rooms/{victim.room_id}/messages", victim.headers(None))
    assert history.json()["messages"] == []


async def test_our_own_page_does_all_of_it(victim: Victim) -> None:
    assert await victim.post(SAME) == 201
    assert await victim.poll(SAME) == 200
    assert await victim.poll(None) == 200, "browsers send no Origin with a GET to their own site"
    assert await victim.open_websocket(SOCKETIO, SAME) == SWITCHING_PROTOCOLS
    assert await victim.open_websocket(NATIVE, SAME) == SWITCHING_PROTOCOLS


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A native websocket behind the same door, in an application that has nothing of ours inside."""
    application = "tests.conformance.origin_site:app"
    server = ServerProcess(tmp_path_factory.mktemp("site"), command="hypercorn", application=application)
    try:
        server.start()
        yield server
        server.end(clean=False)
    finally:
        server.release()


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_native_websocket_is_behind_the_door_as_well(site: ServerProcess, scheme: Scheme) -> None:
    victim = Victim(site, scheme, cookie="the victim", room_id="", token="")
    assert await victim.open_websocket(NATIVE, SAME) == SWITCHING_PROTOCOLS
    assert await victim.open_websocket(NATIVE, SAME, FORGED) == SWITCHING_PROTOCOLS
    for origin in FOREIGN:
        assert await victim.open_websocket(NATIVE, origin) == 403, origin
        assert await victim.open_websocket(NATIVE, origin, FORGED) == 403, origin


async def test_a_program_may_use_the_cookie_for_a_websocket(victim: Victim) -> None:
    # Every browser sends an Origin with every WebSocket (RFC 6455, 4.1): without one, no page is behind it.
    assert await victim.open_websocket(NATIVE, None) == SWITCHING_PROTOCOLS
    assert await victim.open_websocket(NATIVE, None, {"sec-fetch-site": "cross-site"}) == 403


async def test_the_cookie_needs_an_origin_to_change_anything(victim: Victim) -> None:
    assert await victim.post(None) == 403
    me = await victim.request("GET", "/api/v1/users/me", victim.headers(None))
    assert me.json()["username"] == f"victim-{victim.scheme}"


async def test_forged_forwarding_headers_change_nothing(victim: Victim) -> None:
    for origin in ("https://evil.example", "http://evil.example"):
        assert await victim.post(origin, FORGED) == 403
        assert await victim.poll(origin, FORGED) == 403
        assert await victim.open_websocket(SOCKETIO, origin, FORGED) == 403
    assert await victim.post(SAME, FORGED) == 201
    assert await victim.open_websocket(SOCKETIO, SAME, FORGED) == SWITCHING_PROTOCOLS


async def test_a_foreign_page_gets_no_leave_to_read(victim: Victim) -> None:
    origin = "https://evil.example"
    answer = await victim.request("GET", "/api/v1/users/me", victim.headers(origin))
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    asking = {"origin": origin, "access-control-request-method": "POST"}
    preflight = await victim.request("OPTIONS", f"/api/v1/rooms/{victim.room_id}/messages", asking)
    assert preflight.status_code == 403
    assert not [name for name in preflight.headers if name.startswith("access-control-")]


@pytest.fixture
async def guarded_server(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    """One behind a proxy that it trusts, with another site that may use its API."""
    settings = {
        "HUBBUB_REGISTRATION": "open",
        "HUBBUB_TRUSTED_PROXIES": "127.0.0.1",
        "HUBBUB_ALLOWED_ORIGINS": "https://dashboard.example",
    }
    async with running_server(tmp_path, env=settings) as server:
        yield server


async def test_a_trusted_proxy_says_where_the_page_was_asked_for(guarded_server: ServerProcess) -> None:
    victim = await victim_of(guarded_server, "http")
    forwarded = {
        "x-forwarded-for": "192.0.2.1",
        "x-forwarded-host": "chat.example",
        "x-forwarded-proto": "https",
    }
    assert await victim.post("https://chat.example", forwarded) == 201
    assert await victim.open_websocket(SOCKETIO, "https://chat.example", forwarded) == SWITCHING_PROTOCOLS
    assert await victim.post("http://chat.example", forwarded) == 403
    assert await victim.post("https://chat.example") == 403
    assert await victim.post(victim.origin, forwarded) == 403


async def test_an_allowed_site_uses_the_api_with_a_token(guarded_server: ServerProcess) -> None:
    victim = await victim_of(guarded_server, "https")
    origin = "https://dashboard.example"
    with_token = {"origin": origin, "authorization": f"Bearer {victim.token}"}
    answer = await victim.request("GET", "/api/v1/users/me", with_token)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == origin
    assert "access-control-allow-credentials" not in answer.headers
    asking = {"origin": origin, "access-control-request-method": "POST"}
    preflight = await victim.request("OPTIONS", f"/api/v1/rooms/{victim.room_id}/messages", asking)
    assert preflight.status_code == 204
    assert "authorization" in preflight.headers["access-control-allow-headers"]


async def test_an_allowed_site_gets_nowhere_with_the_cookie(guarded_server: ServerProcess) -> None:
    """Browsers send it with a websocket of whatever page, where both sites are under one domain."""
    victim = await victim_of(guarded_server, "https")
    origin = "https://dashboard.example"
    assert await victim.post(origin) == 401
    assert (await victim.request("GET", "/api/v1/users/me", victim.headers(origin))).status_code == 401
    headers = victim.headers(origin)
    for transport in get_args(Transport):
        with pytest.raises(Refused) as refused:
            await SocketClient.connect(guarded_server, transports=[transport], headers=headers)
        assert refused.value.code == "unauthenticated"
        token = victim.token
        async with await SocketClient.connect(
            guarded_server, token=token, transports=[transport], headers=headers
        ) as socket:
            assert socket.transport == transport


# --- in a browser ---

ATTACK = """
async ([url, roomId]) => {
  const outcome = {};
  const attempt = async (name, trial) => {
    try { outcome[name] = await trial(); } catch (error) { outcome[name] = `blocked: ${error.name}`; }
  };
  const opened = (address) => new Promise((resolve) => {
    const socket = new WebSocket(address);
    socket.onopen = () => { resolve("open"); socket.close(); };
    socket.onerror = () => resolve("refused");
  });
  const message = { method: "POST", credentials: "include", body: JSON.stringify({ body: "from another site" }) };
  const address = `${url}/api/v1/rooms/${roomId}/messages`;
  await attempt("post", async () => (await fetch(address, { ...message, mode: "no-cors" })).type);
  await attempt("post as JSON", async () =>
    (await fetch(address, { ...message, headers: { "content-type": "application/json" } })).status);
  await attempt("read", async () => (await fetch(`${url}/api/v1/users/me`, { credentials: "include" })).status);
  await attempt("poll", async () => (await fetch(`${url}/socket.io/?EIO=4&transport=polling`,
    { credentials: "include" })).status);
  await attempt("socket.io", () => opened(`${url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`));
  await attempt("native", () => opened(`${url.replace("http", "ws")}/api/v1/ws`));
  await attempt("form", () => new Promise((resolve) => {
    const form = document.createElement("form");
    form.method = "post";
    form.enctype = "text/plain";
    form.action = address;
    form.target = "hidden";
    const field = document.createElement("input");
    field.name = '{"body": "by a form", "x": "';
    field.value = '"}';
    form.append(field);
    const frame = document.createElement("iframe");
    frame.name = "hidden";
    frame.onload = () => resolve("loaded");
    document.body.append(frame, form);
    form.submit();
  }));
  return outcome;
}
"""


@pytest.fixture
async def evil_site() -> AsyncIterator[str]:
    async with other_site() as origin:
        yield origin


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_browser_stops_at_the_door(fresh_server: ServerProcess, evil_site: str, scheme: Scheme) -> None:
    victim = await victim_of(fresh_server, scheme)
    async with browser_for(fresh_server) as browser:
        page = await open_page(browser, fresh_server, tls=scheme == "https")
        cookie = {"name": COOKIE, "value": victim.cookie, "url": victim.origin, "sameSite": "Lax", "httpOnly": True}
        await page.context.add_cookies([cookie])  # type: ignore[list-item]  # the keys are those of SetCookieParam
        given = [victim.origin, victim.room_id]
        ours = await page.evaluate(ATTACK, given)
        assert (ours["post as JSON"], ours["read"], ours["poll"], ours["socket.io"]) == (201, 200, 200, "open")

        await page.goto(evil_site)
        theirs = await page.evaluate(ATTACK, given)
        assert theirs["post"] in ("opaque", "blocked: TypeError")  # sent, but not read; what came of it is seen below
        assert {theirs[name] for name in ("post as JSON", "read", "poll")} == {"blocked: TypeError"}
        assert (theirs["socket.io"], theirs["native"]) == ("refused", "refused")
    history = await victim.request("GET", f"/api/v1/rooms/{victim.room_id}/messages", victim.headers(None))
    assert [message["body"] for message in history.json()["messages"]] == ["from another site"]
