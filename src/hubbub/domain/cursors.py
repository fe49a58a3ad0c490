"""Cursors: a place in one particular log, as text that nobody outside takes apart.

The epoch names the log.  A cursor of another log (another server, a database made anew) must not be taken for a place
in this one, so it is refused as gone and the client loads a snapshot.
"""

from __future__ import annotations

import re

from hubbub.contract.errors import ErrorCode, HubbubError

_CURSOR = re.compile(r"([a-z0-9]{8})-([0-9a-f]{1,16})", re.ASCII)


def encode_cursor(epoch: str, change_id: int) -> str:
    """`change_id` 0 is the place before the first change."""
    return f"{epoch}-{change_id:x}"


def decode_cursor(epoch: str, cursor: str) -> int:
    """The change id that `cursor` stands behind.

    Raises:
        HubbubError: `invalid_request` when it is no cursor, `gone` when it belongs to another log.
    """
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        raise HubbubError(ErrorCode.INVALID_REQUEST, "This is not a cursor. Pass one exactly as the server gave it.")
    if match[1] != epoch:
        raise HubbubError(
            ErrorCode.GONE, "This cursor belongs to another log. Load everything anew and go on from there."
        )
    return int(match[2], 16)
