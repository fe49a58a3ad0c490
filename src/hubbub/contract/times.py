"""How a time is written, on every transport and in the database alike."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import PlainSerializer, WithJsonSchema

_CHARS = len("2000-01-01T00:00:00.000")  # then comes the offset, which is none


def timestamp(moment: datetime) -> str:
    """RFC 3339, in UTC, to the millisecond; it sorts as text."""
    return moment.isoformat(timespec="milliseconds")[:_CHARS] + "Z"


# pydantic would write microseconds, so that one change had two texts: one out of the log, one out of a model.
Time = Annotated[
    datetime,
    PlainSerializer(timestamp, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
