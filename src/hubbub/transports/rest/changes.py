"""`GET /changes`: a page of the log, or, as long polling, what comes next."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from quart import Blueprint, Response, request

from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.contract.models import Changes
from hubbub.domain.changes import cursor_of
from hubbub.domain.cursors import encode_cursor
from hubbub.live.subscription import Encoder
from hubbub.service.chat import Actor
from hubbub.service.replay import PAGE_CHARS, place_of, read_page
from hubbub.store.log import select_head
from hubbub.transports.backend import Backend
from hubbub.transports.rest.listening import listeners
from hubbub.transports.rest.operation import JSON, operation, source
from hubbub.transports.rest.paging import ChangesQuery

blueprint = Blueprint("changes", __name__)


@operation(blueprint, "GET", "/changes", query=ChangesQuery, answer=Changes, errors=(ErrorCode.GONE,))
async def get_changes(actor: Actor, query_args: ChangesQuery) -> Response:
    """What came after the cursor `since`, as far as you may see it, oldest first.

    With `wait`, the answer comes as soon as there is a change, or empty after so many seconds at the latest. Go on
    from its `cursor`; `more` says that there is more at once. Without `since`, the cursor of now.
    """
    backend = source()()
    if query_args.since is None:
        place = await backend.chat.store.read(select_head)
        return _response([], encode_cursor(backend.chat.store.epoch, place), more=False)
    poll = Poll(backend, actor, await place_of(backend.chat, query_args.since), query_args.limit)
    if query_args.wait and request.method != "HEAD":
        await poll.wait(query_args.wait)
    else:
        await poll.read()
    return _response(poll.changes, poll.cursor, more=poll.more)


@dataclass(eq=False)
class Poll:
    """One request for changes, which is an outlet of the hub while it waits.

    `cursor` and `more` go with `changes`, the JSON of each, at any moment.
    """

    backend: Backend
    actor: Actor
    place: int
    limit: int
    changes: list[str] = field(default_factory=list)
    more: bool = False
    _chars: int = 0
    _cursor: str | None = None
    _error: HubbubError | None = None
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def cursor(self) -> str:
        """Where to go on."""
        return self._cursor or encode_cursor(self.backend.chat.store.epoch, self.place)

    async def read(self) -> None:
        """Take what is there."""
        page = await read_page(self.backend.chat, self.actor, self.place, self.limit)
        self.changes, self.place, self.more = [change.json for change in page.changes], page.place, page.more

    async def wait(self, seconds: float) -> None:
        """Take what is there, or else what comes, for at most so long.

        Raises:
            HubbubError: `unauthenticated` when the session ends; `server_busy` or `rate_limited` for one too many.
        """
        register = listeners()
        with register.polls.place(self):
            try:
                async with asyncio.timeout(min(seconds, register.limits.wait_seconds)):
                    await self.read()
                    while self.more and not self.changes and not self._woken.is_set():
                        await self.read()  # on past changes that are not theirs
                    if not self.changes and not self._woken.is_set():
                        await self._listen()
            except TimeoutError:
                pass  # nothing came, which is an answer
        if self._error is not None:
            raise self._error

    async def _listen(self) -> None:
        hub = self.backend.hub
        self.backend.admit_connection(self.actor.user.id)
        subscription = await hub.subscribe(self.backend.chat.new_id(), self.actor, self)
        try:
            await hub.catch_up(subscription, self.place, lambda: None)
            await self._woken.wait()
        finally:
            if subscription.live and not self.changes:
                self._cursor = hub.cursor(subscription)
            hub.unsubscribe(subscription)

    # --- what the hub and the register call ---

    @property
    def transport(self) -> str:
        return "poll"

    @property
    def encode(self) -> Encoder:
        return _encode

    @property
    def waiting_bytes(self) -> int:
        return 0  # an answer is on its way as soon as there is anything

    @property
    def bundle(self) -> type[tuple[str, ...]]:
        return tuple

    def send(self, packet: str, key: str | None = None) -> None:
        cursor = cursor_of(packet)
        if cursor is None:
            return
        self._chars += len(packet)
        if len(self.changes) < self.limit and (self._chars <= PAGE_CHARS or not self.changes) and not self.more:
            self.changes.append(packet)
            self._cursor = cursor
        else:
            self.more = True
        self._woken.set()

    def send_all(self, bundle: Sequence[str]) -> None:
        for packet in bundle:
            self.send(packet)

    async def writable(self) -> None:
        """What does not fit is left to the next poll, so there is nothing to wait for."""

    async def taken(self) -> None:
        """The answer is on its way."""

    def close(self, error: HubbubError) -> None:
        self._error = error
        self._woken.set()

    def restart(self) -> None:
        self._woken.set()


def _encode(_event: str, payload: str) -> str:
    return payload


def _response(changes: Iterable[str], cursor: str, *, more: bool) -> Response:
    """`Changes` as JSON, put together from what is JSON already."""
    body = f'{{"changes": [{", ".join(changes)}], "cursor": "{cursor}", "more": {"true" if more else "false"}}}'
    return Response(body, content_type=JSON)
