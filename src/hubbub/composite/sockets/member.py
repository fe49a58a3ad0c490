"""One client in one namespace on its way through the application's hooks. Knows no other client and no transport."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial

from hubbub.composite.sockets.answers import Answers
from hubbub.composite.sockets.connection import Phase, SocketConnection
from hubbub.composite.sockets.hooks import ConnectRefused, SocketHooks
from hubbub.composite.sockets.session import EngineSession
from hubbub.composite.sockets.socket_packets import SocketPacket, encode_ack
from hubbub.composite.sockets.surroundings import Surroundings

logger = logging.getLogger(__name__)

CONNECT_FAILED = "The server could not accept the connection; try again"


class Member:
    """Each coroutine is work for the session's inbox, so that none runs beside another."""

    def __init__(
        self,
        refuse: Callable[[Member, dict[str, object]], None],
        engine: EngineSession,
        around: Surroundings,
        namespace: str,
        hooks: SocketHooks,
    ) -> None:
        self.hooks = hooks
        self.connection = SocketConnection(engine, namespace, limits=around.limits, overflow=self.overflow)
        self._refused = refuse
        self._engine = engine
        self._around = around
        self._answers = Answers(seconds=around.limits.handler_seconds, later=around.later)
        self._welcome = False  # the connect hook returned, so the disconnect hook is owed

    async def join(self, auth: object) -> None:
        """Run the connect hook, and answer the CONNECT packet with what it decides."""
        connection, registry = self.connection, self._around.registry
        connection.id = await registry.entering(self._engine.sid, connection.namespace)
        try:
            async with asyncio.timeout(self._around.limits.handler_seconds):
                await self.hooks.connect(connection, auth)
        except ConnectRefused as refusal:
            await self._refuse(refusal.payload())
        except Exception:
            logger.exception("the connect hook failed")
            self._around.counters.failed += 1
            await self._refuse({"message": CONNECT_FAILED})
        else:
            self._welcome = True
            self._around.counters.joined += 1
            self._around.joined(connection)
            await registry.entered(connection.id, connection.namespace)
            connection.accept()

    async def handle(self, packet: SocketPacket) -> None:
        """Run the event hook when it is its turn, and acknowledge with what it returns."""
        if packet.name in self.hooks.begin:
            self.begin(packet)
            return
        if not self._welcome:
            return
        await self._answers.settled()
        try:
            async with asyncio.timeout(self._around.limits.handler_seconds):
                answer = await self.hooks.event(self.connection, packet.name, packet.arguments)
        except Exception as error:
            self._failed(packet, error)
        else:
            self._answer(packet, answer)

    def begin(self, packet: SocketPacket) -> None:
        """Run the hook of an event that has one in `begin`, and acknowledge with what it returns, now or later."""
        if not self._welcome:
            return
        try:
            answer = self.hooks.begin[packet.name](self.connection, packet.arguments)
        except Exception as error:
            failed = partial(self._failed, packet)
            self._answers.add(error, failed, failed)  # when those before it have their answers
        else:
            self._answer(packet, answer)

    @property
    def unanswered(self) -> int:
        """Events that have begun and whose answers are still to come."""
        return len(self._answers)

    def answer_busy(self, packet: SocketPacket) -> None:
        """Acknowledge an event for which there is no room."""
        self._around.counters.busy += 1
        self._acknowledge(packet, self.hooks.overflow_ack(self.connection, packet.name))

    def overflow(self, connection: SocketConnection) -> None:
        """Run the overflow hook."""
        try:
            self.hooks.overflow(connection)
        except Exception:
            logger.exception("the overflow hook failed")
            self._around.counters.failed += 1

    async def acknowledged(self, packet: SocketPacket) -> None:
        """Give the client's acknowledgement to whoever waits for it."""
        if packet.ack_id is not None and isinstance(packet.data, list):
            await self._around.registry.acknowledged(self.connection.id, packet.ack_id, packet.data)

    async def leave(self, reason: str) -> None:
        """Run the disconnect hook, if the connect hook had accepted."""
        if not self._welcome:
            return
        self._welcome = False
        self._around.left(self.connection)
        await self._answers.settled()
        try:
            async with asyncio.timeout(self._around.limits.handler_seconds):
                await self.hooks.disconnect(self.connection, reason)
        except Exception:
            logger.exception("the disconnect hook failed")
            self._around.counters.failed += 1
        finally:
            await self._around.registry.left(self.connection.id, self.connection.namespace)

    async def _refuse(self, error: dict[str, object]) -> None:
        self._refused(self, error)
        await self._around.registry.left(self.connection.id, self.connection.namespace)

    def _answer(self, packet: SocketPacket, answer: object) -> None:
        self._answers.add(answer, partial(self._acknowledge, packet), partial(self._failed, packet))

    def _failed(self, packet: SocketPacket, error: Exception) -> None:
        logger.error("the hook for %r failed", packet.name, exc_info=error)
        self._around.counters.failed += 1
        self._acknowledge(packet, self.hooks.error_ack(self.connection, packet.name, error))

    def _acknowledge(self, packet: SocketPacket, answer: object) -> None:
        if packet.ack_id is None or self.connection.phase is not Phase.JOINED:
            return
        arguments = [] if answer is None else list(answer) if isinstance(answer, tuple) else [answer]
        for frame in encode_ack(self.connection.namespace, packet.ack_id, arguments):
            self._engine.send(frame)
