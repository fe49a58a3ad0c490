"""A bot at a running Hubbub that misses nothing, however often it is killed (seeds 1.5).

    HUBBUB=http://127.0.0.1:8000 python -m examples.resuming_bot --state bot.cursor

`TOKEN` in the environment is what `hubbub token NAME` prints. The bot prints each message of its rooms once: it keeps
the cursor of the last one, and what came while it was away comes first when it is back.
"""

from __future__ import annotations

import argparse
import asyncio
import os
from pathlib import Path
from typing import Any

import socketio


class Bot(socketio.AsyncClientNamespace):  # type: ignore[misc]  # socketio ships no types
    def __init__(self, state: Path) -> None:
        super().__init__("/")
        self.state = state
        self.cursor = state.read_text() if state.exists() else None

    def auth(self) -> dict[str, str | None]:
        """Asked for at every connect, the first and those after the network was away."""
        return {"token": os.environ["TOKEN"], "cursor": self.cursor}

    async def on_ready(self, place: dict[str, Any]) -> None:
        self.keep(place["cursor"])
        print("ready", flush=True)

    async def on_message_posted(self, change: dict[str, Any]) -> None:
        print(change["data"]["body"], flush=True)  # what the bot is for; it should bear being done twice
        self.keep(change["cursor"])

    async def on_connect_error(self, refusal: object) -> None:
        print(f"refused: {refusal}", flush=True)

    def keep(self, cursor: str) -> None:
        self.cursor = cursor
        fresh = self.state.with_suffix(".new")
        fresh.write_text(cursor)
        fresh.replace(self.state)  # a bot that is killed here finds the old place or the new one, whole


async def main(state: Path) -> None:
    client = socketio.AsyncClient()
    bot = Bot(state)
    client.register_namespace(bot)
    await client.connect(os.environ["HUBBUB"], auth=bot.auth, transports=["websocket"], retry=True)
    await client.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Print each message once.")
    parser.add_argument("--state", type=Path, required=True, help="the file that keeps the cursor")
    asyncio.run(main(parser.parse_args().state))
