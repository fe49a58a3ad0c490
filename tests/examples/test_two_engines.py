from __future__ import annotations

from tests.support.examples import ExampleProcess
from tests.support.library_clients import engineio_client


async def test_each_server_has_its_own_clients(example: ExampleProcess) -> None:
    async with (
        engineio_client(example.http_url, engineio_path="chat") as ada,
        engineio_client(example.http_url, engineio_path="chat", transports=["polling"]) as bob,
        engineio_client(example.http_url, engineio_path="notifications") as watcher,
    ):
        assert await watcher.hear() == "2 are in the chat."
        await ada.say("Hello")
        said = await ada.hear()
        assert said.endswith(": Hello")
        assert await bob.hear() == said
        assert await watcher.hear() == "There are new messages."
