"""A private room, who is in it and who is not."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from hubbub.store.log import select_change_range
from tests.support.api import Api, Person


@dataclass(frozen=True)
class Den:
    """Ada's room with Bob in it; Cem is outside."""

    api: Api
    ada: Person
    bob: Person
    cem: Person
    room: dict[str, Any]

    @property
    def path(self) -> str:
        return f"/rooms/{self.room['id']}/messages"

    async def history(self, query: str = "", person: Person | None = None) -> dict[str, Any]:
        return await (person or self.ada).see(f"{self.path}?{query}")

    async def bodies(self, query: str = "") -> list[str]:
        return [each["body"] for each in (await self.history(query))["messages"]]

    async def log(self) -> list[tuple[str, dict[str, Any]]]:
        """(type, data) of every change so far."""
        store = self.api.world.chat.store
        found = await store.read(lambda connection: select_change_range(connection, store.epoch, 0, store.head))
        return [(change.type, json.loads(change.data)) for change in found]

    @property
    def head(self) -> int:
        return self.api.world.chat.store.head
