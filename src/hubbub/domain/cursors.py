"""Cursors: a place in one particular log, as text that nobody outside takes apart.

The epoch names the log.  A cursor of another log (another server, a database made anew) must not be taken for a place
in this one, so it is refused as gone and the client loads a snapshot.

A log that was restored from a backup has a new epoch.  Up to the end of the backup it is the log that it was before,
and the cursors of that one are good; from there on the two differ, and they are gone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from hubbub.contract.errors import ErrorCode, HubbubError

_CURSOR = re.compile(r"([a-z0-9]{8})-([0-9a-f]{1,16})", re.ASCII)


def encode_cursor(epoch: str, change_id: int) -> str:
    """`change_id` 0 is the place before the first change."""
    return f"{epoch}-{change_id:x}"


def decode_cursor(epoch: str, cursor: str, former: Mapping[str, int]) -> int:
    """The change id that `cursor` stands behind.

    `former` is {epoch: id of the last change in common} of the logs that this one goes on from.

    Raises:
        HubbubError: `invalid_request` when it is no cursor, `gone` when it belongs to another log.
    """
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        raise HubbubError(ErrorCode.INVALID_REQUEST, "This is not a cursor. Pass one exactly as the server gave it.")
    named, change_id = match[1], int(match[2], 16)
    if named != epoch and change_id > former.get(named, -1):
        raise HubbubError(
            ErrorCode.GONE, "This cursor belongs to another log. Load everything anew and go on from there."
        )
    return change_id
