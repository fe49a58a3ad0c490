"""How what was tried of late has come out: successes and failures of a sliding window. Pure: time comes in."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

SLOTS = 10  # the window moves in tenths of its length, so that memory does not grow with the traffic


@dataclass(slots=True)
class _Slot:
    number: int
    successes: int = 0
    failures: int = 0


class Outcomes:
    """Counts over the last `window` seconds, and up to a tenth more."""

    def __init__(self, window: float) -> None:
        self._slot_seconds = window / SLOTS
        self._slots: deque[_Slot] = deque()  # oldest first, only those in which something ended

    def add(self, *, success: bool, now: float) -> None:
        """Count one."""
        number = self._forget_old(now)
        if not self._slots or self._slots[-1].number != number:
            self._slots.append(_Slot(number))
        if success:
            self._slots[-1].successes += 1
        else:
            self._slots[-1].failures += 1

    def failures(self, now: float) -> int:
        """How many failed."""
        self._forget_old(now)
        return sum(slot.failures for slot in self._slots)

    def total(self, now: float) -> int:
        """How many ended either way."""
        self._forget_old(now)
        return sum(slot.failures + slot.successes for slot in self._slots)

    def clear(self) -> None:
        """Forget everything."""
        self._slots.clear()

    def _forget_old(self, now: float) -> int:
        number = math.floor(now / self._slot_seconds)
        while self._slots and self._slots[0].number < number - SLOTS:
            self._slots.popleft()
        return number
