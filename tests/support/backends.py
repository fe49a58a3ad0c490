"""The use cases on a real database in a temporary folder, without a server around them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hubbub.composite.rates import RateLimiter
from hubbub.contract.models import CreateRoom, RegisterUser, RoomForMe
from hubbub.live.hub import Hub
from hubbub.service import accounts, memberships, rooms, sessions
from hubbub.service.chat import Actor, Chat
from hubbub.service.passwords import Passwords
from hubbub.store.database import Store
from hubbub.store.postgres.address import PostgresAddress
from hubbub.testing.clock import ManualClock
from hubbub.transports.backend import Backend

PASSWORD = "a long enough password"


@dataclass(frozen=True)
class World(Backend):
    """A backend, and short ways to put people and rooms into it."""

    clock: ManualClock

    async def person(self, username: str) -> Actor:
        """A new account, signed in."""
        request = RegisterUser(username=username, password=PASSWORD)
        signed_in = await accounts.register_user(self.chat, request, user_agent="test", key=None)
        return await sessions.authenticate(self.chat, signed_in.token)

    async def room(
        self, owner: Actor, *others: Actor, name: str = "Den", visibility: Literal["public", "private"] = "public"
    ) -> RoomForMe:
        """A new room with these people in it."""
        room = await rooms.create_room(self.chat, owner, CreateRoom(name=name, visibility=visibility), key=None)
        for other in others:
            await memberships.add_member(self.chat, owner, room.id, other.user.id)
        return room


@asynccontextmanager
async def open_world(
    place: Path | PostgresAddress,
    registration: Literal["invite", "open", "closed"] = "open",
    *,
    rate_limits: bool = True,
) -> AsyncIterator[World]:
    """A world on a folder's `hubbub.db` or in PostgreSQL, closed at the end; a second one goes on with its data."""
    clock = ManualClock()
    store = await Store.open(place / "hubbub.db" if isinstance(place, Path) else place, clock=clock)
    passwords = Passwords()
    try:
        limiter = RateLimiter(monotonic=clock.monotonic, enabled=rate_limits)
        yield World(Chat(store, clock, passwords, registration), Hub(store, clock), limiter, clock)
    finally:
        passwords.close()
        await store.close()
