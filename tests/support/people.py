"""People at a server: they make accounts, open rooms and write, over REST."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, Literal, TypeVar

import httpx
from pydantic import BaseModel

from hubbub.contract.models import History, Invite, Message, Room, RoomForMe, Rooms, SignedIn, User
from tests.support.rest import API, rest_client
from tests.support.server import Server

PASSWORD = "correct horse battery staple"

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in; what they do must succeed, and comes back as the contract has it.

    For what must not succeed, and for anything without a method here, there is `client`, with their token in it.
    """

    client: httpx.AsyncClient
    user: User
    token: str

    @property
    def id(self) -> str:
        return self.user.id

    async def request(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        params: Mapping[str, str | int] | None = None,
        key: str | None = None,
    ) -> httpx.Response:
        """Ask for `path` under the API, with `key` as the idempotency key; any 2xx will do.

        Raises:
            AssertionError: with the body, for any other answer.
        """
        headers = {} if key is None else {"idempotency-key": key}
        response = await self.client.request(method, f"{API}{path}", json=json, params=params, headers=headers)
        assert response.is_success, f"{method} {path}: {response.status_code} {response.text}"
        return response

    async def create_room(
        self, name: str = "Lobby", *, visibility: Literal["public", "private"] = "public", topic: str = ""
    ) -> Room:
        room = {"name": name, "visibility": visibility, "topic": topic}
        return _read(Room, await self.request("POST", "/rooms", json=room))

    async def open_direct_room(self, *others: Person) -> Room:
        body = {"user_ids": [other.id for other in others]}
        return _read(Room, await self.request("POST", "/rooms/direct", json=body))

    async def rooms(self) -> list[RoomForMe]:
        """All of them: a server that tests share has more public rooms than one page holds."""
        found: list[RoomForMe] = []
        after: str | None = None
        while True:
            params: dict[str, str | int] = {} if after is None else {"after": after}
            page = _read(Rooms, await self.request("GET", "/rooms", params=params))
            found += page.rooms
            after = page.after
            if after is None:
                return found

    async def join(self, room_id: str) -> None:
        await self.request("PUT", f"/rooms/{room_id}/members/me")

    async def leave(self, room_id: str) -> None:
        await self.request("DELETE", f"/rooms/{room_id}/members/me")

    async def add(self, room_id: str, other: Person) -> None:
        await self.request("PUT", f"/rooms/{room_id}/members/{other.id}")

    async def remove(self, room_id: str, other: Person) -> None:
        await self.request("DELETE", f"/rooms/{room_id}/members/{other.id}")

    async def post(
        self, room_id: str, body: str, *, client_id: str | None = None, reply_to: str | None = None
    ) -> Message:
        message = {"body": body}
        if client_id is not None:
            message["client_id"] = client_id
        if reply_to is not None:
            message["reply_to"] = reply_to
        return _read(Message, await self.request("POST", f"/rooms/{room_id}/messages", json=message))

    async def edit(self, message_id: str, body: str) -> Message:
        return _read(Message, await self.request("PATCH", f"/messages/{message_id}", json={"body": body}))

    async def delete(self, message_id: str) -> None:
        await self.request("DELETE", f"/messages/{message_id}")

    async def react(self, message_id: str, emoji: str) -> None:
        await self.request("PUT", f"/messages/{message_id}/reactions/{emoji}")

    async def mark_read(self, room_id: str, message_id: str) -> None:
        await self.request("PUT", f"/rooms/{room_id}/read", json={"message_id": message_id})

    async def history(self, room_id: str, **query: str | int) -> History:
        return _read(History, await self.request("GET", f"/rooms/{room_id}/messages", params=query))

    async def invite(self, max_uses: int = 1) -> Invite:
        return _read(Invite, await self.request("POST", "/invites", json={"max_uses": max_uses}))


@dataclass
class People:
    """Everybody a test has at a server; closes their connections at the end of its block."""

    server: Server
    http2: bool = True
    # Makes what carries the requests of one person, where it is not to be httpx's own.
    transport: Callable[[], httpx.AsyncBaseTransport] | None = None
    _open: AsyncExitStack = field(default_factory=AsyncExitStack)
    _count: int = 0
    # Tests share a server: this keeps the names of one test from those of another.
    _mark: str = field(default_factory=lambda: secrets.token_hex(4))

    async def register(
        self, username: str | None = None, *, display_name: str | None = None, invite: str | None = None
    ) -> Person:
        """A new account, with a name of its own if none is given.

        The first account may always be made, and owns the server; others need `HUBBUB_REGISTRATION=open` or an invite.
        """
        self._count += 1
        account: dict[str, Any] = {
            "username": username or f"person-{self._count}-{self._mark}",
            "password": PASSWORD,
        }
        account |= {} if display_name is None else {"display_name": display_name}
        account |= {} if invite is None else {"invite": invite}
        return await self._enter("/users", account)

    async def sign_in(self, username: str, password: str = PASSWORD) -> Person:
        """A further session of somebody who has an account."""
        return await self._enter("/sessions", {"username": username, "password": password})

    async def reconnected(self, person: Person) -> Person:
        """The same session over a connection of its own, as after a restart of the server."""
        client = await self._open.enter_async_context(rest_client(self.server, http2=self.http2, token=person.token))
        return replace(person, client=client)

    async def invited(self, owner: Person, usernames: Iterable[str]) -> list[Person]:
        """New accounts, by one invite of the owner's."""
        names = list(usernames)
        invite = await owner.invite(max_uses=len(names))
        return [await self.register(name, invite=invite.code) for name in names]

    async def _enter(self, path: str, body: dict[str, Any]) -> Person:
        transport = self.transport() if self.transport else None
        client = await self._open.enter_async_context(rest_client(self.server, http2=self.http2, transport=transport))
        response = await client.post(f"{API}{path}", json=body)
        assert response.status_code == 201, f"POST {path}: {response.status_code} {response.text}"
        signed_in = _read(SignedIn, response)
        # The token alone says who asks: a cookie would, too, and then an Origin is asked for.
        client.cookies.clear()
        client.headers["authorization"] = f"Bearer {signed_in.token}"
        return Person(client, signed_in.user, signed_in.token)

    async def __aenter__(self) -> People:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()


def _read(model: type[M], response: httpx.Response) -> M:
    return model.model_validate_json(response.content)
