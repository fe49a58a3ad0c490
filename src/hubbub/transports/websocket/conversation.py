"""What one client and the server say to each other: who the client is, commands and answers, events.

Knows frames and not the wire; what a command does is in `transports.commands`.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import Any

from hubbub.composite.hypercorn_streams import CLOSE_TOO_BIG
from hubbub.composite.sockets.frames import Bundle
from hubbub.composite.sockets.heartbeat import Timer
from hubbub.composite.sockets.inbox import Inbox
from hubbub.composite.sockets.tasks import Tasks
from hubbub.contract import limits
from hubbub.contract.commands import AUTHENTICATE, REFRESH_AUTH
from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.contract.models import Authenticated, CommandFrame, ReadyLimits, ServerRestarting
from hubbub.transports.backend import Backend
from hubbub.transports.client import RESTART_AFTER_MS, Client
from hubbub.transports.commands import answer_command
from hubbub.transports.errors import busy, unforeseen
from hubbub.transports.validation import parse
from hubbub.transports.websocket.close_codes import RESTARTING, close_code
from hubbub.transports.websocket.frames import (
    BadCommand,
    NotAFrame,
    encode_answer,
    encode_event,
    encode_refusal,
    read_command,
    too_large,
)
from hubbub.transports.websocket.handshake import Handshake
from hubbub.transports.websocket.link import Link

log = logging.getLogger(__name__)


class Conversation:
    """The `Listener` of its link, and the `Outlet` that the hub writes to."""

    def __init__(self, id: str, backend: Backend, link: Link) -> None:
        self._id = id
        self._backend = backend
        self._link = link
        self._client: Client | None = None
        self._cursor: str | None = None  # of the query; that of `authenticate` comes before it
        self._tasks = Tasks()
        self._inbox = Inbox(link.limits.inbox_commands, self._tasks.spawn)
        self._unanswered: set[int] = set()  # ids of commands
        self._deadline: Timer | None = None

    async def hold(self, handshake: Handshake) -> None:
        """Hold the conversation from the first frame to the last."""
        self._cursor = handshake.cursor
        if handshake.error is not None:
            self._refuse(None, handshake.error)
        elif handshake.token is not None:
            self._inbox.append(partial(self._begin, None, handshake.token, handshake.cursor))
        else:
            self._deadline = self._link.later(self._link.limits.authenticate_seconds, self._never_authenticated)
        try:
            await self._link.run(self)
        finally:
            await self._leave()

    async def end(self) -> None:
        """Say that the server restarts, and wait until it is over."""
        notice = ServerRestarting(retry_after_ms=RESTART_AFTER_MS)
        self._link.send_event(encode_event("server_restarting", notice.model_dump_json()), "server_restarting")
        self._link.close(RESTARTING, "server_restarting")
        await self._link.wait_over()

    # As the listener of the link.

    def received(self, text: str | None) -> None:
        """Queue a command, or say at once why not."""
        try:
            command = read_command(text, max_bytes=self._link.limits.frame_bytes)
        except NotAFrame as error:
            self._refuse(None, error)
        except BadCommand as error:
            self._link.send_answer(encode_refusal(None if error.id in self._unanswered else error.id, error))
        else:
            self._queue(command)

    def broken(self, code: int) -> None:
        """Say what was wrong below the frames, and close."""
        error: HubbubError = HubbubError(ErrorCode.INVALID_REQUEST, "This is not the WebSocket protocol (RFC 6455).")
        if code == CLOSE_TOO_BIG:
            error = too_large(self._link.limits.frame_bytes)
        self._link.send_answer(encode_refusal(None, error))
        self._link.close(code, error.code.value)

    def overflowed(self) -> str:
        """Events were dropped: one `resync` takes their place, and the log heals the rest."""
        if self._client is None:
            raise RuntimeError("only clients that were let in are sent events")
        return self._client.resync()

    # As the outlet of the hub.

    transport = "websocket"
    encode = staticmethod(encode_event)
    bundle = Bundle

    @property
    def waiting_bytes(self) -> int:
        """How much waits for the client."""
        return self._link.waiting_bytes

    def send(self, packet: str, key: str | None = None) -> None:
        """Queue an event, in place of one of the same key."""
        self._link.send_event(packet, key)

    def send_all(self, bundle: Bundle) -> None:
        """Queue events that have no key."""
        self._link.send_events(bundle)

    async def writable(self) -> None:
        """Wait until there is room for a page: here until everything was taken."""
        await self.taken()

    async def taken(self) -> None:
        """Wait until everything was taken."""
        await self._link.drained()

    def close(self, error: HubbubError) -> None:
        """Say why, and close."""
        self._refuse(None, error)

    # Commands.

    def _queue(self, command: CommandFrame) -> None:
        if command.id in self._unanswered:
            detail = f"The id {command.id} is of a command that still waits for its answer. Take another."
            self._link.send_answer(encode_refusal(None, HubbubError(ErrorCode.INVALID_REQUEST, detail)))
        elif self._inbox.offer(partial(self._do, command)):
            self._unanswered.add(command.id)
        else:
            self._link.send_answer(encode_refusal(command.id, busy()))

    async def _do(self, command: CommandFrame) -> None:
        if self._link.is_closing:
            return
        try:
            async with asyncio.timeout(self._link.limits.command_seconds):
                if self._client is None:
                    await self._authenticate(command)
                else:
                    self._answer(command.id, await self._result(self._client, command))
        except HubbubError as error:
            self._answer(command.id, self._backend.refusal(error))
        except TimeoutError:
            log.error("the command %s took too long", command.type)
            self._answer(command.id, self._backend.refusal(unforeseen()))

    async def _result(self, client: Client, command: CommandFrame) -> dict[str, Any]:
        name, data = command.type, command.data
        if name == AUTHENTICATE.name:
            request = parse(AUTHENTICATE.request, data)
            if request.cursor is not None:
                detail = "This connection has its place. Give the cursor at first, or as ?since= with a cookie."
                raise HubbubError(ErrorCode.INVALID_REQUEST, detail)
            name, data = REFRESH_AUTH.name, {"token": request.token}
        return await answer_command(self._backend, client, name, data)

    async def _authenticate(self, command: CommandFrame) -> None:
        """Do the first command; whoever does not know how to begin is told, and has to begin anew."""
        try:
            if command.type != AUTHENTICATE.name:
                detail = 'Begin with {"id": 1, "type": "authenticate", "data": {"token": …}}, or with the cookie.'
                raise HubbubError(ErrorCode.UNAUTHENTICATED, detail)
            request = parse(AUTHENTICATE.request, command.data)
        except HubbubError as error:
            self._refuse(command.id, error)
        else:
            await self._begin(command.id, request.token, request.cursor or self._cursor)

    async def _begin(self, id: int | None, token: str, cursor: str | None) -> None:
        """Let the client in, or say why not and close."""
        self._stop_deadline()
        try:
            client = await Client.enter(self._backend, self._id, self, token=token, cursor=cursor)
        except HubbubError as error:
            self._refuse(id, error)
            return
        except Exception:
            log.exception("a client could not be let in")
            self._refuse(id, unforeseen())
            return
        if self._link.is_closing:
            client.leave()
            return
        self._client = client
        if id is not None:
            data = Authenticated(expires_at=client.actor.expires_at).model_dump(mode="json")
            self._answer(id, {"ok": True, "data": data})
        client.begin(
            ReadyLimits(
                body_chars=limits.BODY_CHARS,
                commands_in_flight=self._link.limits.inbox_commands,
                frame_bytes=self._link.limits.frame_bytes,
            )
        )

    def _answer(self, id: int, answer: dict[str, Any]) -> None:
        self._unanswered.discard(id)
        self._link.send_answer(encode_answer(id, answer))

    def _refuse(self, id: int | None, error: HubbubError) -> None:
        self._backend.refusals[error.code] += 1
        self._link.send_answer(encode_refusal(id, error))
        self._link.close(close_code(error.code), error.code.value)

    def _never_authenticated(self) -> None:
        seconds = self._link.limits.authenticate_seconds
        self._refuse(None, HubbubError(ErrorCode.UNAUTHENTICATED, f"Authenticate within {seconds:g} s."))

    def _stop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    async def _leave(self) -> None:
        """Forget the client; the command under way may end, so that its client need not repeat it."""
        self._stop_deadline()
        if self._client is not None:
            self._client.leave()
        try:
            await self._tasks.finish(self._link.limits.leave_seconds)
        finally:
            await self._tasks.finish(0.0)
