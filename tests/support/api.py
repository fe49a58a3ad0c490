"""The REST application in memory, on a real database, and people who call it and look at what comes back."""

from __future__ import annotations

import json as standard_json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from prometheus_client import CollectorRegistry
from quart import Quart
from quart.testing import QuartClient
from werkzeug.datastructures import Headers

from hubbub.transports.rest.application import PREFIX, create_rest
from hubbub.transports.rest.listening import Listeners
from hubbub.transports.rest.server import Condition
from tests.support.backends import PASSWORD, World, open_world

OK, CREATED, NO_CONTENT = 200, 201, 204


@dataclass(frozen=True)
class Reply:
    """A whole answer; `json` is None where the body is not JSON."""

    status: int
    headers: Headers
    body: bytes
    json: Any

    @property
    def code(self) -> str:
        """The error code, once the answer is seen to be a problem."""
        assert self.headers["content-type"] == "application/problem+json", self.body
        assert self.json["status"] == self.status
        return str(self.json["code"])

    @property
    def wrong(self) -> dict[str, str]:
        """{path: message} of the fields of a 422."""
        assert (self.status, self.code) == (422, "invalid_fields"), self.body
        return {each["path"]: each["message"] for each in self.json["errors"]}


class Caller:
    """Somebody with a token, or a guest without; every method returns whatever was answered."""

    def __init__(self, app: Quart, token: str | None = None) -> None:
        self._client = QuartClient(app, use_cookies=False)
        self.token = token

    async def call(
        self,
        method: str,
        path: str,
        json: object = None,
        *,
        data: bytes | None = None,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        scheme: str = "http",
    ) -> Reply:
        """`path` is below the API, unless it begins with two slashes: then one is dropped and it is taken whole."""
        sent = Headers(headers or {})
        if self.token is not None and "authorization" not in sent:
            sent["authorization"] = f"Bearer {self.token}"
        if key is not None:
            sent["idempotency-key"] = key
        if json is not None:
            sent["content-type"] = "application/json"
            data = standard_json.dumps(json).encode()
        response = await self._client.open(
            path[1:] if path.startswith("//") else f"{PREFIX}{path}",
            method=method,
            headers=sent,
            data=data,
            scheme=scheme,
        )
        body = await response.get_data(as_text=False)
        is_json = response.mimetype in ("application/json", "application/problem+json")
        return Reply(
            response.status_code, response.headers, body, standard_json.loads(body) if is_json and body else None
        )

    async def get(self, path: str) -> Reply:
        return await self.call("GET", path)

    async def post(self, path: str, json: object, *, key: str | None = None) -> Reply:
        return await self.call("POST", path, json, key=key)

    async def put(self, path: str, json: object = None) -> Reply:
        return await self.call("PUT", path, json)

    async def patch(self, path: str, json: object) -> Reply:
        return await self.call("PATCH", path, json)

    async def delete(self, path: str) -> Reply:
        return await self.call("DELETE", path)


class Person(Caller):
    """Somebody with an account; the methods of their own must succeed and give back the object."""

    def __init__(self, app: Quart, signed_in: dict[str, Any]) -> None:
        super().__init__(app, signed_in["token"])
        self.signed_in = signed_in
        self.user: dict[str, Any] = signed_in["user"]
        self.id: str = signed_in["user"]["id"]

    async def room(
        self, *others: Person, name: str = "Den", visibility: Literal["public", "private"] = "public"
    ) -> dict[str, Any]:
        """A new room with these people in it."""
        room = done(await self.post("/rooms", {"name": name, "visibility": visibility}), CREATED)
        for other in others:
            done(await self.put(f"/rooms/{room['id']}/members/{other.id}"))
        return room

    async def message(self, room_id: str, body: str = "hello", **more: object) -> dict[str, Any]:
        """A new message in the room."""
        return done(await self.post(f"/rooms/{room_id}/messages", {"body": body, **more}), CREATED)

    async def see(self, path: str) -> dict[str, Any]:
        """What is at a path that they may read."""
        return done(await self.get(path))


@dataclass(frozen=True)
class Api:
    """The application and the world behind it."""

    world: World
    app: Quart

    @property
    def guest(self) -> Caller:
        """Somebody without an account."""
        return Caller(self.app)

    async def person(self, username: str, **more: object) -> Person:
        """A new account, signed in."""
        account = {"username": username, "password": PASSWORD, **more}
        return Person(self.app, done(await self.guest.post("/users", account), CREATED))

    async def sign_in(self, username: str) -> Person:
        """A further session of somebody."""
        account = {"username": username, "password": PASSWORD}
        return Person(self.app, done(await self.guest.post("/sessions", account), CREATED))


def done(reply: Reply, status: int = OK) -> dict[str, Any]:
    """The object of an answer that must have this status; empty for a 204."""
    assert reply.status == status, reply.body
    return reply.json or {}


def create_app(world: World, unready: str | None = None, listeners: Listeners | None = None) -> Quart:
    """The application on a world."""
    return create_rest(lambda: world, Condition(lambda: unready, CollectorRegistry()), listeners)


@asynccontextmanager
async def open_api(
    folder: Path, registration: Literal["invite", "open", "closed"] = "open", *, rate_limits: bool = True
) -> AsyncIterator[Api]:
    """The application on a database in `folder`; the clock stands still."""
    async with open_world(folder, registration, rate_limits=rate_limits) as world:
        yield Api(world, create_app(world))
