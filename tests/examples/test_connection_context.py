from __future__ import annotations

import pytest

from tests.support.deadline import DEADLINE
from tests.support.examples import ExampleProcess
from tests.support.library_clients import socketio_client
from tests.support.sockets import Refused


async def test_it_knows_who_has_connected(example: ExampleProcess) -> None:
    url = f"{example.http_url}?language=eo"
    async with socketio_client(url, headers={"User-Agent": "a test"}) as client:
        visitor = await client.call("who", timeout=DEADLINE)
    assert visitor == {"address": "127.0.0.1", "user_agent": "a test", "language": "eo"}


async def test_it_believes_the_proxy_that_it_trusts(example: ExampleProcess) -> None:
    headers = {"X-Forwarded-For": "192.0.2.66, 192.0.2.7"}
    async with socketio_client(example.http_url, headers=headers) as client:
        assert (await client.call("who", timeout=DEADLINE))["address"] == "192.0.2.7"


async def test_what_cannot_be_read_is_refused_with_a_reason(example: ExampleProcess) -> None:
    with pytest.raises(Refused, match="One language, please"):
        async with socketio_client(f"{example.http_url}?language=eo&language=tlh"):
            pytest.fail("it let us in")
