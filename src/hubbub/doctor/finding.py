"""What a check found: a line for a person, and whether the whole may be called well."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """How bad it is; only a failure makes the exit status 1."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Finding:
    """`check` names what was looked at, `text` says how it is and, unless all is well, what to do."""

    level: Level
    check: str
    text: str

    def __str__(self) -> str:
        return f"{self.level.value:8}{self.check}: {self.text}"


def ok(check: str, text: str) -> Finding:
    """Nothing to do."""
    return Finding(Level.OK, check, text)


def warning(check: str, text: str) -> Finding:
    """It works, for some or for now; or it was not looked at."""
    return Finding(Level.WARNING, check, text)


def failure(check: str, text: str) -> Finding:
    """Something does not work."""
    return Finding(Level.FAILURE, check, text)
