"""One row of the change log, as every layer above the store hands it on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from json.encoder import encode_basestring_ascii

_CURSOR_OF_JSON = re.compile(r'\{"cursor": "([^"]+)"')


@dataclass(frozen=True)
class LoggedChange:
    """A change with its place in the log.

    `data` is JSON text and is never parsed again on its way out: ten thousand sockets get the one string `json`.
    """

    id: int
    cursor: str
    type: str
    room_id: str | None
    actor_id: str | None
    at: str
    data: str

    @cached_property
    def json(self) -> str:
        """The whole change as the contract shows it."""
        return (
            f'{{"cursor": "{self.cursor}", "type": "{self.type}", "room_id": {_text(self.room_id)}'
            f', "actor_id": {_text(self.actor_id)}, "at": "{self.at}", "data": {self.data}}}'
        )


def _text(id: str | None) -> str:
    return "null" if id is None else encode_basestring_ascii(id)


def cursor_of(text: str) -> str | None:
    """The cursor in a change's `json`, which begins with it; None for the JSON of anything else."""
    match = _CURSOR_OF_JSON.match(text)
    return match[1] if match else None
