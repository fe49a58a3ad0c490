"""One connection's place in the log, and the outlet through which it hears of what comes after."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from hubbub.contract.errors import HubbubError

NEVER = datetime.max.replace(tzinfo=UTC)

Encoder = Callable[[str, str], str]  # (event name, payload as JSON text) -> what the transport writes
Bundler = Callable[[Sequence[str]], Any]  # several of those -> what the transport takes at once


class Outlet(Protocol):
    """What a transport gives the hub for one connection."""

    @property
    def transport(self) -> str:
        """What its transport is called."""
        ...

    @property
    def encode(self) -> Encoder:
        """The same function for every connection of a transport: its result is shared between them."""
        ...

    @property
    def bundle(self) -> Bundler:
        """As `encode`: what it makes is for `send_all` of any connection of the transport."""
        ...

    @property
    def waiting_bytes(self) -> int:
        """How much waits for the client."""
        ...

    def send(self, packet: str, key: str | None = None) -> None:
        """Put one encoded packet on the bounded outbox; never waits.

        What is not in the log has a key: it takes the place of what waits with the same one, and an overflow, which
        the log heals, leaves it.
        """
        ...

    def send_all(self, bundle: Any) -> None:
        """Put packets without keys on the outbox, as `send` would; where they do not all fit, it overflows."""
        ...

    async def writable(self) -> None:
        """Wait until the outbox has room for another page of changes, or the connection is gone."""
        ...

    async def taken(self) -> None:
        """Wait until the connection has taken what waits, or is gone."""
        ...

    def close(self, error: HubbubError) -> None:
        """End the connection and say why."""
        ...


@dataclass(eq=False, slots=True)
class Subscription:
    """`position` is the id of the last change that was sent or passed over; only a live one is fanned out to.

    One that is `present` makes its person count as here.

    A closed one is over for good: it hears nothing, and its commands are those of nobody.  `expires_at` is when its
    session ends, and `end_told` says that its client has been told of that moment.
    """

    id: str
    listener: Listener
    session_id: str
    outlet: Outlet
    position: int
    expires_at: datetime = NEVER
    end_told: bool = False
    live: bool = False
    closed: bool = False
    present: bool = False

    @property
    def user_id(self) -> str:
        """Whose connection it is."""
        return self.listener.user_id


@dataclass(eq=False, slots=True)
class Listener:
    """Somebody with at least one subscription, and the rooms they hear.

    `known_at` is the change id at which `room_ids` was read from the store; None while that is under way, and then
    `waiting` holds the membership changes that came meanwhile, as (room id, whether they are in it).
    """

    user_id: str
    room_ids: set[str] = field(default_factory=set)
    known_at: int | None = None
    waiting: list[tuple[str, bool]] = field(default_factory=list)
    subscriptions: set[Subscription] = field(default_factory=set)
