from __future__ import annotations

import asyncio
from typing import get_args

import pytest

from tests.support.server import ServerProcess
from tests.support.sockets import Refused, SocketClient, Transport
from tests.support.tiny_app import TOKEN


@pytest.mark.parametrize("tls", [True, False])
@pytest.mark.parametrize("transport", get_args(Transport))
async def test_it_connects_by_each_transport(tiny: ServerProcess, transport: Transport, tls: bool) -> None:
    async with await SocketClient.connect(tiny, token=TOKEN, transports=[transport], tls=tls) as client:
        assert client.transport == transport
        assert client.named("ready") == [{"transport": transport}]


async def test_events_keep_their_order(tiny: ServerProcess) -> None:
    async with await SocketClient.connect(tiny, token=TOKEN) as client:
        assert await client.call("repeat", {"times": 200}) == {"times": 200}
        await client.wait_for("message_posted", lambda change: change["data"]["number"] == 199)
        assert [change["data"]["number"] for change in client.changes] == list(range(200))
        assert client.cursor == "c199"


async def test_a_refusal_carries_its_error(tiny: ServerProcess) -> None:
    with pytest.raises(Refused) as refused:
        await SocketClient.connect(tiny, token="wrong")
    assert refused.value.code == "unauthenticated"
    async with await SocketClient.connect(tiny, token=TOKEN) as client:
        with pytest.raises(Refused, match="invalid_request"):
            await client.call("repeat", {"times": 0})


async def test_what_does_not_come_is_named(tiny: ServerProcess) -> None:
    async with await SocketClient.connect(tiny, token=TOKEN) as client:
        with pytest.raises(TimeoutError, match=r"resync to come; heard \['ready'\]"):
            await client.wait_for("resync", deadline=0.1)


async def test_a_dropped_connection_ends_for_the_client_at_once(tiny: ServerProcess) -> None:
    client = await SocketClient.connect(tiny, token=TOKEN)
    await client.drop()
    assert client.disconnected.is_set()
    await client.close()
    assert len(asyncio.all_tasks()) == 1
