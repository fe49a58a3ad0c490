"""Reading the log from a cursor, as far as the actor may see it."""

from __future__ import annotations

import sqlite3

from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.contract.models import Change, Changes
from hubbub.domain.changes import LoggedChange
from hubbub.domain.cursors import decode_cursor, encode_cursor
from hubbub.service.chat import Actor, Chat
from hubbub.store.log import select_changes, select_head


async def place_of(chat: Chat, cursor: str) -> int:
    """The change id that a cursor stands behind.

    Raises:
        HubbubError: `invalid_request` for no cursor, `gone` for one of another log or of a future that was undone.
    """
    change_id = decode_cursor(chat.store.epoch, cursor)
    # What this process knows of may be behind the log: the `hubbub` command writes to it, too.
    if change_id > chat.store.head and change_id > await chat.store.read(select_head):
        raise HubbubError(
            ErrorCode.GONE, "This cursor is ahead of the log. Load everything anew and go on from there."
        )
    return change_id


async def get_changes(chat: Chat, actor: Actor, *, since: str, limit: int) -> Changes:
    """What came after a cursor, at most `limit` changes; `more` says to ask again at once."""
    after = await place_of(chat, since)
    epoch = chat.store.epoch

    def work(connection: sqlite3.Connection) -> tuple[list[LoggedChange], int]:
        return select_changes(connection, epoch, actor.user.id, after, limit)

    changes, scanned_to = await chat.store.read(work)
    return Changes(
        changes=[as_model(change) for change in changes],
        cursor=encode_cursor(epoch, max(scanned_to, after)),
        more=scanned_to < chat.store.head,
    )


def as_model(change: LoggedChange) -> Change:
    """The change as the contract has it."""
    return Change.model_validate_json(change.json)
