"""What time leaves behind: what ran out, the texts of rooms that were deleted, the words of messages that were."""

from __future__ import annotations

from hubbub.service.chat import Chat, SessionEnded
from hubbub.store.invites import delete_expired_invites
from hubbub.store.log import redact_message
from hubbub.store.messages import delete_message, select_written_after
from hubbub.store.rooms import mark_room_erased, select_room_to_erase
from hubbub.store.search import forget_erased, merge_pages, select_erased
from hubbub.store.sessions import delete_expired_sessions
from hubbub.store.transaction import Transaction

MESSAGES_AT_ONCE = 200  # in one write, so that nobody's message waits long behind it
PAGES_AT_ONCE = 64  # of the index of words, 4 KiB each, for the same reason


async def tidy(chat: Chat) -> None:
    """Do all of it; again does nothing."""
    await chat.store.write(_expire)
    while (room_id := await chat.store.read(select_room_to_erase)) is not None:
        await _erase(chat, room_id)
    erased = await chat.store.read(select_erased)
    if erased > 0:
        await _forget_words(chat, erased)


def _expire(transaction: Transaction) -> None:
    delete_expired_invites(transaction.connection, transaction.now)
    for user_id, session_id in delete_expired_sessions(transaction.connection, transaction.now):
        transaction.announce(SessionEnded(user_id, frozenset({session_id})))


async def _erase(chat: Chat, room_id: str) -> None:
    """Empty the messages of a deleted room, in the log as well, a few at a time."""
    seq: int | None = 0
    while seq is not None:
        seq = await chat.store.write(lambda transaction, after=seq: _erase_some(transaction, room_id, after))  # type: ignore[misc]
    await chat.store.write(lambda transaction: mark_room_erased(transaction.connection, room_id))


def _erase_some(transaction: Transaction, room_id: str, after: int) -> int | None:
    """The place of the last one erased, None when there are no more."""
    found = select_written_after(transaction.connection, room_id, after, MESSAGES_AT_ONCE)
    for _, message_id in found:
        delete_message(transaction.connection, message_id, transaction.now)
        redact_message(transaction.connection, message_id)
    return found[-1][0] if found else None


async def _forget_words(chat: Chat, erased: int) -> None:
    """Write the index of words anew, as that is when FTS5 drops what was deleted."""
    pages = -PAGES_AT_ONCE
    while await chat.store.write(lambda transaction, count=pages: merge_pages(transaction.connection, count)):  # type: ignore[misc]
        pages = PAGES_AT_ONCE
    await chat.store.write(lambda transaction: forget_erased(transaction.connection, erased))
