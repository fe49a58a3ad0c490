"""Times between the text of the database and the objects of the code."""

from __future__ import annotations

from datetime import datetime


def moment(text: str) -> datetime:
    """The time that `domain.clock.timestamp` wrote, aware and in UTC."""
    return datetime.fromisoformat(text)


def moment_or_none(text: str | None) -> datetime | None:
    """As `moment`, where the column may be NULL."""
    return None if text is None else datetime.fromisoformat(text)
