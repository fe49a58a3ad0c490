"""Requests of sessions of another host: handed over by those who have the card, and nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from hubbub.composite.bus import gate as gate_module
from hubbub.composite.bus.gate import TOKEN_BYTES, Card, Gate, GateError, call
from hubbub.composite.mesh import served
from hubbub.composite.mesh.exchanges import Host, carry, encode_scope
from hubbub.composite.types import ASGIApp, Receive, Scope, Send
from tests.composite.mesh.test_exchanges import HTTP, START, Client
from tests.support.deadline import DEADLINE, within
from tests.support.ports import ReservedPort

HERE = "127.0.0.1"


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    await send(START)
    await send({"type": "http.response.body", "body": scope["path"].encode()})


@asynccontextmanager
async def open_gate(app: ASGIApp = answer) -> AsyncIterator[Card]:
    gate = Gate(Host(app))
    try:
        yield await gate.open(HERE)
    finally:
        async with within(DEADLINE, "the gate to close"):
            await gate.close()


async def test_a_request_is_handed_over() -> None:
    async with open_gate() as card:
        client = Client()
        streams = await call(card, {"scope": encode_scope(HTTP)})
        await carry(streams, client.receive, client.send, patience=DEADLINE)
        assert client.body == b"/socket.io/"


@pytest.mark.parametrize("token", ["0" * 2 * TOKEN_BYTES, "short"])
async def test_who_does_not_have_the_token_is_turned_away(
    token: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate_module, "HELLO_SECONDS", 0.2)
    async with open_gate() as card:
        reader, writer = await asyncio.open_connection(card.host, card.port)
        writer.write(token.encode())
        async with within(DEADLINE, "the end"):
            assert await reader.read() == b""
        writer.close()
    assert "connection" in caplog.text


async def test_nonsense_behind_the_token_ends_the_connection(caplog: pytest.LogCaptureFixture) -> None:
    async with open_gate() as card:
        reader, writer = await asyncio.open_connection(card.host, card.port)
        writer.write(card.token.encode() + b"\xff" * 8)
        async with within(DEADLINE, "the end"):
            assert await reader.read() == b""
        writer.close()
    assert "a frame of" in caplog.text


async def test_what_is_under_way_ends_with_the_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served, "CLOSE_SECONDS", 0.1)
    begun = asyncio.Event()

    async def endless(scope: Scope, receive: Receive, send: Send) -> None:
        begun.set()
        await asyncio.Event().wait()

    async with open_gate(endless) as card:
        reader, writer = await call(card, {"scope": encode_scope(HTTP)})
        await begun.wait()
    assert await reader.read() == b""
    writer.close()


async def test_nobody_there_is_an_oserror() -> None:
    with ReservedPort() as port, pytest.raises(ConnectionRefusedError):
        await call(Card(HERE, port.number, "0" * 2 * TOKEN_BYTES), {})


async def test_an_address_of_somebody_else_cannot_be_listened_at() -> None:
    with pytest.raises(GateError, match=r"192\.0\.2\.7"):
        await Gate(Host(answer)).open("192.0.2.7")


def test_a_card_comes_out_as_it_went_in_and_nothing_else_does() -> None:
    card = Card(HERE, 4711, "0" * 2 * TOKEN_BYTES)
    assert Card.decode(card.encode()) == card
    for text in ("", "[]", '["h",1,"short"]', replace(card, token="é" * 2 * TOKEN_BYTES).encode()):
        assert Card.decode(text) is None
