"""What a stateless server keeps of each application instance, and the bounded queue that feeds it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, TypedDict

ScopeId = Hashable


class Instance(TypedDict):
    """One running application. The first four are asgiref's, by whose names subclasses ask for them."""

    input_queue: asyncio.Queue[Any]
    future: asyncio.Task[None]
    scope: Any
    last_used: float  # by the wall clock, as asgiref's; nothing here relies on it
    scope_id: ScopeId
    activity: Activity


@dataclass
class Activity:
    """What came and went; `created_at` by the wall clock, `active_at` by a clock that never goes back."""

    created_at: float
    active_at: float
    messages_in: int = 0
    messages_out: int = 0

    @classmethod
    def begin(cls) -> Activity:
        """Of an instance that is made now."""
        return cls(created_at=time.time(), active_at=time.monotonic())

    def touch(self) -> None:
        """Something happens now."""
        self.active_at = time.monotonic()

    def idle_seconds(self) -> float:
        """How long nothing has happened."""
        return time.monotonic() - self.active_at


@dataclass
class InstanceTotals:
    """How instances came and went since the server was made."""

    created: int = 0
    evicted: int = 0  # the oldest, for the limit
    expired: int = 0  # idle
    failed: int = 0  # raised


class InputQueue(asyncio.Queue[Any]):
    """Counts what is put in."""

    def __init__(self, maxsize: int, activity: Activity) -> None:
        super().__init__(maxsize)
        self._activity = activity

    def _put(self, item: Any) -> None:
        super()._put(item)
        self._activity.messages_in += 1
        self._activity.touch()
