"""`WebSocketServer` with the clients of two libraries: the handshake, messages, closes, and its limits."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from hubbub.composite.stateless.limits import WEBSOCKET_MESSAGE_BYTES
from hubbub.composite.stateless.websocket import WebSocketServer
from tests.composite.stateless.websocket.serving import client, serving
from tests.support.deadline import DEADLINE, eventually


async def code_of(connection: ClientConnection) -> tuple[int | None, str | None]:
    with pytest.raises(ConnectionClosed):
        await asyncio.wait_for(connection.recv(), DEADLINE)
    return connection.close_code, connection.close_reason


async def echo(scope: Any, receive: Any, send: Any) -> None:
    assert (await receive())["type"] == "websocket.connect"
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send(message | {"type": "websocket.send"})


def closing(*messages: dict[str, Any]) -> Any:
    """An application that sends these and waits for the end."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        for message in messages:
            await send(message)
        await receive()

    return application


ACCEPT = {"type": "websocket.accept"}


async def test_text_and_bytes_come_back_to_who_sent_them() -> None:
    async with serving(echo) as server:

        async def talk(number: int) -> list[str | bytes]:
            async with client(server) as connection:
                for message in (f"text {number}", b"bytes %d" % number, "", "ü" * 50_000):
                    await connection.send(message)
                return [await connection.recv() for _ in range(4)]

        heard = await asyncio.gather(*map(talk, range(30)))
        assert heard == [[f"text {n}", b"bytes %d" % n, "", "ü" * 50_000] for n in range(30)]
        await eventually(lambda: not server.application_instances, "instances to end with their connections")


async def test_another_library_is_understood() -> None:
    async with (
        serving(echo) as server,
        aiohttp.ClientSession() as session,
        session.ws_connect("http://{}:{}/".format(*server.address), compress=15) as connection,
    ):
        await connection.send_str("hello")
        assert await connection.receive_str() == "hello"
        assert connection.compress == 0  # it was not agreed to


async def test_the_application_sees_the_handshake_and_answers_it() -> None:
    scopes: list[Any] = []

    async def choose(scope: Any, receive: Any, send: Any) -> None:
        scopes.append(scope)
        await receive()
        await send(ACCEPT | {"subprotocol": "b", "headers": [(b"x-a", b"1")]})
        await receive()

    async with serving(choose) as server:
        offered: Any = ["a", "b"]
        async with client(
            server, "/caf%C3%A9?q=1", subprotocols=offered, additional_headers={"X-Who": "me"}
        ) as connection:
            assert connection.subprotocol == "b"
            assert connection.response is not None
            assert connection.response.headers["x-a"] == "1"
            (scope,) = scopes
            assert (scope["type"], scope["path"], scope["query_string"]) == ("websocket", "/café", b"q=1")
            assert scope["subprotocols"] == ["a", "b"]
            assert (b"x-who", b"me") in scope["headers"]
            assert scope["client"] == connection.local_address
            assert scope["server"] == server.address


@pytest.mark.parametrize(
    ("application", "status"),
    [(closing({"type": "websocket.close"}), 403), (closing({"type": "websocket.send", "text": "early"}), 500)],
    ids=["closed before it is accepted", "a mistake"],
)
async def test_a_handshake_that_is_not_accepted_is_no_connection(application: Any, status: int) -> None:
    async with serving(application) as server:
        with pytest.raises(InvalidStatus) as refused:
            await client(server)
        assert refused.value.response.status_code == status
        await eventually(lambda: not server.application_instances, "the instance to end")


@pytest.mark.parametrize(
    ("application", "closed"),
    [
        (closing(ACCEPT, {"type": "websocket.close", "code": 4001, "reason": "enough"}), (4001, "enough")),
        (closing(ACCEPT, {"type": "websocket.close"}), (1000, "")),
        (closing(ACCEPT, ACCEPT), (1011, "")),
        (closing(ACCEPT | {"subprotocol": "unasked"}), None),
        (closing(ACCEPT, {"type": "websocket.send"}), (1011, "")),
    ],
    ids=["with a code", "without one", "accepted twice", "a subprotocol that was not offered", "nothing to send"],
)
async def test_how_the_application_ends_is_how_the_connection_closes(
    application: Any, closed: tuple[int, str] | None
) -> None:
    async with serving(application) as server:
        if closed is None:
            with pytest.raises(InvalidStatus):
                await client(server)
        else:
            async with client(server) as connection:
                assert await code_of(connection) == closed


async def test_an_application_that_returns_closes_normally() -> None:
    async def once(scope: Any, receive: Any, send: Any) -> None:
        await send(ACCEPT)
        await send({"type": "websocket.send", "text": "bye"})

    async with serving(once) as server, client(server) as connection:
        assert await connection.recv() == "bye"
        assert await code_of(connection) == (1000, "")


async def test_the_application_hears_how_its_client_has_left() -> None:
    heard: list[dict[str, Any]] = []
    failures: list[str] = []

    async def note(scope: Any, receive: Any, send: Any) -> None:
        await send(ACCEPT)
        while (message := await receive())["type"] != "websocket.disconnect":
            continue
        heard.append(message)
        try:
            await send({"type": "websocket.send", "text": "too late"})
        except OSError as error:
            failures.append(str(error))

    async with serving(note) as server:
        async with client(server) as connection:
            await connection.close(4002, "home")
        broken = await client(server)
        broken.transport.abort()
        await eventually(lambda: len(failures) == 2, "both to be told")
    assert heard == [
        {"type": "websocket.disconnect", "code": 4002, "reason": "home"},
        {"type": "websocket.disconnect", "code": 1006, "reason": ""},
    ]


async def test_a_message_above_the_limit_ends_its_connection() -> None:
    async with serving(echo) as server, client(server) as connection:
        await connection.send(b"x" * (WEBSOCKET_MESSAGE_BYTES + 1))
        assert (await code_of(connection))[0] == 1009


async def test_no_connection_is_given_up_for_another() -> None:
    async with serving(echo, max_applications=1) as server, client(server) as first:
        with pytest.raises(InvalidStatus) as refused:
            await client(server)
        assert refused.value.response.status_code == 503
        await first.send("still here")
        assert await first.recv() == "still here"


async def test_what_is_no_handshake_is_told_and_makes_no_instance() -> None:
    async with serving(echo) as server, aiohttp.ClientSession() as session:
        async with session.get("http://{}:{}/".format(*server.address)) as answer:
            assert answer.status == 426
        assert server.totals.created == 0


async def test_a_client_that_leaves_within_the_handshake_is_not_worth_a_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with serving(echo) as server:
        _, writer = await asyncio.open_connection(*server.address)
        writer.close()
        await writer.wait_closed()
        async with client(server) as connection:
            await connection.send("hello")
            assert await connection.recv() == "hello"
    assert "handshake" not in caplog.text


async def test_its_end_tells_every_client() -> None:
    before = asyncio.all_tasks()
    async with serving(echo) as server:
        connection = await client(server)
    assert (await code_of(connection))[0] == 1001
    await connection.close()
    await eventually(lambda: asyncio.all_tasks() == before, "nothing to be left")
    assert server.totals.failed == 0


def test_there_is_no_address_before_it_listens() -> None:
    with pytest.raises(RuntimeError, match="does not listen yet"):
        print(WebSocketServer(echo).address)
