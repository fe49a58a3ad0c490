"""Who belongs to which target: a bounded table that forgets what was not used for a while. Pure: time comes in."""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

from hubbub.composite.balancer.limits import BINDINGS


class _Binding(NamedTuple):
    target: str
    used_at: float


class Bindings:
    """Keys and the names of targets."""

    def __init__(self, idle_seconds: float, most: int = BINDINGS) -> None:
        self._idle_seconds = idle_seconds
        self._most = most
        self._bound: OrderedDict[str, _Binding] = OrderedDict()  # {key: its target}, least recently used first

    def __len__(self) -> int:
        return len(self._bound)

    def find(self, key: str, now: float) -> str | None:
        """The target of a key, which counts as used."""
        self._expire(now)
        binding = self._bound.get(key)
        if binding is None:
            return None
        self.bind(key, binding.target, now)
        return binding.target

    def bind(self, key: str, target: str, now: float) -> None:
        """From now on the key belongs to the target; at the limit the least recently used key is forgotten."""
        self._expire(now)
        self._bound[key] = _Binding(target, now)
        self._bound.move_to_end(key)
        if len(self._bound) > self._most:
            self._bound.popitem(last=False)

    def forget(self, key: str) -> None:
        """The key belongs nowhere."""
        self._bound.pop(key, None)

    def _expire(self, now: float) -> None:
        while self._bound:
            oldest = next(iter(self._bound.values()))
            if now - oldest.used_at < self._idle_seconds:
                return
            self._bound.popitem(last=False)
