"""The application of each source: it posts what it receives through the service, as one account, into one room."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.contract.models import PostMessage
from hubbub.service.chat import Actor, Chat
from hubbub.service.messages import post_message
from hubbub.transports.syslog.counters import SyslogCounters
from hubbub.transports.syslog.limits import CLOSE_SECONDS, POST_ATTEMPTS, RETRY_SECONDS, WARN_SECONDS
from hubbub.transports.syslog.wording import worded

log = logging.getLogger(__name__)

Sleep = Callable[[float], Awaitable[None]]


class Poster:
    """An ASGI application of the type `syslog`; call `finish` when its instances are gone."""

    def __init__(self, chat: Chat, actor: Actor, room_id: str, counters: SyslogCounters, sleep: Sleep) -> None:
        self._chat = chat
        self._actor = actor
        self._room_id = room_id
        self._counters = counters
        self._sleep = sleep
        self._posting: set[asyncio.Task[None]] = set()
        self._quiet_until = float("-inf")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Post what one source sends, one after the other."""
        while True:
            message = (await receive())["message"]
            posting = asyncio.create_task(self._post_counted(worded(message, scope["source"])), name="post syslog")
            self._posting.add(posting)
            posting.add_done_callback(self._posting.discard)
            # An instance may be evicted at any time; what it had taken is posted and counted all the same.
            await asyncio.shield(posting)

    async def finish(self) -> None:
        """Wait for what is being posted; what takes longer than `CLOSE_SECONDS` is given up."""
        if self._posting:
            await asyncio.wait(self._posting, timeout=CLOSE_SECONDS)
        for posting in list(self._posting):
            posting.cancel()
        await asyncio.gather(*self._posting, return_exceptions=True)

    async def post(self, body: str) -> bool:
        """Post a message; whether it is in the room. Sent again while the store is busy, it is posted once."""
        request = PostMessage(body=body, client_id=self._chat.new_id())
        for _ in range(POST_ATTEMPTS):
            try:
                await post_message(self._chat, self._actor, self._room_id, request)
            except HubbubError as error:
                reason = error.detail
                if error.code is not ErrorCode.SERVER_BUSY:
                    break
                await self._sleep(error.retry_after or RETRY_SECONDS)
            except Exception:
                log.exception("a syslog message could not be posted")
                return False
            else:
                return True
        self._warn(reason)
        return False

    async def _post_counted(self, body: str) -> None:
        try:
            posted = await self.post(body)
        except asyncio.CancelledError:
            self._counters.abandoned += 1
            raise
        if posted:
            self._counters.posted += 1
        else:
            self._counters.refused += 1

    def _warn(self, reason: str) -> None:
        """Once in a while: each message of a flood would say the same."""
        now = self._chat.clock.monotonic()
        if now >= self._quiet_until:
            self._quiet_until = now + WARN_SECONDS
            log.warning("syslog messages cannot be posted: %s", reason)
