from __future__ import annotations

import engineio
import pytest

from tests.support.examples import ExampleProcess
from tests.support.library_clients import engineio_client
from tests.support.rest import rest_client

ADA = {"Authorization": "Bearer open-sesame"}
NOBODY = {"Authorization": "Bearer open-barley"}


@pytest.mark.parametrize("headers", [NOBODY, {}], ids=["wrong", "none"])
async def test_nobody_gets_in_without_a_token(example: ExampleProcess, headers: dict[str, str]) -> None:
    async with rest_client(example, http2=False) as rest:
        assert (await rest.get("/protected", headers=headers)).status_code == 401
        handshake = await rest.get("/engine.io/?EIO=4&transport=polling", headers=headers)
        assert (handshake.status_code, "no such token" in handshake.text) == (401, True)
    for transport in ("polling", "websocket"):
        with pytest.raises(engineio.exceptions.ConnectionError):
            async with engineio_client(example.http_url, headers=headers, transports=[transport]):
                pytest.fail("it let us in")


async def test_a_session_keeps_who_it_is(example: ExampleProcess) -> None:
    async with rest_client(example, http2=False) as rest:
        assert (await rest.get("/protected", headers=ADA)).json() == {"name": "ada"}
    async with engineio_client(example.http_url, headers=ADA) as client:
        await client.say("Hello")
        assert await client.hear() == "ada said Hello"
