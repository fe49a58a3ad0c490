"""The fan-out: every committed change, once and in order, to every subscription that may see it.

A subscription first reads what it missed from the log, a page at a time, and goes live when it has caught up with what
was published.  Its position says which changes it has had, so the seam between the two neither repeats nor skips.

The rule of who sees a change is the one that `store.log` replays by: no room, everybody; a room, whoever is in it at
that place in the log, the change by which they come or go included.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from pydantic import BaseModel

from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.contract.models import PresenceChanged, Resync, TypingChanged
from hubbub.domain.changes import LoggedChange
from hubbub.domain.clock import Clock
from hubbub.domain.cursors import encode_cursor
from hubbub.live.presence import Presence
from hubbub.live.subscription import Encoder, Listener, Outlet, Subscription
from hubbub.live.typing import Typing
from hubbub.service.chat import Actor, SessionEnded
from hubbub.store.database import Committed, Store
from hubbub.store.log import select_change_range, select_changes, select_head
from hubbub.store.members import select_room_ids

log = logging.getLogger(__name__)

CATCH_UP_PAGE = 200  # changes; a page of 1 KB messages stays well under an outbox
HEAL_PAGE = 1_000  # changes read at once when another process wrote to the log


class Hub:
    """One a process.  Everything but the reading of what was missed happens without waiting."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._head = store.head
        self._listeners: dict[str, Listener] = {}  # {user_id: listener}
        self._rooms: defaultdict[str, dict[str, Listener]] = defaultdict(dict)  # {room_id: {user_id: listener}}
        self._unpublished: list[LoggedChange] = []  # committed, waiting for a gap before them to be read
        self._healing: asyncio.Task[None] | None = None
        self.presence = Presence()
        self.typing = Typing()
        store.on_commit(self._committed)

    @property
    def head(self) -> int:
        """The id of the newest change that was published."""
        return self._head

    def cursor(self, subscription: Subscription) -> str:
        """Where a subscription stands."""
        return encode_cursor(self._store.epoch, subscription.position)

    async def subscribe(self, connection_id: str, actor: Actor, outlet: Outlet) -> Subscription:
        """A subscription at the present head, not live yet: `catch_up` makes it so."""
        listener = self._listeners.get(actor.user.id)
        if listener is None:
            listener = self._listeners[actor.user.id] = Listener(actor.user.id)
        subscription = Subscription(connection_id, actor.user.id, actor.session_id, outlet, position=self._head)
        listener.subscriptions.add(subscription)
        try:
            if listener.known_at is None:
                await self._learn_rooms(listener)
        except BaseException:
            self.unsubscribe(subscription)
            raise
        subscription.position = max(self._head, listener.known_at or 0)
        return subscription

    async def catch_up(self, subscription: Subscription, since: int | None, ready: Callable[[], None]) -> None:
        """Send what came after the change `since`, then go live; `ready` is called at that very place."""
        listener = self._listeners[subscription.user_id]
        if since is not None:
            subscription.position = since
        while not subscription.closed and subscription.position < max(self._head, listener.known_at or 0):
            await self._send_page(subscription)
            await subscription.outlet.writable()
        if not subscription.closed:
            subscription.live = True
            ready()

    def unsubscribe(self, subscription: Subscription) -> None:
        """Forget a connection that is gone; doing it twice does nothing."""
        subscription.closed = True
        subscription.live = False
        listener = self._listeners.get(subscription.user_id)
        if listener is None or subscription not in listener.subscriptions:
            return
        listener.subscriptions.discard(subscription)
        self.presence.release(subscription.user_id, subscription.id, self._clock.monotonic())
        if not listener.subscriptions:
            del self._listeners[subscription.user_id]
            for room_id in listener.room_ids:
                self._forget(room_id, listener)

    def resync(self, subscription: Subscription) -> str:
        """Skip to the head; the packet that tells the client so, to be put in place of what was dropped."""
        subscription.position = self._head
        notice = Resync(reason="overflow", cursor=self.cursor(subscription))
        return subscription.outlet.encode("resync", notice.model_dump_json())

    def arrived(self, subscription: Subscription) -> None:
        """Count a connection for its person's presence; called again and again, it keeps the lease."""
        if self.presence.renew(subscription.user_id, subscription.id, self._clock.monotonic()):
            self.broadcast("presence_changed", PresenceChanged(user_id=subscription.user_id, status="online"))

    def set_typing(self, room_id: str, user_id: str, typing: bool) -> None:
        """Tell the others in the room, if that is news."""
        if typing:
            news = self.typing.start(room_id, user_id, self._clock.monotonic())
        else:
            news = self.typing.stop(room_id, user_id)
        if news:
            self._tell_typing(room_id, user_id, typing)

    def sweep(self) -> None:
        """What time alone changes; meant to be called about once a second."""
        now = self._clock.monotonic()
        for listener in self._listeners.values():
            for subscription in listener.subscriptions:
                if subscription.live:
                    self.presence.renew(subscription.user_id, subscription.id, now)
        for user_id in self.presence.sweep(now):
            for room_id in self.typing.stop_everywhere(user_id):
                self._tell_typing(room_id, user_id, typing=False)
            self.broadcast("presence_changed", PresenceChanged(user_id=user_id, status="offline"))
        for room_id, user_id in self.typing.sweep(now):
            self._tell_typing(room_id, user_id, typing=False)

    def broadcast(self, event: str, payload: BaseModel) -> None:
        """Send something that is not in the log to everybody who is live."""
        self._send(self._live(self._listeners.values()), event, payload.model_dump_json())

    @property
    def subscription_count(self) -> int:
        """How many connections are subscribed."""
        return sum(len(listener.subscriptions) for listener in self._listeners.values())

    # --- what was missed ---

    async def _learn_rooms(self, listener: Listener) -> None:
        store = self._store
        room_ids, head = await store.read(
            lambda connection: (select_room_ids(connection, listener.user_id), select_head(connection))
        )
        if listener.known_at is not None:
            return  # another connection of the same person was quicker
        listener.known_at = head
        for room_id in room_ids:
            self._remember(room_id, listener)
        for change_id, room_id, inside in listener.waiting:
            if change_id > head:
                (self._remember if inside else self._forget_room)(room_id, listener)
        listener.waiting.clear()

    async def _send_page(self, subscription: Subscription) -> None:
        epoch, user_id, after = self._store.epoch, subscription.user_id, subscription.position
        changes, scanned_to = await self._store.read(
            lambda connection: select_changes(connection, epoch, user_id, after, CATCH_UP_PAGE)
        )
        if subscription.closed:
            return
        for change in changes:
            subscription.outlet.send(subscription.outlet.encode(change.type, change.json))
        subscription.position = max(scanned_to, after)

    # --- what is new ---

    def _committed(self, committed: Committed) -> None:
        if committed.changes:
            if self._healing is None and committed.changes[0].id == self._head + 1:
                self._publish(committed.changes)
            else:
                self._unpublished.extend(committed.changes)
                if self._healing is None:
                    self._healing = asyncio.get_running_loop().create_task(self._heal())
        for notice in committed.notices:
            if isinstance(notice, SessionEnded):
                self._end_sessions(notice)

    async def _heal(self) -> None:
        """Another process wrote to the log: read what it wrote, so that order holds."""
        try:
            while self._unpublished:
                target = self._unpublished[-1].id
                epoch, after = self._store.epoch, self._head
                changes = await self._store.read(
                    lambda connection, after=after, target=target, epoch=epoch: select_change_range(  # type: ignore[misc]
                        connection, epoch, after, min(target, after + HEAL_PAGE)
                    )
                )
                self._publish(changes)
                self._head = max(self._head, min(target, after + HEAL_PAGE))
                self._unpublished = [change for change in self._unpublished if change.id > self._head]
        finally:
            self._healing = None

    def _publish(self, changes: Sequence[LoggedChange]) -> None:
        for change in changes:
            self._head = change.id
            affected = _affected_member(change)
            if affected is not None and change.type != "member_left":
                self._move(change, affected, inside=True)
            listeners = self._listeners if change.room_id is None else self._rooms.get(change.room_id, {})
            ready = [each for each in self._live(listeners.values()) if each.position < change.id]
            for subscription in ready:
                subscription.position = change.id
            self._send(ready, change.type, change.json)
            if affected is not None and change.type == "member_left":
                self._move(change, affected, inside=False)
            if change.type == "room_deleted" and change.room_id is not None:
                for listener in list(self._rooms.get(change.room_id, {}).values()):
                    self._move(change, listener.user_id, inside=False)

    def _move(self, change: LoggedChange, user_id: str, *, inside: bool) -> None:
        listener = self._listeners.get(user_id)
        if listener is None or change.room_id is None:
            return
        if listener.known_at is None:
            listener.waiting.append((change.id, change.room_id, inside))
        elif change.id > listener.known_at:
            (self._remember if inside else self._forget_room)(change.room_id, listener)

    def _end_sessions(self, notice: SessionEnded) -> None:
        listener = self._listeners.get(notice.user_id)
        for subscription in list(listener.subscriptions) if listener else ():
            if subscription.session_id in notice.session_ids:
                subscription.outlet.close(
                    HubbubError(ErrorCode.UNAUTHENTICATED, "This session was signed out. Sign in again.")
                )
                self.unsubscribe(subscription)

    # --- the index of rooms ---

    def _remember(self, room_id: str, listener: Listener) -> None:
        listener.room_ids.add(room_id)
        self._rooms[room_id][listener.user_id] = listener

    def _forget_room(self, room_id: str, listener: Listener) -> None:
        listener.room_ids.discard(room_id)
        self._forget(room_id, listener)

    def _forget(self, room_id: str, listener: Listener) -> None:
        people = self._rooms.get(room_id, {})
        if people.get(listener.user_id) is listener:
            del people[listener.user_id]
            if not people:
                del self._rooms[room_id]

    # --- sending ---

    def _tell_typing(self, room_id: str, user_id: str, typing: bool) -> None:
        others = [person for person in self._rooms.get(room_id, {}).values() if person.user_id != user_id]
        payload = TypingChanged(room_id=room_id, user_id=user_id, typing=typing)
        self._send(self._live(others), "typing_changed", payload.model_dump_json())

    def _live(self, listeners: Iterable[Listener]) -> list[Subscription]:
        return [each for listener in listeners for each in listener.subscriptions if each.live]

    def _send(self, subscriptions: Iterable[Subscription], event: str, payload: str) -> None:
        packets: dict[Encoder, str] = {}  # each transport's packet is made once for all of its connections
        for subscription in subscriptions:
            encode = subscription.outlet.encode
            packet = packets.get(encode)
            if packet is None:
                packet = packets[encode] = encode(event, payload)
            subscription.outlet.send(packet)


def _affected_member(change: LoggedChange) -> str | None:
    """Whose place in the room the change sets: the creator's, too, hears of `room_created`."""
    if change.type == "room_created":
        return change.actor_id
    if change.type in ("member_joined", "member_left"):
        return str(json.loads(change.data)["user_id"])
    return None
