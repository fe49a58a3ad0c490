"""The input queue of a request, which knows whether its application has asked for anything."""

from __future__ import annotations

import asyncio
from typing import Any

from hubbub.composite.stateless.instances import Activity, InputQueue


class AskedQueue(InputQueue):
    """`asked` is set once somebody waits for a message: only then is a body read, or a client told to send it."""

    def __init__(self, maxsize: int, activity: Activity) -> None:
        super().__init__(maxsize, activity)
        self.asked = asyncio.Event()

    async def get(self) -> Any:
        """The next message."""
        self.asked.set()
        return await super().get()
