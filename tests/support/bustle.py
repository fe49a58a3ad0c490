"""People who do everything that can be done, at random, so that a log holds all there is."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

import httpx

from tests.support.people import Person
from tests.support.rest import API

# Somebody else was quicker, or it is not theirs to do: part of the game.
REFUSED = frozenset({403, 404, 409, 410})
EMOJI = ("👍", "🎉", "❤️")


class Bustle:
    """Each step is one thing that one of `people` does; `guest` is brought into rooms and taken out of them, too."""

    def __init__(self, chance: random.Random, people: Sequence[Person], guest: Person) -> None:
        self.done: Counter[str] = Counter()  # {what: how often it was done and not refused}
        self._chance = chance
        self._people = people
        self._guest = guest
        self._rooms: list[str] = []
        self._messages: list[str] = []
        self._reactions: list[tuple[Person, str]] = []  # (whose, the path)
        self._steps: dict[Callable[[Person], Awaitable[bool]], int] = {
            self._post: 40,
            self._edit: 8,
            self._delete: 3,
            self._react: 8,
            self._unreact: 4,
            self._mark_read: 10,
            self._join: 6,
            self._leave: 3,
            self._bring: 8,
            self._take_out: 6,
            self._create_room: 2,
            self._open_direct_room: 1,
            self._change_room: 4,
            self._delete_room: 1,
            self._rename_themselves: 2,
        }

    async def step(self) -> None:
        """One thing, done or refused."""
        (what,) = self._chance.choices([*self._steps], [*self._steps.values()])
        if await what(self._chance.choice(self._people)):
            self.done[what.__name__.strip("_")] += 1

    async def create_room(self, person: Person, visibility: str) -> str:
        """A room of somebody's to begin with."""
        body = {"name": f"Room {self._word()}", "visibility": visibility}
        response = await person.client.post(f"{API}/rooms", json=body)
        assert response.status_code == httpx.codes.CREATED, response.text
        self._rooms.append(response.json()["id"])
        return self._rooms[-1]

    async def _post(self, person: Person) -> bool:
        body: dict[str, str] = {"body": f"said {self._word()}"}
        if self._messages and self._chance.random() < 0.1:
            body["reply_to"] = self._chance.choice(self._messages)
        posted = await self._ask(person, "POST", f"/rooms/{self._room()}/messages", body, refused={422})
        if posted is not None:
            self._messages.append(posted["id"])
        return posted is not None

    async def _edit(self, person: Person) -> bool:
        return await self._ask(person, "PATCH", self._message(), {"body": f"edited {self._word()}"}) is not None

    async def _delete(self, person: Person) -> bool:
        return await self._ask(person, "DELETE", self._message()) is not None

    async def _react(self, person: Person) -> bool:
        path = f"{self._message()}/reactions/{self._chance.choice(EMOJI)}"
        reacted = await self._ask(person, "PUT", path) is not None
        if reacted:
            self._reactions.append((person, path))
        return reacted

    async def _unreact(self, _: Person) -> bool:
        if not self._reactions:
            return False
        # Their own: of any person, message and emoji hardly one in a thousand steps would take something back.
        person, path = self._reactions.pop(self._chance.randrange(len(self._reactions)))
        return await self._ask(person, "DELETE", path) is not None

    async def _mark_read(self, person: Person) -> bool:
        room_id = self._room()
        response = await person.client.get(f"{API}/rooms/{room_id}/messages", params={"limit": 20})
        if response.status_code in REFUSED or not response.json()["messages"]:
            return False
        mark = {"message_id": self._chance.choice(response.json()["messages"])["id"]}
        return await self._ask(person, "PUT", f"/rooms/{room_id}/read", mark) is not None

    async def _join(self, person: Person) -> bool:
        return await self._ask(person, "PUT", f"/rooms/{self._room()}/members/me") is not None

    async def _leave(self, person: Person) -> bool:
        return await self._ask(person, "DELETE", f"/rooms/{self._room()}/members/me") is not None

    async def _bring(self, person: Person) -> bool:
        return await self._ask(person, "PUT", f"/rooms/{self._room()}/members/{self._whom().id}") is not None

    async def _take_out(self, person: Person) -> bool:
        return await self._ask(person, "DELETE", f"/rooms/{self._room()}/members/{self._whom().id}") is not None

    async def _create_room(self, person: Person) -> bool:
        await self.create_room(person, self._chance.choice(("public", "private")))
        return True

    async def _open_direct_room(self, person: Person) -> bool:
        others = [each.id for each in (*self._people, self._guest) if each.id != person.id]
        body = {"user_ids": self._chance.sample(others, self._chance.randint(1, 2))}
        room = await self._ask(person, "POST", "/rooms/direct", body)
        if room is not None and room["id"] not in self._rooms:
            self._rooms.append(room["id"])
        return room is not None

    async def _change_room(self, person: Person) -> bool:
        changes = [{"name": f"Room {self._word()}"}, {"topic": f"On {self._word()}"}]
        changes += [{"visibility": each} for each in ("public", "private")]
        return await self._ask(person, "PATCH", f"/rooms/{self._room()}", self._chance.choice(changes)) is not None

    async def _delete_room(self, person: Person) -> bool:
        return await self._ask(person, "DELETE", f"/rooms/{self._room()}") is not None

    async def _rename_themselves(self, person: Person) -> bool:
        return await self._ask(person, "PATCH", "/users/me", {"display_name": f"Name {self._word()}"}) is not None

    async def _ask(
        self, person: Person, method: str, path: str, json: object = None, *, refused: set[int] | None = None
    ) -> dict[str, str] | None:
        response = await person.client.request(method, f"{API}{path}", json=json)
        if response.status_code in REFUSED | (refused or set()):
            return None
        assert response.is_success, f"{method} {path}: {response.status_code} {response.text}"
        answer: dict[str, str] = response.json() if response.content else {}
        return answer

    def _room(self) -> str:
        # The later ones more often: some of the earlier are gone.
        return self._rooms[-1 - min(int(self._chance.expovariate(0.2)), len(self._rooms) - 1)]

    def _message(self) -> str:
        recent = self._messages[-60:]
        return f"/messages/{self._chance.choice(recent) if recent else 'none'}"

    def _whom(self) -> Person:
        return self._guest if self._chance.random() < 0.6 else self._chance.choice(self._people)

    def _word(self) -> str:
        return f"{self._chance.getrandbits(64):016x}"
