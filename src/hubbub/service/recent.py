"""The values last put, by key, as many as there is room for; knows neither what they are nor whether they hold."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

V = TypeVar("V")


class Recent(Generic[V]):
    """`room` values; what was not put for longest goes first."""

    def __init__(self, room: int) -> None:
        self._room = room
        # Not a dict: finding its oldest key takes as long as it has had older ones.
        self._values: OrderedDict[str, V] = OrderedDict()  # {key: value}, put longest ago first

    def put(self, key: str, value: V) -> None:
        """Remember it, in place of what was there."""
        self._values[key] = value
        self._values.move_to_end(key)
        if len(self._values) > self._room:
            self._values.popitem(last=False)

    def get(self, key: str) -> V | None:
        """What was put last."""
        return self._values.get(key)

    def forget(self, key: str) -> None:
        """Have nothing under the key."""
        self._values.pop(key, None)
