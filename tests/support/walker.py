"""A walk as it is done at a real server; `walk_rules` says what has to be true of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from uuid import uuid4

from tests.support import walks
from tests.support.model import ClientState, load_own_rooms
from tests.support.outages import Outages
from tests.support.people import Person
from tests.support.reading import read_changes
from tests.support.rest import API
from tests.support.roamer import Answer, Request, Roamer
from tests.support.server import ServerProcess
from tests.support.visibility import read_log_file
from tests.support.walk_rules import Deeds, check_heard_all, check_heard_what_is_theirs
from tests.support.walks import NAMES, Step, Walk


@dataclass
class Ground:
    """Where people walk."""

    server: ServerProcess
    outages: Outages
    people: Sequence[Person]  # the first owns the server

    @property
    def owner(self) -> Person:
        return self.people[0]


@dataclass
class Walking:
    """Somebody on a walk: `state` is what their client holds, by the first `applied` of the changes it heard."""

    name: str
    person: Person
    roamer: Roamer
    start: str  # cursor
    state: ClientState
    applied: int = 0

    async def look(self) -> None:
        """They know by what they heard what somebody new loads; nobody may change anything meanwhile."""
        replay = await read_changes(self.person, self.start)
        if replay:
            await self.roamer.hear(replay[-1]["cursor"])
        heard = self.roamer.heard
        check_heard_all(self.name, heard, replay)
        for change in heard[self.applied :]:
            self.state.apply(deepcopy(change))  # which becomes a part of it
        self.applied = len(heard)
        fresh = await load_own_rooms(self.person)
        for room_id in self.state.unloaded & fresh.rooms.keys():
            self.state.unloaded.discard(room_id)
            self.state.rooms[room_id] = deepcopy(fresh.rooms[room_id])
        assert self.state == fresh, f"{self.name} holds\n{self.state}\nand somebody new would hold\n{fresh}"


class Walker:
    """Does one walk."""

    def __init__(self, ground: Ground, walk: Walk) -> None:
        self.walk = walk
        self.walking: list[Walking] = []
        self._reached = 0  # moments
        self._ground = ground
        self._people: Sequence[Person] = ()
        self._rooms: list[str] = []
        self._messages: list[str] = []
        self._inside: set[tuple[str, str]] = set()  # (room_id, user_id)
        self._seating = asyncio.Lock()  # who goes and comes at once would leave it to chance who is inside
        self._deeds = Deeds()

    @property
    def roamers(self) -> Sequence[Roamer]:
        return [each.roamer for each in self.walking]

    def story(self) -> str:
        """The walk, and how far it came."""
        lines = [str(self.walk), f"It came to moment {self._reached}."]
        lines += [f"{each.name} is {each.roamer}, and inside {each.state.rooms.keys()}" for each in self.walking]
        return "\n".join(lines)

    async def run(self, people: Sequence[Person]) -> None:
        """From the first room to the last look, with the first of these people, whom nobody else has meanwhile.

        Raises:
            AssertionError: what has to be true is not.
            TimeoutError: what has to come does not.
        """
        self._people = people[: self.walk.people]
        try:
            await self._begin()
            for moment in self.walk.moments:
                await asyncio.gather(*map(self._do, moment))
                for roamer in self.roamers:
                    roamer.check()
                self._reached += 1
            await asyncio.gather(*map(Roamer.come, self.roamers, self.walk.last_ways))
            await self._look()
        finally:
            await asyncio.gather(*(roamer.go(abruptly=False) for roamer in self.roamers))
        for roamer in self.roamers:
            roamer.check()
        await self._check_log()
        await self._tidy()

    async def _begin(self) -> None:
        first, *others = self._people
        for number, visibility in enumerate(self.walk.rooms):
            room = {"name": f"Room {number}", "visibility": visibility}
            made = await first.request("POST", "/rooms", json=room, key=uuid4().hex)
            self._rooms.append(made.json()["id"])
            for person in others:
                await first.request("PUT", f"/rooms/{self._rooms[-1]}/members/{person.id}")
            for person in self._people:
                self._let_in(self._rooms[-1], person)
        for name, person in zip(NAMES, self._people, strict=False):
            start = (await person.request("GET", "/changes")).json()["cursor"]
            roamer = Roamer(self._ground.server, person, self._ground.outages, start)
            self.walking.append(Walking(name, person, roamer, start, await load_own_rooms(person)))

    async def _do(self, step: Step) -> None:
        match step:
            case walks.Connect():
                await self.roamers[step.who].come(step.way)
            case walks.Disconnect():
                await self.roamers[step.who].go(abruptly=step.abruptly)
            case walks.Stumble():
                self.roamers[step.who].stumble()
            case walks.Command():
                await self._command(step)
            case walks.Look():
                await self._look()
            case walks.Kill():
                await self._ground.outages.kill(step.which)
            case walks.Restart():
                await self._ground.outages.restart()

    async def _command(self, step: walks.Command) -> None:
        match step:
            case walks.Post():
                await asyncio.gather(*(self._post(step) for _ in range(step.count)))
            case walks.Edit():
                await self._edit(step)
            case walks.Delete():
                await self._delete(step)
            case walks.Join():
                await self._seat(step, step.room, step.who)
            case walks.Bring():
                await self._seat(step, step.room, step.whom)
            case walks.Leave():
                await self._unseat(step, step.room, step.who)
            case walks.TakeOut():
                await self._unseat(step, step.room, step.whom)

    # --- commands ---

    async def _post(self, step: walks.Post) -> None:
        room_id, client_id = self._rooms[step.room], uuid4().hex
        message = {"body": f"said {client_id}", "client_id": client_id}
        data = message | {"room_id": room_id}
        answer = await self._ask(step, Request("POST", f"/rooms/{room_id}/messages", message, "post_message", data))
        self._deeds.note(answer, "message_posted", client_id)
        if answer.done:
            self._messages.append(answer.data["id"])

    async def _edit(self, step: walks.Edit) -> None:
        id, body = self._message(step.back), {"body": f"meant {uuid4().hex}"}
        data = body | {"message_id": id}
        answer = await self._ask(step, Request("PATCH", f"/messages/{id}", body, "edit_message", data))
        self._deeds.note(answer, "message_edited", id)

    async def _delete(self, step: walks.Delete) -> None:
        id = self._message(step.back)
        data = {"message_id": id}
        answer = await self._ask(step, Request("DELETE", f"/messages/{id}", None, "delete_message", data))
        self._deeds.note_once(answer, "message_deleted", id)

    async def _seat(self, step: walks.Command, room: int, whom: int) -> None:
        async with self._seating:
            if (await self._ask(step, self._seat_request("PUT", "join_room", step, room, whom))).done:
                self._let_in(self._rooms[room], self._people[whom])

    async def _unseat(self, step: walks.Command, room: int, whom: int) -> None:
        room_id, person = self._rooms[room], self._people[whom]
        async with self._seating:
            answer = await self._ask(step, self._seat_request("DELETE", "leave_room", step, room, whom))
            if (room_id, person.id) not in self._inside:
                return
            # It may have been done the first time and refused the second: nobody goes twice.
            if answer.done or not (answer.sure or await self._is_inside(room_id, person)):
                self._inside.discard((room_id, person.id))
                self._deeds.done("member_left", room_id, person.id)

    def _seat_request(self, method: str, command: str, step: walks.Command, room: int, whom: int) -> Request:
        room_id = self._rooms[room]
        if whom == step.who:
            return Request(method, f"/rooms/{room_id}/members/me", None, command, {"room_id": room_id})
        return Request(method, f"/rooms/{room_id}/members/{self._people[whom].id}")

    def _let_in(self, room_id: str, person: Person) -> None:
        if (room_id, person.id) not in self._inside:
            self._inside.add((room_id, person.id))
            self._deeds.done("member_joined", room_id, person.id)

    async def _is_inside(self, room_id: str, person: Person) -> bool:
        room = await person.client.get(f"{API}/rooms/{room_id}")
        return room.is_success and room.json()["membership"] is not None

    def _message(self, back: int) -> str:
        recent = self._messages[-walks.FAR_BACK :]
        return recent[-1 - min(back, len(recent) - 1)] if recent else "none"

    async def _ask(self, step: walks.Command, request: Request) -> Answer:
        return await self.roamers[step.who].ask(request, own=step.own)

    # --- what has to be true ---

    async def _look(self) -> None:
        await asyncio.gather(*(each.look() for each in self.walking if each.roamer.is_there))

    async def _check_log(self) -> None:
        await self._ground.outages.up.wait()  # in between there is nothing to be read
        log = read_log_file(self._ground.server.data_dir, self._rooms)
        self._deeds.check(log)
        for each in self.walking:
            check_heard_what_is_theirs(each.name, each.roamer, log, each.start)

    async def _tidy(self) -> None:
        """Leave nothing in the way of the next walk; with the last who goes, a private room goes, too.

        What has been done when it is asked for once more is refused, which is as good.
        """
        for room_id, visibility in zip(self._rooms, self.walk.rooms, strict=True):
            if visibility == "public":
                await self._ground.owner.client.delete(f"{API}/rooms/{room_id}")
                continue
            for person in self._people:
                if (room_id, person.id) in self._inside:
                    await person.client.delete(f"{API}/rooms/{room_id}/members/me")
