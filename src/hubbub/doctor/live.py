"""Whether what is live gets through: WebSockets, event streams at once and unpacked, polls that wait."""

from __future__ import annotations

import asyncio
import json
import time
from urllib.parse import quote

from wsproto import ConnectionType, WSConnection
from wsproto.events import RejectConnection, Request, TextMessage
from wsproto.utilities import RemoteProtocolError

from hubbub.doctor.finding import Finding, failure, ok, warning
from hubbub.doctor.wire import ANSWER_SECONDS, PIECE_BYTES, Site, WireError, ask

HANDSHAKE = "/socket.io/?EIO=4&transport=websocket"
OPEN_PACKET = "0"  # Engine.IO: what the server says first
STREAM_SECONDS = 5.0  # for the first event, which the server sends at once
WAIT_SECONDS = 55  # the longest that the server lets a poll wait

WEBSOCKET = "WebSocket"
STREAM = "event stream"
POLL = "long poll"


async def open_a_websocket(site: Site) -> Finding:
    """An upgrade, and the first frame."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            refused = await _first_frame(site)
    except WireError as error:
        refused = str(error)
    except RemoteProtocolError as error:
        refused = f"no HTTP: {error}"
    except TimeoutError:
        refused = f"no frame within {ANSWER_SECONDS:g} s"
    if refused is None:
        return ok(WEBSOCKET, "gets through")
    return failure(
        WEBSOCKET,
        f"does not get through ({refused}); everybody polls. nginx: `proxy_http_version 1.1`, "
        "`proxy_set_header Upgrade $http_upgrade`, `proxy_set_header Connection $connection_upgrade`.",
    )


async def hear_events(site: Site, token: str) -> Finding:
    """The first event of a stream that has no end."""
    headers = [("Authorization", f"Bearer {token}"), ("Accept-Encoding", "gzip, br")]
    try:
        async with asyncio.timeout(STREAM_SECONDS), ask(site, "/api/v1/events", headers=headers) as answer:
            if answer.status != 200:
                return _unwelcome(STREAM, answer.status)
            if packed := answer.headers.get("content-encoding"):
                return failure(STREAM, f"is packed by {packed}, which gathers events. Leave text/event-stream out.")
            if not await answer.piece():
                return failure(STREAM, "ended at once, without an event. Look at the log of the proxy.")
    except TimeoutError:
        return failure(
            STREAM,
            f"nothing of it came within {STREAM_SECONDS:g} s: the proxy gathers it. nginx: `proxy_buffering off`, "
            "and no `proxy_ignore_headers X-Accel-Buffering`.",
        )
    except WireError as error:
        return failure(STREAM, f"does not get through: {error}. Look at the log of the proxy.")
    return ok(STREAM, "its events come at once")


async def wait_for_changes(site: Site, token: str, seconds: int) -> Finding:
    """A poll that waits, unless somebody writes meanwhile."""
    headers = [("Authorization", f"Bearer {token}")]
    began = time.monotonic()
    try:
        async with ask(site, "/api/v1/changes", headers=headers) as answer:
            if answer.status != 200:
                return _unwelcome(POLL, answer.status)
            cursor, _ = _page(await answer.body())
        path = f"/api/v1/changes?since={quote(cursor)}&wait={seconds}"
        began = time.monotonic()
        async with ask(site, path, headers=headers, seconds=seconds + ANSWER_SECONDS) as answer:
            status: object = answer.status
            news = status == 200 and _page(await answer.body())[1]
    except WireError as error:
        status, news = error, False
    waited = time.monotonic() - began
    if status != 200:
        return failure(
            POLL,
            f"is cut off after {waited:.0f} s ({status}). Let the proxy wait longer, nginx: `proxy_read_timeout 75s`.",
        )
    if news:
        return warning(
            POLL, f"somebody wrote after {waited:.0f} s, so that it did not have to wait longer. Ask again."
        )
    return ok(POLL, f"waits for {seconds} s")


def without_a_token() -> Finding:
    """Why two checks were left out."""
    return warning(f"{STREAM}, {POLL}", "not tried. Give --token, as `hubbub token NAME` prints one.")


async def _first_frame(site: Site) -> str | None:
    """None when the first frame came and is Engine.IO's, otherwise what came in its place."""
    protocol = WSConnection(ConnectionType.CLIENT)
    async with site.connect() as (reader, connection):
        await connection.write(protocol.send(Request(host=site.authority, target=HANDSHAKE)))
        while data := await reader.read(PIECE_BYTES):
            protocol.receive_data(data)
            for event in protocol.events():
                if isinstance(event, RejectConnection):
                    return f"answered by {event.status_code}"
                if isinstance(event, TextMessage):
                    return None if event.data.startswith(OPEN_PACKET) else "another frame came first"
    return "the connection was closed"


def _page(body: bytes) -> tuple[str, bool]:
    """The cursor of a page of changes, and whether there are any."""
    try:
        page = json.loads(body)
        return str(page["cursor"]), bool(page["changes"])
    except (ValueError, TypeError, KeyError):
        raise WireError("an answer that is not Hubbub's") from None


def _unwelcome(check: str, status: int) -> Finding:
    if status == 401:
        return failure(check, "the token is not valid. Give another one, as `hubbub token NAME` prints it.")
    return failure(check, f"is answered by {status}. Have the proxy pass /api/, with the Authorization header.")
