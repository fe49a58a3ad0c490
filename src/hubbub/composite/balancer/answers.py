"""What the balancer itself answers, where no target does."""

from __future__ import annotations

from hubbub.composite.balancer.failures import TimedOut, UpstreamError
from hubbub.composite.balancer.replay import Replay
from hubbub.composite.problem import Problem, send_problem
from hubbub.composite.refusals import discard
from hubbub.composite.types import Scope, Send

LEAST_RETRY_SECONDS = 1.0

# As every Engine.IO server says it (engine.io-protocol, and `server.errors` of the reference server): on it, as on any
# failed poll, a client ends the session and makes a new one.
SESSION_UNKNOWN = b'{"code":1,"message":"Session ID unknown"}'

BAD_GATEWAY = Problem(502, "bad_gateway", "The server behind this one broke off. The request may have taken effect.")
GATEWAY_TIMEOUT = Problem(504, "gateway_timeout", "The server behind this one did not answer in time.")


def busy(wait: float) -> Problem:
    """No target can be asked for so many seconds, as far as that is known."""
    retry_after = max(LEAST_RETRY_SECONDS, wait)
    return Problem(503, "server_busy", "No server can answer right now. Try again later.", retry_after=retry_after)


def failed(error: UpstreamError, wait: float) -> Problem:
    """The last target that was asked has failed, and there is none to ask instead."""
    if not error.delivered:
        return busy(wait)
    return GATEWAY_TIMEOUT if isinstance(error, TimedOut) else BAD_GATEWAY


async def answer_problem(scope: Scope, replay: Replay, send: Send, problem: Problem) -> None:
    """A problem, after what the client is still sending."""
    await send_problem(scope, send, problem, headers=await _rest_read(scope, replay))


async def answer_session_unknown(scope: Scope, replay: Replay, send: Send) -> None:
    """To a client whose Engine.IO session was with a target that is gone."""
    closing = await _rest_read(scope, replay)
    if scope["type"] == "websocket" and "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": 1008, "reason": "Session ID unknown"})
        return
    prefix = "websocket.http.response" if scope["type"] == "websocket" else "http.response"
    length = (b"content-length", b"%d" % len(SESSION_UNKNOWN))
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store"), length, *closing]
    await send({"type": f"{prefix}.start", "status": 400, "headers": headers})
    await send({"type": f"{prefix}.body", "body": b"" if scope.get("method") == "HEAD" else SESSION_UNKNOWN})


async def _rest_read(scope: Scope, replay: Replay) -> list[tuple[bytes, bytes]]:
    return [] if replay.is_complete or replay.is_gone else await discard(scope, replay.receive)
