"""Who is behind a connection of a socket transport, and their place in the log: let in, caught up, moved, let go.

Knows no transport: what a connection is made of is behind its `Outlet`.
"""

from __future__ import annotations

import asyncio
import logging

from pydantic import BaseModel

from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.contract.models import Authenticated, Ready, ReadyLimits, Resync
from hubbub.live.subscription import Outlet, Subscription
from hubbub.service.chat import Actor
from hubbub.service.replay import place_of
from hubbub.service.sessions import authenticate
from hubbub.transports.backend import Backend
from hubbub.transports.errors import unforeseen

log = logging.getLogger(__name__)

RESTART_AFTER_MS = 1_000  # a restart takes less than this on a small machine
OVERFLOW = "overflow"  # the key of `resync` for what was dropped: of several that wait the last one counts
FAREWELL_SECONDS = 0.4  # for clients to take the notice; one that is not even reading hears it by reconnecting


class Client:
    """Somebody who was let in; `begin` starts what they hear."""

    def __init__(self, backend: Backend, actor: Actor, subscription: Subscription, place: Place) -> None:
        self.actor = actor
        self.subscription = subscription
        self._backend = backend
        self._place = place
        self._catching_up: asyncio.Task[None] | None = None

    @classmethod
    async def enter(
        cls, backend: Backend, connection_id: str, outlet: Outlet, *, token: str | None, cursor: str | None
    ) -> Client:
        """Let somebody in by their token, at the place of their cursor, or at the head of the log.

        Raises:
            HubbubError: `unauthenticated`; `invalid_request` for what is no cursor; `rate_limited`.
        """
        actor = await authenticate(backend.chat, token)
        place = await Place.of(backend, cursor)
        backend.admit_connection(actor.user.id)
        return cls(backend, actor, await backend.hub.subscribe(connection_id, actor, outlet), place)

    def begin(self, allowance: ReadyLimits) -> None:
        """Send what they missed, then `ready`, then what comes; `allowance` is told with `ready`."""
        if self._place.gone:
            self._backend.hub.resyncs["cursor_gone"] += 1
            notice = Resync(reason="cursor_gone", cursor=self._backend.hub.cursor(self.subscription))
            self._send("resync", notice, key="cursor_gone")
        self._catching_up = asyncio.create_task(self._catch_up(allowance))

    def check_session(self) -> None:
        """Refuse what waited while the session ended.

        Raises:
            HubbubError: `unauthenticated`.
        """
        if self.subscription.closed:
            raise HubbubError(ErrorCode.UNAUTHENTICATED, "This session has ended. Sign in again.")

    async def refresh(self, token: str) -> Authenticated:
        """Go on under the session of another token of the same person, or of the same token with a later end.

        Raises:
            HubbubError: `unauthenticated`, and all stays as it was; `forbidden` for somebody else's token.
        """
        actor = await authenticate(self._backend.chat, token)
        if actor.user.id != self.actor.user.id:
            raise HubbubError(
                ErrorCode.FORBIDDEN, "This token is of somebody else. Open another connection to be somebody else."
            )
        self.check_session()
        await self._backend.hub.move(self.subscription, actor)
        self.actor = actor
        return Authenticated(expires_at=actor.expires_at)

    def resync(self) -> str:
        """The packet that takes the place of all that an overflowing outbox dropped."""
        return self._backend.hub.resync(self.subscription)

    def leave(self) -> None:
        """Forget the connection, which is gone; again does nothing."""
        if self._catching_up is not None:
            self._catching_up.cancel()
        self._backend.hub.unsubscribe(self.subscription)

    async def _catch_up(self, allowance: ReadyLimits) -> None:
        try:
            await self._backend.hub.catch_up(self.subscription, self._place.since, lambda: self._ready(allowance))
        except HubbubError as error:
            log.warning("a client could not catch up: %s", error.detail)
            self.subscription.outlet.close(error)
        except Exception:
            log.exception("a client could not catch up")
            self.subscription.outlet.close(unforeseen())

    def _ready(self, allowance: ReadyLimits) -> None:
        hub = self._backend.hub
        ready = Ready(
            user=self.actor.user,
            cursor=hub.cursor(self.subscription),
            resumed=self._place.since is not None,
            limits=allowance,
            online=sorted({*hub.presence.online(), self.actor.user.id}),
        )
        self._send("ready", ready, key="ready")
        hub.arrived(self.subscription)

    def _send(self, event: str, payload: BaseModel, key: str) -> None:
        outlet = self.subscription.outlet
        outlet.send(outlet.encode(event, payload.model_dump_json()), key)


class Place:
    """Where to resume: behind the change `since`, or at the head; `gone` when a cursor was of a log that is gone."""

    def __init__(self, since: int | None, *, gone: bool) -> None:
        self.since = since
        self.gone = gone

    @classmethod
    async def of(cls, backend: Backend, cursor: str | None) -> Place:
        """The place that a client names.

        Raises:
            HubbubError: `invalid_request` for what is no cursor.
        """
        if cursor is None:
            return cls(None, gone=False)
        try:
            return cls(await place_of(backend.chat, cursor), gone=False)
        except HubbubError as error:
            if error.code is not ErrorCode.GONE:
                raise
            return cls(None, gone=True)
