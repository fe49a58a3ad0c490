"""What joins this process to those of other hosts, where a bus is set. Nothing else here needs the extra `redis`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from hubbub.composite.bus.bus import Bus, BusListener
from hubbub.settings import SettingsError

if TYPE_CHECKING:
    from hubbub.composite.bus.redis_rates import RedisRates


class OtherHosts:
    """By the Redis at a URL, which may carry the words of several servers: the epoch of a log tells them apart."""

    def __init__(self, url: str) -> None:
        """Nothing is connected yet.

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

    def make_bus(self, name: str, epoch: str, listener: BusListener, is_near: Callable[[str], bool]) -> Bus:
        """Between all processes of this log, for the one of that name."""
        return Bus(name, _prefix(epoch), self._open_link, listener, is_near)

    def make_rates(self, epoch: str, bus: Bus) -> RedisRates:
        """Counted over all of them."""
        return self._make_rates(_prefix(epoch), lambda: bus.hears)


def _prefix(epoch: str) -> str:
    return f"hubbub:{epoch}"
