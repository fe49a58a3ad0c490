from __future__ import annotations

import pytest

from tests.support.node_client import NodeClient
from tests.support.server import ServerProcess
from tests.support.tiny_app import TOKEN


@pytest.mark.parametrize("tls", [True, False])
async def test_it_connects_asks_and_hears(tiny: ServerProcess, tls: bool) -> None:
    async with await NodeClient.connect(tiny, token=TOKEN, transports=["websocket"], tls=tls) as client:
        assert client.named("client:connected")[0]["transport"] == "websocket"
        assert await client.ask("repeat", {"times": 3}) == {"ok": True, "data": {"times": 3}}
        await client.wait_for("message_posted", lambda change: change["data"]["number"] == 2)
        assert [change["data"]["number"] for change in client.named("message_posted")] == [0, 1, 2]


async def test_a_refusal_is_heard_with_its_error(tiny: ServerProcess) -> None:
    async with await NodeClient.start(tiny) as client:
        await client.do("connect", url=tiny.https_url, options={"auth": {"token": "wrong"}})
        refusal = await client.wait_for("client:refused")
        assert refusal["data"]["code"] == "unauthenticated"


async def test_it_comes_back_after_a_drop(tiny: ServerProcess) -> None:
    options = {"reconnectionDelay": 1, "randomizationFactor": 0}
    async with await NodeClient.connect(tiny, token=TOKEN, transports=["websocket"], options=options) as client:
        heard = len(client.events)
        await client.do("drop")
        await client.wait_for("client:disconnected")
        await client.wait_for("ready", after=heard)


async def test_what_the_script_cannot_do_is_an_error(tiny: ServerProcess) -> None:
    async with await NodeClient.start(tiny) as client:
        with pytest.raises(RuntimeError, match="not connected"):
            await client.ask("repeat", {"times": 1})
