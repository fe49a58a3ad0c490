"""The other processes of this server, as the hub sees them: what they say becomes what clients here hear."""

from __future__ import annotations

import asyncio
import logging

from hubbub.contract.errors import HubbubError
from hubbub.live.bus import BadNews, News
from hubbub.live.hub import Hub
from hubbub.store.errors import StoreError

log = logging.getLogger(__name__)


class Neighbours:
    """Hears of the others, each by a name."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._looking: asyncio.Task[None] | None = None
        self._look_again = False
        self.found = 0  # times that changes were found of which nobody had told

    def greeting(self) -> bytes:
        """How things stand here."""
        return News(head=self._hub.committed_to, here=tuple(self._hub.here.online())).encode()

    def joined(self, name: str) -> None:
        """Somebody is here, or again: what was said meanwhile was not heard."""
        self.missed()

    def committed_elsewhere(self, head: int, announced: bool) -> None:
        """The database says how far the log goes, and whether a session may have ended (`Store.on_elsewhere`)."""
        self._hub.learn_head(head)
        if announced:
            self.missed()

    def missed(self) -> None:
        """Something may have been said that was not heard: the log and the tables have it."""
        self._look_again = True
        if self._looking is None or self._looking.done():
            self._looking = asyncio.get_running_loop().create_task(self._look(), name="look for what was missed")

    def heard(self, name: str, body: bytes) -> None:
        """Somebody said something; what is not understood is left out."""
        try:
            news = News.decode(body)
        except BadNews as error:
            log.warning("a worker said what this one does not understand: %s", error)
            return
        hub = self._hub
        hub.learn_head(news.head)
        for ended in news.ended:
            hub.end_sessions(ended)
        for prolonged in news.prolonged:
            hub.prolong_session(prolonged)
        for user_id in news.here:
            hub.came(user_id, name)
        for user_id in news.gone:
            hub.went(user_id, name)
        for typing in news.typing:
            hub.note_typing(typing.room_id, typing.user_id, typing.typing)

    def left(self, name: str) -> None:
        """Somebody is gone, and whoever was connected there may come back elsewhere."""
        self._hub.lost(name)

    async def close(self) -> None:
        """Stop looking."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    async def _look(self) -> None:
        try:
            while self._look_again:  # somebody may join after what is read now
                self._look_again = False
                self.found += await self._hub.check_log()
                await self._hub.check_sessions()
        except (HubbubError, StoreError) as error:
            log.warning("what was missed was not looked for, the store could not be read: %s", error)
