"""Whether a target is up, from one probe after the other. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Probe:
    """How each target is asked whether it is well: by GET, on a connection of its own, for any 2xx.

    Raises:
        ValueError: a number with which it would never be asked, never be out, or never come back.
    """

    path: str = "/healthz"
    every: float = 2.0  # seconds
    timeout: float = 1.0  # seconds for the whole answer
    fall: int = 2  # failed probes in a row, and it gets nothing more
    rise: int = 2  # successful ones in a row, and it is back

    def __post_init__(self) -> None:
        if not self.path.startswith("/"):
            raise ValueError("the path of a probe begins with /")
        if min(self.every, self.timeout) <= 0 or min(self.fall, self.rise) < 1:
            raise ValueError("a probe's every and timeout must be positive, fall and rise 1 or more")


class Health:
    """Up until so many probes in a row say otherwise, and the other way round; up at first."""

    def __init__(self, fall: int, rise: int) -> None:
        self._fall = fall
        self._rise = rise
        self._against = 0  # probes in a row that say the opposite of what holds
        self.is_up = True

    def record(self, *, success: bool) -> bool:
        """Count a probe; whether that changed what holds."""
        if success == self.is_up:
            self._against = 0
            return False
        self._against += 1
        if self._against < (self._fall if self.is_up else self._rise):
            return False
        self.is_up = success
        self._against = 0
        return True
