"""The fan-out: every committed change, once and in order, to every subscription that may see it.

A subscription first reads what it missed from the log, a page at a time, and goes live when it has caught up with what
was published.  Its position says which changes it has had, so the seam between the two neither repeats nor skips.

The rule of who sees a change is the one that `store.log` replays by: no room, everybody; a room, whoever is in it at
that place in the log, the change by which they come or go included.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.contract.models import AuthExpiring, PresenceChanged, Resync, TypingChanged
from hubbub.domain.changes import LoggedChange
from hubbub.domain.clock import Clock
from hubbub.domain.cursors import encode_cursor
from hubbub.live.audience import Audience
from hubbub.live.bus import News, Tell, TypingNews, tell_nobody
from hubbub.live.lag import Lag
from hubbub.live.pages import Page
from hubbub.live.presence import Presence
from hubbub.live.runs import runs_of
from hubbub.live.subscription import Encoder, Outlet, Subscription
from hubbub.live.typing import Typing
from hubbub.service.chat import Actor, SessionEnded, SessionProlonged
from hubbub.service.known import Known
from hubbub.store.connection import Connection
from hubbub.store.database import Committed, Store
from hubbub.store.errors import StoreError
from hubbub.store.log import select_change_range, select_changes_by_id, select_head, select_visible_ids
from hubbub.store.members import select_room_ids
from hubbub.store.sessions import has_session, select_session_ends

log = logging.getLogger(__name__)

CATCH_UP_PAGE = 200  # changes read at once
CATCH_UP_CHARS = 256 * 1024  # sent before the outbox is waited for: 1 MiB of UTF-8 at the most, or one change alone
KNOWN_PAGE_CHARS = 4 * 1024 * 1024  # kept of what was missed; with what is encoded of it some five times as many bytes
HEAL_PAGE = 1_000  # changes read at once when another process wrote to the log
HERE = ""  # who holds the leases of this process, where the neighbours hold theirs by their names
END_NOTICE = timedelta(minutes=5)  # before a session ends its connections are told: time to sign in, even by hand


class Hub:
    """One a process.  Everything but the reading of what was missed happens without waiting.

    `tell` passes on to the other processes of the server what they cannot read in the log in time.
    """

    def __init__(self, store: Store, clock: Clock, tell: Tell = tell_nobody) -> None:
        self._store = store
        self._clock = clock
        self._head = store.head
        self.committed_to = store.head
        self.audience = Audience()
        self._tell = tell
        # By the ids of their changes: that somebody may see them was read for that person.
        self._pages: Known[Page] = Known(store.edition, room=KNOWN_PAGE_CHARS, size=lambda page: page.chars)
        self._healing: asyncio.Task[None] | None = None
        self.here = Presence()  # by connections of this process
        self.presence = Presence()  # by processes
        self.typing = Typing()
        self.lag = Lag(clock.monotonic)
        self.resyncs: Counter[str] = Counter(overflow=0, cursor_gone=0)  # {reason: how many clients were told so}
        self.gaps_healed = 0  # times that what another process wrote was read from the log
        store.on_commit(self._committed)

    @property
    def head(self) -> int:
        """The id of the newest change that was published."""
        return self._head

    @property
    def subscription_count(self) -> int:
        """How many connections are subscribed."""
        return sum(1 for _ in self.audience)

    @property
    def waiting_bytes(self) -> list[int]:
        """How much waits for each connection."""
        return [each.outlet.waiting_bytes for each in self.audience]

    def cursor(self, subscription: Subscription) -> str:
        """Where a subscription stands; a live one has had, or may not see, whatever was published."""
        position = max(self._head, subscription.position) if subscription.live else subscription.position
        return encode_cursor(self._store.epoch, position)

    async def subscribe(self, connection_id: str, actor: Actor, outlet: Outlet) -> Subscription:
        """A subscription at the present head, not live yet: `catch_up` makes it so.

        Raises:
            HubbubError: `unauthenticated` when the session has ended since the actor was let in.
        """
        listener = self.audience.listener(actor.user.id)
        subscription = Subscription(
            connection_id, listener, actor.session_id, outlet, position=self._head, expires_at=actor.expires_at
        )
        # First this, so that the end of the session is either heard of or in what is read.
        self.audience.enter(subscription)
        try:
            await self._look_up(subscription)
        except BaseException:
            self.unsubscribe(subscription)
            raise
        subscription.position = max(self._head, listener.known_at or 0)
        return subscription

    async def catch_up(self, subscription: Subscription, since: int | None, ready: Callable[[], None]) -> None:
        """Send what came after the change `since`, then go live; `ready` is called at that very place."""
        if since is not None:
            subscription.position = since
        while not subscription.closed and subscription.position < max(self._head, subscription.listener.known_at or 0):
            await self._send_page(subscription)
            await subscription.outlet.writable()
        if not subscription.closed:
            subscription.live = True
            ready()

    async def move(self, subscription: Subscription, actor: Actor) -> None:
        """Put a connection under another session of its person; the one before may end without it.

        Raises:
            HubbubError: `unauthenticated` when that session has ended meanwhile, and the connection with it.
        """
        subscription.session_id, subscription.expires_at = actor.session_id, actor.expires_at
        subscription.end_told = False
        try:
            await self._look_up(subscription)
        except BaseException as error:
            self._end(subscription, error if isinstance(error, HubbubError) else _session_ended())
            raise
        self._watch_session(subscription, self._clock.now())

    def unsubscribe(self, subscription: Subscription) -> None:
        """Forget a connection that is gone; doing it twice does nothing."""
        subscription.closed = True
        subscription.live = False
        if self.audience.leave(subscription):
            self.here.release(subscription.user_id, subscription.id, self._clock.monotonic())

    def resync(self, subscription: Subscription) -> str:
        """Skip to the head; the packet that tells the client so, to be put in place of what was dropped."""
        self.resyncs["overflow"] += 1
        subscription.position = max(self._head, subscription.position)
        notice = Resync(reason="overflow", cursor=self.cursor(subscription))
        return subscription.outlet.encode("resync", notice.model_dump_json())

    def arrived(self, subscription: Subscription) -> None:
        """Count a connection for its person's presence, as long as it is live; others listen without being here."""
        subscription.present = True
        if self.here.renew(subscription.user_id, subscription.id, self._clock.monotonic()):
            self.came(subscription.user_id, HERE)
            self._tell(News(here=(subscription.user_id,)))
        self._watch_session(subscription, self._clock.now())

    def set_typing(self, room_id: str, user_id: str, typing: bool) -> None:
        """Tell the others in the room, if that is news."""
        if self.note_typing(room_id, user_id, typing) or typing:  # who goes on typing would be forgotten elsewhere
            self._tell(News(typing=(TypingNews(room_id=room_id, user_id=user_id, typing=typing),)))

    def sweep(self) -> None:
        """What time alone changes; meant to be called about once a second."""
        now, moment = self._clock.monotonic(), self._clock.now()
        for subscription in list(self.audience):
            self._watch_session(subscription, moment)
            if subscription.live and subscription.present:
                self.here.renew(subscription.user_id, subscription.id, now)
        if gone := self.here.sweep(now):
            for user_id in gone:
                self.went(user_id, HERE)
            self._tell(News(gone=tuple(gone)))
        for user_id in self.presence.sweep(now):
            self._tell_offline(user_id)
        for room_id, user_id in self.typing.sweep(now):
            self._tell_typing(room_id, user_id, typing=False)
        self._heal_soon()

    # --- what the neighbours know ---

    def learn_head(self, head: int) -> None:
        """The log reaches to here; what another process wrote to it is read, and published."""
        self.committed_to = max(self.committed_to, head)
        self._heal_soon()

    async def check_log(self) -> bool:
        """Look how far the log goes: nobody may have told us. Whether that was news."""
        head = await self._store.read(select_head)
        is_news = head > self.committed_to
        self.learn_head(head)
        return is_news

    def came(self, user_id: str, holder: str) -> None:
        """Somebody has a connection to a process."""
        if self.presence.hold(user_id, holder):
            self._tell_presence(PresenceChanged(user_id=user_id, status="online"))

    def went(self, user_id: str, holder: str) -> None:
        """Somebody has no connection to a process any more."""
        if self.presence.drop(user_id, holder):
            self._tell_offline(user_id)

    def lost(self, holder: str) -> None:
        """A process is gone; whoever was connected to it has a moment to come back."""
        self.presence.release_all(holder, self._clock.monotonic())

    def note_typing(self, room_id: str, user_id: str, typing: bool) -> bool:
        """Tell those here who are in the room, if that is news; whether it is."""
        if typing:
            news = self.typing.start(room_id, user_id, self._clock.monotonic())
        else:
            news = self.typing.stop(room_id, user_id)
        if news:
            self._tell_typing(room_id, user_id, typing)
        return news

    def end_sessions(self, notice: SessionEnded) -> None:
        """Close what is connected by sessions that are over."""
        for subscription in self.audience.of(notice.user_id):
            if subscription.session_id in notice.session_ids:
                self._end(subscription, _session_ended())

    def prolong_session(self, notice: SessionProlonged) -> None:
        """Let what is connected by a session live as long as that."""
        for subscription in self.audience.of(notice.user_id):
            if subscription.session_id == notice.session_id:
                subscription.expires_at, subscription.end_told = notice.expires_at, False

    async def check_sessions(self) -> None:
        """Compare every connection's session with the store: nobody may have told us of its end."""
        asked = {each.session_id for each in self.audience}
        ends = await self._store.read(lambda connection: select_session_ends(connection, asked))
        for subscription in list(self.audience):
            ends_at = ends.get(subscription.session_id)
            if ends_at is not None and ends_at > subscription.expires_at:
                subscription.expires_at, subscription.end_told = ends_at, False
            elif ends_at is None and subscription.session_id in asked:
                self._end(subscription, _session_ended())

    # --- what was missed ---

    async def _look_up(self, subscription: Subscription) -> None:
        listener, session_id = subscription.listener, subscription.session_id

        def look(connection: Connection) -> tuple[bool, list[str], int]:
            signed_in = has_session(connection, listener.user_id, session_id)
            room_ids = select_room_ids(connection, listener.user_id) if listener.known_at is None else []
            return signed_in, room_ids, select_head(connection)

        signed_in, room_ids, head = await self._store.read(look)
        if not signed_in or subscription.closed:
            raise _session_ended()
        self.audience.know(listener, room_ids, head)

    async def _send_page(self, subscription: Subscription) -> None:
        """Send one page of the log; less of it, where the outbox overflowed and the rest was skipped."""
        user_id, place = subscription.user_id, subscription.position
        outlet, room = subscription.outlet, CATCH_UP_CHARS
        ids, scanned_to = await self._store.read(
            lambda connection: select_visible_ids(connection, user_id, place, CATCH_UP_PAGE)
        )
        page = await self._pages.get(ids, partial(self._read_page, ids))
        for part in page.parts(outlet.encode, outlet.bundle):
            if part.chars > room and room < CATCH_UP_CHARS:
                await outlet.writable()
                room = CATCH_UP_CHARS
            if subscription.closed or subscription.position != place:
                return
            place = subscription.position = part.last_id
            room -= part.chars
            outlet.send_all(part.bundle)
        if subscription.position == place:
            subscription.position = max(scanned_to, place)

    async def _read_page(self, ids: tuple[int, ...]) -> Page:
        epoch = self._store.epoch
        return Page(await self._store.read(lambda connection: select_changes_by_id(connection, epoch, ids)))

    # --- what is new ---

    def _committed(self, committed: Committed) -> None:
        if committed.changes:
            self.committed_to = max(self.committed_to, committed.changes[-1].id)
            if self._healing is None and committed.changes[0].id == self._head + 1:
                self.lag.note(self._publish(committed.changes), committed.at)
            else:
                self._heal_soon()
        for notice in committed.notices:
            if isinstance(notice, SessionEnded):
                self.end_sessions(notice)
            elif isinstance(notice, SessionProlonged):
                self.prolong_session(notice)
        self._tell(_news_of(committed))

    def _heal_soon(self) -> None:
        if self._head < self.committed_to and self._healing is None:
            self._healing = asyncio.get_running_loop().create_task(self._heal(), name="heal the order of the log")

    async def _heal(self) -> None:
        """Another process wrote to the log: read what it wrote, so that order holds.

        When the store is too busy to be read, `sweep` tries again.
        """
        epoch = self._store.epoch
        try:
            while self._head < self.committed_to:
                after, up_to = self._head, min(self.committed_to, self._head + HEAL_PAGE)
                changes = await self._store.read(
                    lambda connection, after=after, up_to=up_to: select_change_range(  # type: ignore[misc]
                        connection, epoch, after, up_to
                    )
                )
                self._publish(changes)
                self._head = up_to
            self.gaps_healed += 1
        except (HubbubError, StoreError) as error:
            log.warning("changes wait to be published, the log could not be read: %s", error)
        finally:
            self._healing = None

    def _publish(self, changes: Sequence[LoggedChange]) -> Sequence[Subscription]:
        """Send each change to whoever may hear it; those who had the last one."""
        live: list[Subscription] = []
        for run in runs_of(changes):
            self._head = run[-1].id
            self.audience.before(run[0])
            room_id = run[0].room_id
            everybody = self.audience if room_id is None else self.audience.in_room(room_id)
            live = [each for each in everybody if each.live and each.position < self._head]
            for subscription in self._send_run(live, run):
                # It read a part of the run in the log.
                for change in run:
                    if subscription.position < change.id:
                        subscription.position = change.id
                        self._send([subscription], change.type, change.json)
            self.audience.after(run[-1])
        return live

    def _send_run(self, subscriptions: Iterable[Subscription], run: Sequence[LoggedChange]) -> list[Subscription]:
        """Send the run to whoever had nothing of it; the others."""
        first, last = run[0].id, run[-1].id
        others, bundles = [], dict[Encoder, Any]()  # each transport's bundle is made once for all of its connections
        for subscription in subscriptions:
            if subscription.position >= first:
                others.append(subscription)
                continue
            subscription.position = last
            outlet = subscription.outlet
            encode = outlet.encode
            bundle = bundles.get(encode)
            if bundle is None:
                packets = [encode(change.type, change.json) for change in run]
                bundle = bundles[encode] = outlet.bundle(packets)
            outlet.send_all(bundle)
        return others

    def _watch_session(self, subscription: Subscription, now: datetime) -> None:
        """Tell a client that its session is about to end, and close its connection at that end."""
        if subscription.expires_at <= now:
            self._end(subscription, _session_expired())
        elif subscription.live and not subscription.end_told and subscription.expires_at - now <= END_NOTICE:
            subscription.end_told = True
            payload = AuthExpiring(expires_at=subscription.expires_at)
            self._send([subscription], "auth_expiring", payload.model_dump_json(), "auth_expiring")

    def _end(self, subscription: Subscription, error: HubbubError) -> None:
        subscription.outlet.close(error)
        self.unsubscribe(subscription)

    # --- sending ---

    def _tell_presence(self, payload: PresenceChanged) -> None:
        everybody = [each for each in self.audience if each.live]
        self._send(everybody, "presence_changed", payload.model_dump_json(), f"presence {payload.user_id}")

    def _tell_offline(self, user_id: str) -> None:
        for room_id in self.typing.stop_everywhere(user_id):
            self._tell_typing(room_id, user_id, typing=False)
        self._tell_presence(PresenceChanged(user_id=user_id, status="offline"))

    def _tell_typing(self, room_id: str, user_id: str, typing: bool) -> None:
        others = [each for each in self.audience.in_room(room_id) if each.live and each.user_id != user_id]
        payload = TypingChanged(room_id=room_id, user_id=user_id, typing=typing)
        self._send(others, "typing_changed", payload.model_dump_json(), f"typing {room_id} {user_id}")

    def _send(self, subscriptions: Iterable[Subscription], event: str, payload: str, key: str | None = None) -> None:
        packets: dict[Encoder, str] = {}  # each transport's packet is made once for all of its connections
        for subscription in subscriptions:
            encode = subscription.outlet.encode
            packet = packets.get(encode)
            if packet is None:
                packet = packets[encode] = encode(event, payload)
            subscription.outlet.send(packet, key)


def _news_of(committed: Committed) -> News:
    notices = committed.notices
    return News(
        head=committed.changes[-1].id if committed.changes else 0,
        ended=tuple(notice for notice in notices if isinstance(notice, SessionEnded)),
        prolonged=tuple(notice for notice in notices if isinstance(notice, SessionProlonged)),
    )


def _session_ended() -> HubbubError:
    return HubbubError(ErrorCode.UNAUTHENTICATED, "This session was signed out. Sign in again.")


def _session_expired() -> HubbubError:
    return HubbubError(ErrorCode.UNAUTHENTICATED, "This session has ended. Sign in again.")
