"""What can befall a part: each fault has a beginning and an end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from tests.chaos.plan import Kind, Target
from tests.support.redis_server import RedisServer
from tests.support.relay import Relay
from tests.support.threads import in_thread

Action = Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class Fault:
    """Something goes wrong at the beginning, and is well again after the end."""

    begin: Action
    end: Action


Faults = dict[Target, Fault]


class Process(Protocol):
    """A part that can die, end, and be held still; what it does it has done when it returns."""

    async def kill(self) -> None: ...

    async def end(self) -> None: ...

    async def start(self) -> None: ...

    async def hold_still(self) -> None: ...

    async def go_on(self) -> None: ...


class RedisPart:
    """Redis, as a process."""

    def __init__(self, server: RedisServer) -> None:
        self._server = server

    async def kill(self) -> None:
        """What it held is gone."""
        self._server.stop()

    async def end(self) -> None:
        """The same: it has nothing to keep."""
        await self.kill()

    async def start(self) -> None:
        await in_thread(self._server.start)

    async def hold_still(self) -> None:
        self._server.hold_still()

    async def go_on(self) -> None:
        self._server.go_on()


def process_faults(part: str, process: Process) -> Iterator[tuple[Target, Fault]]:
    """Kill it, or end it, and start it again later; hold it still for a while."""
    yield Target("kill", part), Fault(process.kill, process.start)
    yield Target("restart", part), Fault(process.end, process.start)
    yield Target("stop", part), Fault(process.hold_still, process.go_on)


def link_faults(part: str, relay: Relay) -> Iterator[tuple[Target, Fault]]:
    """A network that is silent, and one that says at once that nothing is there."""
    yield Target("cut", part), Fault(action(relay.cut), action(relay.mend))
    yield Target("reset", part), Fault(action(relay.reset), action(relay.mend))


def momentary(kind: Kind, part: str, happen: Action) -> tuple[Target, Fault]:
    """What is over when it has happened."""
    return Target(kind, part), Fault(happen, action(lambda: None))


def action(do: Callable[[], None]) -> Action:
    """Something that takes no time, as an action."""

    async def action() -> None:
        do()

    return action
