"""Reading the log from a cursor, as far as the actor may see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.contract.models import Change, Changes
from hubbub.domain.changes import LoggedChange
from hubbub.domain.cursors import decode_cursor, encode_cursor
from hubbub.service.chat import Actor, Chat
from hubbub.store.connection import Connection
from hubbub.store.log import select_changes, select_head

PAGE_CHARS = 512 * 1024  # of the objects in one page: 2 MiB of UTF-8 at the most, half of what a socket's outbox holds


async def place_of(chat: Chat, cursor: str) -> int:
    """The change id that a cursor stands behind.

    Raises:
        HubbubError: `invalid_request` for no cursor, `gone` for one of another log or of a future that was undone.
    """
    change_id = decode_cursor(chat.store.epoch, cursor, chat.store.former)
    # What this process knows of may be behind the log: the `hubbub` command writes to it, too.
    if change_id > chat.store.head and change_id > await chat.store.read(select_head):
        raise HubbubError(
            ErrorCode.GONE, "This cursor is ahead of the log. Load everything anew and go on from there."
        )
    return change_id


@dataclass(frozen=True)
class Page:
    """What came after a place, oldest first; `place` is where to go on, `more` says that there is more at once."""

    changes: Sequence[LoggedChange]
    place: int
    more: bool


async def read_page(chat: Chat, actor: Actor, after: int, limit: int) -> Page:
    """At most `limit` of the changes behind the place `after`, and at most `PAGE_CHARS`, unless one alone is more."""
    epoch = chat.store.epoch

    def work(connection: Connection) -> tuple[list[LoggedChange], int, int]:
        return *select_changes(connection, epoch, actor.user.id, after, limit), select_head(connection)

    changes, scanned_to, head = await chat.store.read(work)
    fitting = _fitting(changes)
    place = max(scanned_to, after) if len(fitting) == len(changes) else fitting[-1].id
    return Page(fitting, place, more=place < head)


async def get_changes(chat: Chat, actor: Actor, *, since: str, limit: int) -> Changes:
    """What came after a cursor, at most `limit` changes; `more` says to ask again at once."""
    page = await read_page(chat, actor, await place_of(chat, since), limit)
    return Changes(
        changes=[as_model(change) for change in page.changes],
        cursor=encode_cursor(chat.store.epoch, page.place),
        more=page.more,
    )


def _fitting(changes: Sequence[LoggedChange]) -> Sequence[LoggedChange]:
    chars = 0
    for count, change in enumerate(changes):
        chars += len(change.data)
        if chars > PAGE_CHARS and count:
            return changes[:count]
    return changes


def as_model(change: LoggedChange) -> Change:
    """The change as the contract has it."""
    return Change.model_validate_json(change.json)
