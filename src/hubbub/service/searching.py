"""Searching: which messages have these words, among those that the actor may read; and keeping the index behind it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from hubbub.contract import limits
from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.contract.models import Found
from hubbub.domain.cursors import decode_cursor, encode_cursor
from hubbub.domain.permissions import Action
from hubbub.service.chat import Actor, Chat
from hubbub.service.places import check_room
from hubbub.store.connection import Connection, Searchable
from hubbub.store.database import Committed
from hubbub.store.log import select_head
from hubbub.store.messages import select_messages
from hubbub.store.search import Hit, index_changes, select_hits, select_indexed_to
from hubbub.store.users import select_user
from hubbub.store.words import Wanted

log = logging.getLogger(__name__)

INDEX_BEHIND = 512  # changes that may wait before they are taken in unasked: a search does that in 10 ms itself
CATCH_UP_WRITES = 8  # by which one search brings the index up to date, some 30 ms; further behind it is being filled
FILLING_RETRY_SECONDS = 5.0  # a million messages take 13 s of processor time
FIRST_LOOK = 4_096  # places of the log; each further look takes twice as many, so that a rare word needs few
LOOK_SECONDS = 0.05  # of processor time, after which no look begins: a page takes some three times that at the most
HITS_AT_ONCE = 1_000  # beyond a page's worth, where many are in rooms that the actor may not read: some 3 ms


@dataclass(frozen=True)
class Search:
    """What somebody looks for; `before` is a cursor as the page before gave it."""

    q: str
    room_id: str | None = None
    author_id: str | None = None
    before: str | None = None
    limit: int = limits.SEARCH_PAGE_DEFAULT


async def search_messages(chat: Chat, actor: Actor, search: Search, *, look_seconds: float = LOOK_SECONDS) -> Found:
    """The newest messages with all the words, of what was posted before the search began and the actor may read.

    Raises:
        HubbubError: `not_found` for a room or a person that is not there, `invalid_request` or `gone` for a cursor
            that is none, `server_busy` while the index is being filled for the first time.
    """
    before = None if search.before is None else decode_cursor(chat.store.epoch, search.before, chat.store.former)
    await _catch_up(chat)

    def work(connection: Searchable) -> Found:
        _check_filters(connection, actor, search)
        start = select_head(connection) + 1
        hits, place = _look(connection, actor, search, start if before is None else min(before, start), look_seconds)
        more = len(hits) > search.limit
        hits = hits[: search.limit]
        place = hits[-1].place if more else place
        return Found(
            messages=select_messages(connection, [hit.message_id for hit in hits]),
            before=encode_cursor(chat.store.epoch, place) if place else None,
        )

    return await chat.store.read(work)


def _check_filters(connection: Connection, actor: Actor, search: Search) -> None:
    if search.room_id is not None:
        check_room(connection, actor, search.room_id, Action.READ)
    if search.author_id is not None and select_user(connection, search.author_id) is None:
        raise HubbubError(ErrorCode.NOT_FOUND, "There is no such person on this server.")


def _look(connection: Searchable, actor: Actor, search: Search, before: int, seconds: float) -> tuple[list[Hit], int]:
    """One hit more than the page holds, if there are as many, and the place before which nothing was looked at."""
    wanted = Wanted(search.q, search.room_id, search.author_id)
    readable = _readable(connection, actor)
    end = time.thread_time() + seconds
    found: list[Hit] = []
    place, count, scan = before, search.limit + 1, FIRST_LOOK
    while place > 0 and len(found) <= search.limit:
        hits, place = select_hits(connection, wanted, place, count, scan)
        found += [hit for hit in hits if readable(hit.room_id)]
        count, scan = HITS_AT_ONCE, 2 * scan
        if time.thread_time() > end:
            break
    return found, place


def _readable(connection: Connection, actor: Actor) -> Callable[[str], bool]:
    """Whether the actor may read a room, looked up once for each."""

    @cache
    def readable(room_id: str) -> bool:
        try:
            check_room(connection, actor, room_id, Action.READ)
        except HubbubError:
            return False
        return True

    return readable


async def _catch_up(chat: Chat) -> None:
    """Have the index hold what was posted until now, so that everybody finds what they wrote a moment ago."""
    indexed_to, head = await chat.store.read(
        lambda connection: (select_indexed_to(connection), select_head(connection))
    )
    for _ in range(CATCH_UP_WRITES):
        if indexed_to >= head:
            return
        indexed_to = await chat.store.write(lambda transaction: index_changes(transaction.connection))
    if indexed_to < head:
        raise HubbubError(
            ErrorCode.SERVER_BUSY,
            "The messages of this server are being made searchable. Try again in a moment.",
            retry_after=FILLING_RETRY_SECONDS,
        )


class Indexer:
    """Takes what was posted into the index, so that no search has much to catch up with."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat
        self._changes = 0
        self._refused = False
        self._enough = asyncio.Event()
        self._enough.set()  # what the process before left, or all of a database that had no index
        chat.store.on_commit(self._count)

    async def run(self) -> None:
        """Work for ever: whenever enough waits, all that does; what is refused for a while is tried again."""
        while True:
            await self._enough.wait()
            self._changes = 0
            try:
                await self._index_all()
            except HubbubError as refused:
                if refused.retry_after is None:
                    raise
                self._say(refused.detail)
                await asyncio.sleep(refused.retry_after)
                continue
            self._say(None)
            if self._changes < INDEX_BEHIND:
                self._enough.clear()

    async def _index_all(self) -> None:
        head = self._chat.store.head
        while await self._chat.store.write(lambda transaction: index_changes(transaction.connection)) < head:
            pass  # a few at a time, with the posts of others between

    def _say(self, why: str | None) -> None:
        """Log that it is refused, and that it no longer is, once each."""
        if why is not None and not self._refused:
            log.warning("messages are not made searchable for now: %s", why)
        elif why is None and self._refused:
            log.warning("messages are made searchable again")
        self._refused = why is not None

    def _count(self, committed: Committed) -> None:
        self._changes += len(committed.changes)
        if self._changes >= INDEX_BEHIND:
            self._enough.set()
