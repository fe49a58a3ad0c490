"""How a session begins, and who gets none. https://github.com/socketio/engine.io-protocol, Transports, Handshake."""

from __future__ import annotations

import json

import pytest

from tests.conformance.sessions import (
    ENGINE,
    SOCKET,
    PollingSession,
    Transport,
    WebSocketSession,
    address,
    open_session,
)
from tests.conformance.wires import Wire
from tests.support.http2 import WebSocketRefused

PATHS = pytest.mark.parametrize("path", [ENGINE, SOCKET])
OPEN_SOCKET = "EIO=4&transport=websocket"

UNKNOWN_TRANSPORT = {"code": 0, "message": "Transport unknown"}
UNKNOWN_SESSION = {"code": 1, "message": "Session ID unknown"}
BAD_METHOD = {"code": 2, "message": "Bad handshake method"}
BAD_REQUEST = {"code": 3, "message": "Bad request"}
UNSUPPORTED = {"code": 5, "message": "Unsupported protocol version"}


@PATHS
async def test_polling_opens_a_session(suite_wire: Wire, path: str) -> None:
    answer = await suite_wire.request("GET", address(path, "polling"))
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/plain; charset=UTF-8"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.body[:1] == b"0"
    handshake = json.loads(answer.body[1:])
    assert handshake == {
        "sid": handshake["sid"],
        "upgrades": ["websocket"],
        "pingInterval": 300,
        "pingTimeout": 200,
        "maxPayload": 1_000_000,
    }
    assert isinstance(handshake["sid"], str)
    assert handshake["sid"]


@PATHS
async def test_a_websocket_opens_a_session_with_nothing_to_upgrade_to(suite_wire: Wire, path: str) -> None:
    session = await WebSocketSession.open(suite_wire, path)
    assert session.handshake == {
        "sid": session.sid,
        "upgrades": [],
        "pingInterval": 300,
        "pingTimeout": 200,
        "maxPayload": 1_000_000,
    }


async def test_each_session_has_an_id_of_its_own(wire: Wire, transport: Transport) -> None:
    sessions = [await open_session(transport, wire) for _ in range(10)]
    assert len({session.sid for session in sessions}) == 10


@pytest.mark.parametrize(
    "query",
    [
        "EIO=4&transport=polling&t=abc123",
        "transport=polling&EIO=4",
        "EIO=4&transport=polling&b64=1&room=7",
        "EIO=4&transport=polling&sid=",
    ],
)
async def test_other_fields_of_the_query_change_nothing(wire: Wire, query: str) -> None:
    assert (await wire.request("GET", f"{ENGINE}?{query}")).body.startswith(b'0{"sid":')


@PATHS
@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("transport=polling", UNSUPPORTED),
        ("EIO=abc&transport=polling", UNSUPPORTED),
        ("EIO=3&transport=polling", UNSUPPORTED),
        ("EIO=5&transport=polling", UNSUPPORTED),
        ("EIO=&transport=polling", UNSUPPORTED),
        ("EIO=4", UNKNOWN_TRANSPORT),
        ("", UNKNOWN_TRANSPORT),
        ("EIO=4&transport=", UNKNOWN_TRANSPORT),
        ("EIO=4&transport=abc", UNKNOWN_TRANSPORT),
        ("EIO=4&transport=constructor", UNKNOWN_TRANSPORT),
        ("EIO=4&transport=websocket", BAD_REQUEST),
        ("EIO=4&transport=polling&sid=none", UNKNOWN_SESSION),
    ],
)
async def test_a_query_that_is_not_of_the_protocol_gets_400(
    wire: Wire, path: str, query: str, error: dict[str, object]
) -> None:
    answer = await wire.request("GET", f"{path}?{query}")
    assert (answer.status, json.loads(answer.body)) == (400, error)
    assert answer.headers["content-type"] == "application/json"


@PATHS
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_a_session_starts_by_get(wire: Wire, path: str, method: str) -> None:
    answer = await wire.request(method, address(path, "polling"), body=b"4hello")
    assert (answer.status, json.loads(answer.body)) == (400, BAD_METHOD)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
async def test_another_method_is_refused_and_the_session_goes_on(wire: Wire, method: str) -> None:
    session = await PollingSession.open(wire)
    answer = await wire.request(method, session.address, body=b"4hello")
    assert (answer.status, json.loads(answer.body)) == (400, BAD_REQUEST)
    await session.send("4still here")
    assert await session.receive() == "4still here"


async def test_a_post_to_no_session_is_refused(wire: Wire) -> None:
    answer = await wire.request("POST", address(ENGINE, "polling", sid="none"), body=b"4hello")
    assert (answer.status, json.loads(answer.body)) == (400, UNKNOWN_SESSION)


@PATHS
@pytest.mark.parametrize(
    "query",
    [
        "transport=websocket",
        "EIO=abc&transport=websocket",
        "EIO=3&transport=websocket",
        "EIO=4",
        "EIO=4&transport=abc",
        "EIO=4&transport=polling",
        f"{OPEN_SOCKET}&sid=none",
    ],
)
async def test_a_websocket_that_is_not_of_the_protocol_is_refused(wire: Wire, path: str, query: str) -> None:
    with pytest.raises(WebSocketRefused) as refused:
        await wire.open_websocket(f"{path}?{query}")
    assert refused.value.status == 400


async def test_an_empty_session_id_asks_for_a_new_session(wire: Wire) -> None:
    await WebSocketSession.open(wire, sid="")


@PATHS
@pytest.mark.parametrize("origin", ["https://elsewhere.example", "http://localhost:1", "null"])
async def test_every_origin_is_let_in_and_may_read(wire: Wire, transport: Transport, path: str, origin: str) -> None:
    headers = [("origin", origin)]
    if transport == "websocket":
        assert str(await (await wire.open_websocket(address(path, transport), headers)).receive()).startswith("0{")
        return
    answer = await wire.request("GET", address(path, transport), headers)
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (200, "*")


@PATHS
async def test_every_origin_may_ask_first(wire: Wire, path: str) -> None:
    headers = [("origin", "https://elsewhere.example"), ("access-control-request-method", "POST")]
    answer = await wire.request("OPTIONS", address(path, "polling"), headers)
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (204, "*")
    assert "POST" in answer.headers["access-control-allow-methods"]


async def test_other_paths_are_not_the_servers(wire: Wire) -> None:
    for path in ("/", "/engine.iox/", "/socket.iox/"):
        assert (await wire.request("GET", address(path, "polling"))).status == 404
    with pytest.raises(WebSocketRefused) as refused:
        await wire.open_websocket(address("/engine.iox/", "websocket"))
    assert refused.value.status == 404
