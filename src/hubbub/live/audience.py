"""Who is connected, and whom each room reaches.  Knows neither the store nor what is sent."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

from hubbub.domain.changes import LoggedChange
from hubbub.live.subscription import Listener, Subscription


class Audience:
    """An index both ways, kept true by the changes of membership; empty when nobody is connected."""

    def __init__(self) -> None:
        self._listeners: dict[str, Listener] = {}  # {user_id: listener}
        self._rooms: defaultdict[str, dict[str, Listener]] = defaultdict(dict)  # {room_id: {user_id: listener}}

    def __iter__(self) -> Iterator[Subscription]:
        return (each for listener in self._listeners.values() for each in listener.subscriptions)

    @property
    def room_ids(self) -> Collection[str]:
        """The rooms that anybody who is connected hears."""
        return self._rooms.keys()

    def listener(self, user_id: str) -> Listener:
        """Who will hear for this person; `enter` keeps them."""
        return self._listeners.get(user_id) or Listener(user_id)

    def enter(self, subscription: Subscription) -> None:
        """Count a connection in."""
        listener = subscription.listener
        self._listeners[listener.user_id] = listener
        listener.subscriptions.add(subscription)

    def leave(self, subscription: Subscription) -> bool:
        """Count a connection out, and with the last of a person all of their rooms; False when that was done."""
        listener = subscription.listener
        if subscription not in listener.subscriptions:
            return False
        listener.subscriptions.discard(subscription)
        if not listener.subscriptions:
            del self._listeners[listener.user_id]
            for room_id in list(listener.room_ids):
                self._part(room_id, listener)
        return True

    def of(self, user_id: str) -> list[Subscription]:
        """Somebody's connections."""
        listener = self._listeners.get(user_id)
        return list(listener.subscriptions) if listener else []

    def in_room(self, room_id: str) -> list[Subscription]:
        """The connections that hear a room."""
        return [each for listener in self._rooms.get(room_id, {}).values() for each in listener.subscriptions]

    def know(self, listener: Listener, room_ids: Iterable[str], known_at: int) -> None:
        """Set the rooms of somebody as they were at the change `known_at`, and make up for what came meanwhile.

        A change that was in that state already may come once more, here or later.  That does no harm: those behind it
        come as well, and lead to the same state.
        """
        if listener.known_at is not None or not listener.subscriptions:
            return  # another connection of theirs was quicker, or all of them have gone
        listener.known_at = known_at
        for room_id in room_ids:
            self._join(room_id, listener)
        for room_id, inside in listener.waiting:
            (self._join if inside else self._part)(room_id, listener)
        listener.waiting.clear()

    def before(self, change: LoggedChange) -> None:
        """Let in whoever comes by this change: they are to hear of it."""
        if change.type in _COMING:
            self._move(change, _whom(change), inside=True)

    def after(self, change: LoggedChange) -> None:
        """Let go whoever goes by this change: they have heard of it."""
        if change.type == "member_left":
            self._move(change, _whom(change), inside=False)
        elif change.type == "room_deleted":
            # Somebody whose rooms are not known yet may be about to learn of this one.
            unknown = [each.user_id for each in self._listeners.values() if each.known_at is None]
            for user_id in [*self._rooms.get(change.room_id or "", {}), *unknown]:
                self._move(change, user_id, inside=False)

    def _move(self, change: LoggedChange, user_id: str, *, inside: bool) -> None:
        listener = self._listeners.get(user_id)
        if listener is None or change.room_id is None:
            return
        if listener.known_at is None:
            listener.waiting.append((change.room_id, inside))
        else:
            (self._join if inside else self._part)(change.room_id, listener)

    def _join(self, room_id: str, listener: Listener) -> None:
        listener.room_ids.add(room_id)
        self._rooms[room_id][listener.user_id] = listener

    def _part(self, room_id: str, listener: Listener) -> None:
        listener.room_ids.discard(room_id)
        people = self._rooms.get(room_id, {})
        people.pop(listener.user_id, None)
        if not people:
            self._rooms.pop(room_id, None)


_COMING = frozenset({"room_created", "member_joined"})
MOVES = _COMING | {"member_left", "room_deleted"}  # the types of change by which somebody comes or goes


def _whom(change: LoggedChange) -> str:
    # The creator's place in a room begins with `room_created`, before their own `member_joined`.
    return str(change.actor_id) if change.type == "room_created" else str(json.loads(change.data)["user_id"])
