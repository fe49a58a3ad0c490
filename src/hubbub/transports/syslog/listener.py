"""Syslog in a running server: who it posts as, which worker listens, and what is told of a flood."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from hubbub.contract.errors import HubbubError
from hubbub.domain.permissions import Action
from hubbub.service.chat import Actor, Chat
from hubbub.service.places import room_for
from hubbub.service.sessions import act_for
from hubbub.transports.backend import BackendSource
from hubbub.transports.syslog.counters import SyslogCounters
from hubbub.transports.syslog.flood import FloodGate
from hubbub.transports.syslog.limits import BIND_SECONDS, LEAD_SECONDS, SUMMARY_SECONDS
from hubbub.transports.syslog.posting import Poster, Sleep
from hubbub.transports.syslog.server import SyslogServer, bind_udp
from hubbub.transports.syslog.wording import summary

log = logging.getLogger(__name__)


class SyslogError(Exception):
    """Syslog cannot start as it is set; the text names the setting and what to do."""


@dataclass(frozen=True)
class SyslogWay:
    """Where it listens, into which room it posts, and as whom."""

    host: str
    port: int
    room_id: str
    username: str


class SyslogListener:
    """Lives from `open` to its end; of several workers the one that leads listens."""

    def __init__(
        self,
        way: SyslogWay,
        backend: BackendSource,
        *,
        leads: Callable[[], bool],
        sleep: Sleep,
        rate_limits: bool = True,
    ) -> None:
        self._way = way
        self._backend = backend
        self._leads = leads
        self._sleep = sleep
        self._rate_limits = rate_limits
        self._server: SyslogServer | None = None
        self._complained = False
        self.counters = SyslogCounters()

    @property
    def instances(self) -> int:
        """How many sources have an instance now; 0 in a worker that does not listen."""
        return 0 if self._server is None else len(self._server.application_instances)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Check what is set, listen, and post until the end.

        Raises:
            SyslogError: the room, the account or the address is none that can be used.
        """
        chat = self._backend().chat
        poster = Poster(chat, await self._actor(chat), self._way.room_id, self.counters, self._sleep)
        gate = FloodGate(chat.clock.monotonic, enabled=self._rate_limits)
        endpoint = await self._bind_patiently() if self._leads() else None
        tasks = [
            asyncio.create_task(self._listen_while_leading(poster, gate, endpoint), name="listen for syslog"),
            asyncio.create_task(self._summarise(poster, gate), name="sum up syslog"),
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if endpoint is not None:
                endpoint.close()  # where the end came before it was listened to
            await self._tell_dropped(poster, gate)
            await poster.finish()

    async def _actor(self, chat: Chat) -> Actor:
        room_id, username = self._way.room_id, self._way.username
        try:
            actor = await act_for(chat, username)
        except HubbubError as error:
            raise SyslogError(f"HUBBUB_SYSLOG_USER: {error.detail}") from None
        try:
            await chat.store.read(lambda connection: room_for(connection, actor, room_id, Action.POST))
        except HubbubError as error:
            raise SyslogError(
                f"HUBBUB_SYSLOG_ROOM={room_id}, HUBBUB_SYSLOG_USER={username}: {error.detail} It takes the id of a "
                "room in which that account is a member."
            ) from None
        return actor

    async def _bind_patiently(self) -> socket.socket:
        """Bind at the start; the worker that listened before may need a moment to let the address go."""
        end = asyncio.get_running_loop().time() + BIND_SECONDS
        while True:
            try:
                return self._bind()
            except OSError as error:
                if error.errno != errno.EADDRINUSE or asyncio.get_running_loop().time() > end:
                    raise self._unusable(error) from None
            await asyncio.sleep(LEAD_SECONDS)

    def _unusable(self, error: OSError) -> SyslogError:
        return SyslogError(
            f"HUBBUB_SYSLOG_BIND={self._way.host}:{self._way.port} cannot be used: {error.strerror or error}. Take an "
            "address of this machine and a free port; those below 1024 need a right of their own (docs/operating.md)."
        )

    def _bind(self) -> socket.socket:
        return bind_udp(self._way.host, self._way.port)

    async def _listen_while_leading(self, poster: Poster, gate: FloodGate, endpoint: socket.socket | None) -> None:
        while True:
            if endpoint is not None:
                try:
                    await self._listen(poster, gate, endpoint)
                except Exception:
                    log.exception("listening for syslog failed; it begins again")
            await asyncio.sleep(LEAD_SECONDS)
            endpoint = self._bind_again() if self._leads() else None

    def _bind_again(self) -> socket.socket | None:
        """Bind when another worker has led before; it is tried until it has let the address go."""
        try:
            endpoint = self._bind()
        except OSError as error:
            if not self._complained:
                log.warning("syslog cannot listen yet: %s", error)
            self._complained = True
            return None
        self._complained = False
        return endpoint

    async def _listen(self, poster: Poster, gate: FloodGate, endpoint: socket.socket) -> None:
        """Listen as long as this worker leads."""
        server = self._server = SyslogServer(poster, endpoint, gate=gate, counters=self.counters)
        serving = asyncio.create_task(server.arun(), name="serve syslog")
        log.info("syslog: listening on %s, port %d", *endpoint.getsockname()[:2])
        try:
            while self._leads() and not serving.done():
                await asyncio.wait({serving}, timeout=LEAD_SECONDS)
        finally:
            server.stop()
            self._server = None
            await asyncio.wait({serving})
            log.info("syslog: no longer listening")
        serving.result()

    async def _summarise(self, poster: Poster, gate: FloodGate) -> None:
        while True:
            await self._sleep(SUMMARY_SECONDS)
            await self._tell_dropped(poster, gate)

    async def _tell_dropped(self, poster: Poster, gate: FloodGate) -> None:
        dropped = gate.settle()
        if dropped:
            await poster.post(summary(dropped, SUMMARY_SECONDS))
