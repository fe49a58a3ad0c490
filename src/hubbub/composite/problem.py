"""The one shape of an error over HTTP: RFC 9457 problem documents, for websockets that are refused as well."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from hubbub.composite.request_id import request_id_of
from hubbub.composite.scopes import Headers
from hubbub.composite.types import Scope, Send

CONTENT_TYPE = b"application/problem+json"
TYPE_BASE = "/docs#error-"  # a relative reference (RFC 9457, 3.1.1): the page that explains the codes

# RFC 6455, 7.4.1 and the IANA registry of close codes, for servers that cannot refuse by a response.
CLOSE_POLICY = 1008
CLOSE_INTERNAL = 1011
CLOSE_TRY_AGAIN_LATER = 1013
CLOSE_REASON_BYTES = 123  # what is left of a control frame's 125 bytes after the code (RFC 6455, 5.5)

# The names of RFC 9110, 15.5.14 and 15.5.21; `http.HTTPStatus` has them from Python 3.13 on.
_NEW_PHRASES = {413: "Content Too Large", 422: "Unprocessable Content"}

_LATER = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})


@dataclass(eq=False)
class Problem(Exception):
    """A refusal that its reader can act on.

    `code` is stable and for programs, `detail` for people: what happened and what to do. `errors` are pairs of
    a dotted path and a message; `retry_after` is in seconds and only there when waiting helps.
    Treat it as frozen; it is not declared so because `contextlib` assigns `__traceback__` on the way.
    """

    status: int
    code: str
    detail: str
    errors: tuple[tuple[str, str], ...] = ()
    retry_after: float | None = None

    def __str__(self) -> str:
        return f"{self.status} {self.code}: {self.detail}"


def problem_document(problem: Problem, request_id: str) -> dict[str, Any]:
    """The problem as an object that is ready for JSON."""
    document: dict[str, Any] = {
        "type": TYPE_BASE + problem.code,
        "title": _NEW_PHRASES.get(problem.status) or HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
        "errors": [{"path": path, "message": message} for path, message in problem.errors],
        "request_id": request_id,
    }
    if problem.retry_after is not None:
        document["retry_after"] = problem.retry_after
    return document


def retry_after_header(seconds: float) -> bytes:
    """Whole seconds, never too few (RFC 9110, 10.2.3)."""
    return b"%d" % max(1, math.ceil(seconds))


async def send_problem(scope: Scope, send: Send, problem: Problem, *, headers: Headers = ()) -> None:
    """Answer a request, or refuse a websocket that was not accepted yet, with a problem document.

    `headers` are sent as well. Reads nothing: `refusals.refuse` is for requests whose body is still on its way.
    """
    if scope["type"] == "websocket" and "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": _close_code(problem), "reason": _close_reason(problem)})
        return
    text = json.dumps(problem_document(problem, request_id_of(scope)), ensure_ascii=False, separators=(",", ":"))
    body = text.encode("utf-8", "replace")  # a lone surrogate out of a request must not turn a 400 into a 500
    prefix = "websocket.http.response" if scope["type"] == "websocket" else "http.response"
    await send(
        {
            "type": f"{prefix}.start",
            "status": problem.status,
            "headers": [*_headers(problem, len(body)), *headers],
        }
    )
    await send({"type": f"{prefix}.body", "body": b"" if scope.get("method") == "HEAD" else body})


def _headers(problem: Problem, length: int) -> list[tuple[bytes, bytes]]:
    headers = [
        (b"content-type", CONTENT_TYPE),
        (b"content-length", b"%d" % length),
        (b"cache-control", b"no-store"),
    ]
    if problem.retry_after is not None:
        headers.append((b"retry-after", retry_after_header(problem.retry_after)))
    return headers


def _close_code(problem: Problem) -> int:
    if problem.status in _LATER:
        return CLOSE_TRY_AGAIN_LATER
    if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return CLOSE_INTERNAL
    return CLOSE_POLICY


def _close_reason(problem: Problem) -> str:
    """The code, then as much of the detail as fits and stays valid UTF-8."""
    reason = f"{problem.code}: {problem.detail}".encode("utf-8", "replace")[:CLOSE_REASON_BYTES]
    return reason.decode("utf-8", "ignore")
