"""One exchange with one target: how far it has come, how long it may take, and how it came out."""

from __future__ import annotations

import asyncio

from hubbub.composite.balancer.affinity import Tie
from hubbub.composite.balancer.breaker import Permit
from hubbub.composite.balancer.failures import Broken, GivenUp, Stale, TimedOut, UpstreamError
from hubbub.composite.balancer.limits import Timeouts
from hubbub.composite.balancer.member import Member
from hubbub.composite.balancer.replay import Replay
from hubbub.composite.balancer.retries import may_repeat
from hubbub.composite.problem import Problem
from hubbub.composite.types import Message, Scope, Send

# By these a server says of itself that it cannot: RFC 9110, 15.6. Any other answer is one that it meant.
_UNABLE = frozenset({502, 503, 504})
_STARTS = frozenset({"http.response.start", "websocket.accept", "websocket.http.response.start"})
_BODIES = frozenset({"http.response.body", "websocket.http.response.body"})


class Attempt:
    """Carries the exchange between a client and a member, once."""

    def __init__(self, member: Member, scope: Scope, replay: Replay, send: Send, tie: Tie, timeouts: Timeouts) -> None:
        self.member = member
        self._scope = scope
        self._replay = replay
        self._client_send = send
        self._tie = tie
        self._timeouts = timeouts
        self._loop = asyncio.get_running_loop()
        self._timer = asyncio.timeout(timeouts.response_head)
        self._permit: Permit | None = None
        self._is_unable = False
        self._is_whole = False  # the client has all of the answer
        self._awaits_client = False
        self._is_given_up = False
        self.accepted = False  # a websocket
        self.answered = False  # the client has the head of an answer

    def may_repeat(self, *, delivered: bool) -> bool:
        """Whether the exchange may be tried with another target now; a WebSocket begins with a GET."""
        return may_repeat(
            self._scope.get("method", "GET"),
            delivered=delivered,
            answered=self.answered,
            replayable=self._replay.is_replayable,
        )

    def give_up(self) -> None:
        """Stop waiting for a target that is out of order, where the exchange may go elsewhere."""
        if self.may_repeat(delivered=True) and not self._awaits_client:
            self._is_given_up = True
            self._set_timer(0.0)

    async def run(self, *, fresh: bool) -> None:
        """Carry it to its end; also returns when the client has left.

        Raises:
            UpstreamError: the target failed; `answered` says whether the client has had a part.
            Problem: the client is too slow, or asks for what cannot be passed on.
        """
        self._permit = self.member.enter(self, bound=self._tie.is_strict)
        try:
            await self._carry(fresh)
            if not self._is_whole and not self._replay.is_gone:
                raise Broken(f"{self.member.name} ended without a whole answer")
        except UpstreamError as error:
            if self._replay.is_gone:
                return
            if not isinstance(error, Stale):
                self.member.counters.failed += 1
                self.member.record(self._permit, success=False)
            raise
        else:
            self.member.counters.served += self._is_whole and not self._is_unable
            self.member.counters.failed += self._is_unable
        finally:
            self.member.leave(self, self._permit)

    async def _carry(self, fresh: bool) -> None:
        try:
            async with self._timer:
                await self.member.upstream.carry(self._scope, self._receive, self._send, fresh=fresh)
        except TimeoutError as error:
            if not self._timer.expired():
                raise Broken(f"{self.member.name} failed: {error!r}") from error
            if self._awaits_client:
                detail = f"Nothing more of the body arrived within {self._timeouts.idle:g} seconds."
                raise Problem(400, "invalid_request", detail) from None
            if self._is_given_up:
                raise GivenUp(f"{self.member.name} is out of order") from None
            what = "nothing more" if self.answered else "no answer"
            raise TimedOut(f"{self.member.name} sent {what} for too long") from None

    async def _receive(self) -> Message:
        if self.answered or self._replay.is_complete:
            return await self._replay.receive()
        self._awaits_client = True
        self._set_timer(self._timeouts.idle)
        message = await self._replay.receive()
        self._awaits_client = False
        if not self.answered:
            self._set_timer(self._timeouts.response_head)
        return message

    async def _send(self, message: Message) -> None:
        if self._timer.expired():
            raise ConnectionResetError("the balancer waits for this no longer")
        self._set_timer(None)  # a client that takes nothing is the business of the server in front
        if message["type"] in _STARTS:
            self._start(message)
        self._is_whole = message["type"] == "websocket.close" or (
            message["type"] in _BODIES and not message.get("more_body", False)
        )
        await self._client_send(self._tie.answered(message, self.member.name, self.member.now()))
        if not self._is_whole and not self.accepted:
            self._set_timer(self._timeouts.idle)

    def _start(self, message: Message) -> None:
        self.answered = True
        self.accepted = message["type"] == "websocket.accept"
        self._replay.drop()
        self._is_unable = message.get("status") in _UNABLE
        self.member.record(self._permit, success=not self._is_unable)

    def _set_timer(self, seconds: float | None) -> None:
        if not self._timer.expired():
            self._timer.reschedule(None if seconds is None else self._loop.time() + seconds)
