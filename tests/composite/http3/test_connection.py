from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from aioquic.h3.connection import ErrorCode

from hubbub.composite.types import Receive, Scope, Send
from tests.support.deadline import eventually
from tests.support.http3 import http3_connection, silent_http3_client
from tests.support.quic_here import quic_here
from tests.support.tiny_asgi import begin, hello

IDLE = 0.6  # seconds; what is said of idle connections has to be seen several times over


class Waiting:
    """Begins an answer, and counts the clients that were heard to go."""

    gone = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await begin(send)
        while (await receive())["type"] != "http.disconnect":
            pass
        self.gone += 1


async def test_a_client_that_vanishes_is_noticed(tmp_path: Path) -> None:
    waiting = Waiting()
    async with quic_here(tmp_path, waiting, keep_alive_timeout=IDLE) as server:
        async with http3_connection(server) as client:
            await client.read_until(client.open_stream("GET", "/"), "begun")
            client.vanish()
            await eventually(lambda: waiting.gone == 1, "the application to hear of it")
        await eventually(lambda: server.connections() == 0, "nothing to be kept of it")


async def test_an_answer_that_takes_its_time_does_not_count_as_idle(tmp_path: Path) -> None:
    waiting = Waiting()
    async with quic_here(tmp_path, waiting, keep_alive_timeout=IDLE) as server, http3_connection(server) as client:
        stream = client.open_stream("GET", "/")
        await client.read_until(stream, "begun")
        with pytest.raises(TimeoutError):
            await client.next_event(stream, deadline=4 * IDLE)
        assert waiting.gone == 0
        assert client.closed_with is None


async def test_who_asks_for_nothing_is_idle_whatever_else_comes(tmp_path: Path) -> None:
    async with quic_here(tmp_path, hello, keep_alive_timeout=IDLE) as server, http3_connection(server) as client:
        assert (await client.request("GET", "/")).status == 200

        async def closed() -> bool:
            with suppress(ConnectionError):
                await client.ping()
            return client.closed_with is not None

        await eventually(closed, "the end")
        assert client.closed_with == ErrorCode.H3_NO_ERROR
        assert server.connections() == 0


async def test_a_handshake_that_is_not_finished_is_given_up(tmp_path: Path) -> None:
    async with quic_here(tmp_path, hello, ssl_handshake_timeout=IDLE) as server:
        with silent_http3_client(server):
            await eventually(lambda: server.connections() == 1, "the server to hear of it")
            await eventually(lambda: server.connections() == 0, "nothing to be kept of it")
