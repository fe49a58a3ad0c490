"""The index of people and rooms, beside a plain list of who is where."""

from __future__ import annotations

import json
from collections import deque

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from hubbub.domain.changes import LoggedChange
from hubbub.live.audience import Audience
from hubbub.live.subscription import Subscription
from tests.live.ears import Ear

PEOPLE = ("ada", "bob")
ROOMS = ("one", "two")
WHO = st.sampled_from(PEOPLE)


def change(number: int, kind: str, room_id: str, user_id: str) -> LoggedChange:
    data = json.dumps({"user_id": user_id})
    return LoggedChange(number, f"log-{number:x}", kind, room_id, user_id, "2025-03-01T12:00:00.000Z", data)


def connect(audience: Audience, user_id: str) -> Subscription:
    subscription = Subscription("id", audience.listener(user_id), "session", Ear(), position=0)
    audience.enter(subscription)
    return subscription


class AudienceMachine(RuleBasedStateMachine):
    """The index beside plain sets, whatever happens in whatever order.

    What is committed is published later, and what is looked up in between may be older or newer than either.
    """

    def __init__(self) -> None:
        super().__init__()
        self.audience = Audience()
        self.inside: set[tuple[str, str]] = set()  # {(room_id, user_id)}
        self.committed: deque[LoggedChange] = deque()
        self.tabs: list[Subscription] = []
        self.looked_up: dict[str, tuple[list[str], int]] = {}  # {user_id: what the database said, and when}
        self.number = 0

    @rule(kind=st.sampled_from(("room_created", "member_joined")), room_id=st.sampled_from(ROOMS), user_id=WHO)
    def come(self, kind: str, room_id: str, user_id: str) -> None:
        self.commit(kind, room_id, user_id)
        self.inside.add((room_id, user_id))

    @rule(room_id=st.sampled_from(ROOMS), user_id=WHO)
    def go(self, room_id: str, user_id: str) -> None:
        self.commit("member_left", room_id, user_id)
        self.inside.discard((room_id, user_id))

    @rule(room_id=st.sampled_from(ROOMS))
    def delete(self, room_id: str) -> None:
        self.commit("room_deleted", room_id, "ada")
        self.inside -= {(room_id, user_id) for user_id in PEOPLE}

    @precondition(lambda self: self.committed)
    @rule()
    def publish(self) -> None:
        step = self.committed.popleft()
        self.audience.before(step)
        self.audience.after(step)

    @rule(user_id=WHO)
    def connect(self, user_id: str) -> None:
        self.tabs.append(connect(self.audience, user_id))

    @precondition(lambda self: self.tabs)
    @rule(data=st.data())
    def look_up(self, data: st.DataObject) -> None:
        user_id = data.draw(st.sampled_from(self.tabs)).user_id
        rooms = [room_id for room_id, other in self.inside if other == user_id]
        self.looked_up.setdefault(user_id, (rooms, self.number))

    @precondition(lambda self: self.looked_up)
    @rule(data=st.data())
    def learn(self, data: st.DataObject) -> None:
        user_id = data.draw(st.sampled_from(sorted(self.looked_up)))
        self.audience.know(self.audience.listener(user_id), *self.looked_up[user_id])

    @precondition(lambda self: self.tabs)
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        tab = data.draw(st.sampled_from(self.tabs))
        self.tabs.remove(tab)
        assert self.audience.leave(tab)
        assert not self.audience.leave(tab)
        if all(other.user_id != tab.user_id for other in self.tabs):
            self.looked_up.pop(tab.user_id, None)

    def commit(self, kind: str, room_id: str, user_id: str) -> None:
        self.number += 1
        self.committed.append(change(self.number, kind, room_id, user_id))

    def teardown(self) -> None:
        for tab in self.tabs:
            rooms = [room_id for room_id, user_id in self.inside if user_id == tab.user_id]
            self.audience.know(tab.listener, *self.looked_up.get(tab.user_id, (rooms, self.number)))
        while self.committed:
            self.publish()
        here = {tab.user_id for tab in self.tabs}
        for room_id in ROOMS:
            assert set(self.audience.in_room(room_id)) == {t for t in self.tabs if (room_id, t.user_id) in self.inside}
        assert set(self.audience) == set(self.tabs)
        assert set(self.audience.room_ids) == {room_id for room_id, user_id in self.inside if user_id in here}


TestAudienceMachine = AudienceMachine.TestCase


def test_whoever_comes_hears_of_it_and_so_does_whoever_goes() -> None:
    audience = Audience()
    tab = connect(audience, "ada")
    audience.know(tab.listener, [], known_at=0)
    joined, left = change(1, "member_joined", "one", "ada"), change(2, "member_left", "one", "ada")
    audience.before(joined)
    assert audience.in_room("one") == [tab]
    audience.before(left)
    assert audience.in_room("one") == [tab]
    audience.after(left)
    assert audience.in_room("one") == []


def test_somebodys_connections_are_theirs_alone() -> None:
    audience = Audience()
    mine, yours = connect(audience, "ada"), connect(audience, "bob")
    assert audience.of("ada") == [mine]
    assert audience.of("bob") == [yours]
    assert audience.of("eve") == []
