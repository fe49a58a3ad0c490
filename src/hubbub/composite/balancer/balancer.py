"""A load balancer as an ASGI application: chooses a target for each exchange, and another one where that may be."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from time import monotonic as system_monotonic

from hubbub.composite.balancer.affinity import Affinity, Tie, Untied
from hubbub.composite.balancer.answers import answer_problem, answer_session_unknown, busy, failed
from hubbub.composite.balancer.attempt import Attempt
from hubbub.composite.balancer.breaker import BreakerSettings
from hubbub.composite.balancer.counters import TargetStatus
from hubbub.composite.balancer.failures import Stale, UpstreamError
from hubbub.composite.balancer.health import Probe
from hubbub.composite.balancer.limits import Limits, Timeouts
from hubbub.composite.balancer.member import Member
from hubbub.composite.balancer.policies import Policy, RoundRobin
from hubbub.composite.balancer.probing import probing
from hubbub.composite.balancer.replay import Replay
from hubbub.composite.balancer.retries import IDEMPOTENT, RetryBudget
from hubbub.composite.balancer.targets import Target
from hubbub.composite.hypercorn_h11 import mend_http1
from hubbub.composite.hypercorn_http2 import mend_http2
from hubbub.composite.hypercorn_streams import reset_stream
from hubbub.composite.hypercorn_tcp import mend_tcp
from hubbub.composite.lifespan import Lifespan
from hubbub.composite.problem import CLOSE_INTERNAL, Problem
from hubbub.composite.request_id import request_id_of
from hubbub.composite.scopes import DOOR_SCOPES, SERVER_SEND
from hubbub.composite.types import Receive, Scope, Send

logger = logging.getLogger(__name__)


class Balancer:
    """Spreads requests and WebSockets over targets.

    `affinity` are kinds of ties; the first that has something to say about a request decides. Without `probe` a
    target is out only while its breaker is open. Probes and the targets of this process need the lifespan.
    """

    def __init__(
        self,
        targets: Sequence[Target],
        *,
        policy: Policy | None = None,
        affinity: Sequence[Affinity] = (),
        breaker: BreakerSettings | None = None,
        probe: Probe | None = None,
        timeouts: Timeouts | None = None,
        limits: Limits | None = None,
        monotonic: Callable[[], float] = system_monotonic,
    ) -> None:
        """Policy: `RoundRobin` if none is given.

        Raises:
            ValueError: there is no target, or two have the same name.
        """
        if not targets or len({target.name for target in targets}) < len(targets):
            raise ValueError("a balancer needs at least one target, and each a name of its own")
        # As `CompositeApp` does, for a balancer that Hypercorn serves alone: answers are cut, uploads end early.
        mend_http1()
        mend_http2()
        mend_tcp()
        self._timeouts = timeouts or Timeouts()
        self._limits = limits or Limits()
        self._policy: Policy = policy or RoundRobin()
        self._affinity = tuple(affinity)
        self._probe = probe
        self._monotonic = monotonic
        self._budget = RetryBudget()
        self._members = {
            target.name: Member(
                target.name,
                target.weight,
                target.upstream(self._timeouts, self._limits),
                most=self._limits.in_flight,
                breaker=breaker or BreakerSettings(),
                probe=probe,
                monotonic=monotonic,
            )
            for target in targets
        }
        self._lifespan = Lifespan(None, self._running, None)

    @property
    def targets(self) -> list[TargetStatus]:
        """How each of them is now, in the order in which they were given."""
        return [member.status for member in self._members.values()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI application."""
        if scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
        elif scope["type"] in DOOR_SCOPES:
            await self._serve(scope, Replay(receive, self._limits.kept_body), send)

    async def _serve(self, scope: Scope, replay: Replay, send: Send) -> None:
        """Try one target after the other until one has answered, or until there is none that may be tried."""
        self._budget.earn(self._monotonic())
        tie = self._tie(scope)
        fresh = scope.get("method", "GET") not in IDEMPOTENT
        untried = dict(self._members)  # {name: a member that this exchange has not failed with}
        failure: UpstreamError | None = None
        member = self._choose(tie, untried)
        while member is not None:
            attempt = Attempt(member, scope, replay, send, tie, self._timeouts)
            try:
                await attempt.run(fresh=fresh)
                return
            except Problem as problem:
                if attempt.answered:
                    raise
                await answer_problem(scope, replay, send, problem)
                return
            except UpstreamError as error:
                level = logging.DEBUG if isinstance(error, Stale) else logging.WARNING
                logger.log(level, "request %s: %s", request_id_of(scope), error)
                failure = error
            if attempt.answered:
                await _cut(scope, send, attempt)
                return
            member = self._next(attempt, failure, tie, untried)
            fresh = fresh or isinstance(failure, Stale)
            replay.rewind()
        await self._give_in(scope, replay, send, tie, failure)

    def _tie(self, scope: Scope) -> Tie:
        ties = (kind.tie(scope, self._monotonic()) for kind in self._affinity)
        return next((tie for tie in ties if tie is not None), Untied())

    def _choose(self, tie: Tie, untried: dict[str, Member]) -> Member | None:
        """Where an exchange goes: where it belongs, if that can be, or else where the policy says."""
        if tie.target is not None:
            home = untried.get(tie.target)
            if home is not None and home.has_room and home.is_open_to(bound=tie.is_strict):
                return home
            if tie.is_strict:
                return None
            tie.lose()
        candidates = [member for member in untried.values() if member.has_room and member.is_open_to(bound=False)]
        return self._policy.choose(candidates) if candidates else None

    def _next(self, attempt: Attempt, failure: UpstreamError, tie: Tie, untried: dict[str, Member]) -> Member | None:
        """Where an exchange goes that has failed, if it may go anywhere: no target is asked twice.

        But for one whose kept connection had ended, which is no fault of its own. What was delivered costs whoever
        is asked next what it has cost the first, so that it needs the budget.
        """
        if not attempt.may_repeat(delivered=failure.delivered):
            return None
        if isinstance(failure, Stale):
            chosen: Member | None = attempt.member
        else:
            del untried[attempt.member.name]
            chosen = self._choose(tie, untried)
            if chosen is not None and failure.delivered and not self._budget.take(self._monotonic()):
                logger.warning("the budget of repeated requests is used up")
                return None
        attempt.member.counters.retried += chosen is not None
        return chosen

    async def _give_in(
        self, scope: Scope, replay: Replay, send: Send, tie: Tie, failure: UpstreamError | None
    ) -> None:
        """Answer that nobody can, or say that the session is gone with its target."""
        if tie.is_strict and tie.target is not None:
            home = self._members[tie.target]
            if failure is not None or not home.is_open_to(bound=True):
                tie.lose()
                await answer_session_unknown(scope, replay, send)
                return
        wait = min(member.wait() for member in self._members.values())
        await answer_problem(scope, replay, send, busy(wait) if failure is None else failed(failure, wait))

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for member in self._members.values():
                await member.upstream.start()
                stack.push_async_callback(member.upstream.stop)
            if self._probe is not None:
                await stack.enter_async_context(probing(list(self._members.values()), self._probe))
            yield


async def _cut(scope: Scope, send: Send, attempt: Attempt) -> None:
    """End an answer in the middle, so that nobody takes it for whole."""
    if attempt.accepted:
        await send({"type": "websocket.close", "code": CLOSE_INTERNAL, "reason": "the server behind this one is gone"})
    else:
        await reset_stream(scope.get(SERVER_SEND, send))
