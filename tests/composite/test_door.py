"""The whole door under a real Hypercorn, over HTTP/1.1 and HTTP/2."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from h2.errors import ErrorCodes
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.composite.door_site import LIMITS, files
from tests.support.http2 import Http2Connection, StreamReset, WebSocketRefused
from tests.support.server import ServerProcess


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    server = ServerProcess(
        tmp_path_factory.mktemp("door"), command="hypercorn", application="tests.composite.door_site:app"
    )
    try:
        server.start()
        yield server
        server.end(clean=False)
        server.assert_clean_log()
    finally:
        server.release()


async def raw_request(server: ServerProcess, request: bytes) -> bytes:
    """Send bytes over a connection of their own and read until the server closes it."""
    url = urlsplit(server.http_url)
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    try:
        writer.write(request)
        return await asyncio.wait_for(reader.read(), 10)
    finally:
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize(
    ("target", "status"),
    [
        (b"/", 200),
        (b"*", 404),
        (b"http://127.0.0.1/", 404),
        (b"http://127.0.0.1/assets/main.js", 404),
        (b"//", 404),
        (b"/assets", 404),
        (b"/assets/", 404),
        (b"/assets/part", 404),
        (b"/assets/%2e%2e/%2e%2e/etc/passwd", 404),
        (b"/..%5c..%5cetc/passwd", 404),
        (b"/%00", 404),
        (b"/%ff", 404),
        (b"?x", 404),
    ],
)
async def test_no_target_is_an_error(server: ServerProcess, target: bytes, status: int) -> None:
    answer = await raw_request(server, b"GET %b HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n" % target)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d" % status)
    for name in (b"content-security-policy", b"x-content-type-options", b"x-request-id"):
        assert b"\r\n%b: " % name in head
    assert (b"not_found" in body) == (status == 404)


async def test_a_refusal_leaves_the_http2_connection_alive(server: ServerProcess) -> None:
    async with await Http2Connection.connect(server) as connection:
        slow = await connection.open_stream("POST", "/echo", end=False)
        too_large = await connection.request("POST", "/echo", body=b"x" * (LIMITS.keep_bytes + 1))
        assert too_large.status == 413
        foreign = await connection.request("POST", "/echo", [("origin", "https://evil.example")], b"x" * 50_000)
        assert foreign.status == 403
        missing = await connection.request("POST", "/nowhere", body=b"x" * 50_000)
        assert missing.status == 404
        await connection.send_body(slow, b"still here")
        assert (await connection.response(slow)).body == b"still here"


async def test_a_body_without_end_is_answered_and_the_http2_connection_lives(server: ServerProcess) -> None:
    async with await Http2Connection.connect(server) as connection:
        other = await connection.open_stream("POST", "/echo", end=False)
        endless = await connection.open_stream("POST", "/echo", end=False)
        body = b"x" * 10 * (LIMITS.keep_bytes + LIMITS.discard_bytes)
        sending = asyncio.create_task(connection.send_body(endless, body))
        assert (await connection.response(endless)).status == 413
        with pytest.raises(StreamReset) as reset:
            await connection.next_event(endless)
        assert reset.value.code == ErrorCodes.NO_ERROR
        sending.cancel()
        await asyncio.wait([sending])
        await connection.send_body(other, b"still here")
        assert (await connection.response(other)).body == b"still here"


async def test_a_body_without_end_is_answered_over_http1(server: ServerProcess) -> None:
    size = LIMITS.keep_bytes + LIMITS.discard_bytes + 1
    head = b"POST /echo HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: %d\r\n\r\n" % (2 * size)
    answer = await raw_request(server, head + b"x" * size)
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"\r\nconnection: close\r\n" in answer


async def test_the_page_and_its_files_over_http2(server: ServerProcess) -> None:
    async with await Http2Connection.connect(server) as connection:
        page = await connection.request("GET", "/rooms/7", [("accept", "text/html"), ("sec-fetch-mode", "navigate")])
        assert page.status == 200
        assert f'src="{files.assets_url}main.js"'.encode() in page.body
        script = await connection.request("GET", f"{files.assets_url}main.js")
        assert script.headers["content-type"] == "text/javascript; charset=utf-8"
        assert "immutable" in script.headers["cache-control"]


async def test_the_host_of_http2_is_its_authority(server: ServerProcess) -> None:
    """A `host` that says something else never arrives: h2 closes the connection."""
    async with await Http2Connection.connect(server) as connection:
        for origin, status in [(server.https_url, 200), (server.http_url, 403), ("https://evil.example", 403)]:
            headers = [("origin", origin), ("cookie", "a=1"), ("cookie", "session=secret")]
            assert (await connection.request("POST", "/echo", headers, b"hello")).status == status


async def test_websockets_of_foreign_pages_are_refused(server: ServerProcess) -> None:
    url = server.http_url.replace("http", "ws", 1)
    async with connect(url, origin=server.http_url) as socket:  # type: ignore[arg-type]
        assert await socket.recv() == "127.0.0.1"
    with pytest.raises(InvalidStatus) as refusal:
        async with connect(url, origin="http://evil.example"):  # type: ignore[arg-type]
            pass
    assert refusal.value.response.status_code == 403
    assert b"forbidden" in refusal.value.response.body
    async with await Http2Connection.connect(server) as connection:
        await connection.open_websocket("/ws", [("origin", server.https_url)])
        with pytest.raises(WebSocketRefused):
            await connection.open_websocket("/ws", [("origin", "https://evil.example")])


async def test_a_proxy_speaks_for_its_client(server: ServerProcess) -> None:
    url = server.http_url.replace("http", "ws", 1)
    headers = {
        "X-Forwarded-For": "6.6.6.6, 198.51.100.7",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "chat.example.org",
    }
    async with connect(url, origin="https://chat.example.org", additional_headers=headers) as socket:  # type: ignore[arg-type]
        assert await socket.recv() == "198.51.100.7"
