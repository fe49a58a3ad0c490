"""What joins this process to those of other hosts, where a bus is set. Nothing else here needs the extra `redis`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from hubbub.composite.bus.bus import Bus, BusListener
from hubbub.composite.bus.gate import Card, Gate, call
from hubbub.composite.mesh.directory import Streams
from hubbub.composite.mesh.mesh import Carrier
from hubbub.settings import SettingsError

if TYPE_CHECKING:
    from hubbub.composite.bus.redis_rates import RedisRates


class OtherHosts:
    """By the Redis at a URL, which may carry the words of several servers: the epoch of a log tells them apart."""

    def __init__(self, url: str, host: str | None = None) -> None:
        """Nothing is connected yet. At `host` other hosts reach this one; None: they do not.

        Raises:
            SettingsError: what it takes is not installed.
        """
        try:
            from hubbub.composite.bus.redis_link import open_redis
            from hubbub.composite.bus.redis_rates import RedisRates
        except ImportError:
            raise SettingsError("HUBBUB_BUS_URL needs the extra `redis`: pip install 'hubbub[redis]'.") from None
        self._open_link = partial(open_redis, url)
        self._make_rates = partial(RedisRates, url)
        self._host = host
        self.bus: Bus | None = None  # between `join` and its end

    @asynccontextmanager
    async def join(
        self, name: str, epoch: str, listener: BusListener, is_near: Callable[[str], bool], carrier: Carrier
    ) -> AsyncIterator[RedisRates]:
        """Take part, as the process of that name; what is counted for all of them.

        `carrier` serves what other hosts hand over.

        Raises:
            GateError: `host` cannot be listened at.
        """
        prefix = f"hubbub:{epoch}"
        gate = Gate(carrier)
        card = (await gate.open(self._host)).encode() if self._host else ""
        bus = self.bus = Bus(name, prefix, self._open_link, listener, is_near, card)
        rates = self._make_rates(prefix, lambda: bus.hears)
        bus.open()
        try:
            yield rates
        finally:
            self.bus = None
            await bus.close()
            await rates.close()
            await gate.close()

    def has(self, name: str) -> bool:
        """Whether a process of another host is here, and takes requests; it may be any text."""
        return self.bus is not None and self.bus.card(name) != ""

    async def connect(self, name: str, head: dict[str, object]) -> Streams:
        """A connection of its own to that process, for one exchange.

        Raises:
            OSError: it is gone, or cannot be reached.
        """
        card = Card.decode(self.bus.card(name)) if self.bus is not None else None
        if card is None:
            raise ConnectionRefusedError(f"nobody knows how to reach {name}")
        return await call(card, head)
