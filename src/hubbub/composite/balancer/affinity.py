"""What ties requests to one target: the session id of Engine.IO, a cookie, a header. Awaits nothing; time comes in.

A tie is strict where only that target can answer, as with an Engine.IO session, and otherwise a preference.
"""

from __future__ import annotations

import re
from typing import Protocol
from urllib.parse import parse_qs

from werkzeug.http import parse_cookie

from hubbub.composite.balancer.bindings import Bindings
from hubbub.composite.balancer.limits import KEY_CHARS, SNIFFED_BYTES
from hubbub.composite.headers import SECURE_SCHEMES
from hubbub.composite.scopes import cookie_header, header, is_under
from hubbub.composite.types import Message, Scope

# Polls come at least once in a ping interval, 25 s by default; a session that is on a WebSocket needs no tie.
SESSION_IDLE_SECONDS = 120.0
VISITOR_IDLE_SECONDS = 3_600.0  # who comes back later notices nothing of another target but a cold cache

# In the first packet of a session, `0{"sid":"…",…}`, also where JSONP wraps it into a string.
_SID = re.compile(rb'\\?"sid\\?"\s*:\s*\\?"([^"\\]{1,%d})\\?"' % KEY_CHARS)


class Tie(Protocol):
    """What one request has to do with a target."""

    @property
    def target(self) -> str | None:
        """The name of the target it belongs to, if it does yet."""

    @property
    def is_strict(self) -> bool:
        """Whether no other target will do."""

    def lose(self) -> None:
        """Its target is out; the tie ends."""

    def answered(self, message: Message, target: str, now: float) -> Message:
        """The target answers: learn from a message, and say how it goes on to the client."""


class Affinity(Protocol):
    """A kind of tie."""

    def tie(self, scope: Scope, now: float) -> Tie | None:
        """The tie of a request or a websocket; `None` if this kind has nothing to say about it."""


class Untied:
    """No tie."""

    target = None
    is_strict = False

    def lose(self) -> None:
        """There is nothing to lose."""

    def answered(self, message: Message, target: str, now: float) -> Message:
        """As it came."""
        return message


class EngineSid:
    """By the `sid` of Engine.IO, learned from the answers to handshakes; any server of the protocol will do.

    A `sid` that was never seen, after a restart of the balancer for example, goes to any target: with workers that
    pass sessions on among themselves each of them will do, and every other says itself that it does not know it.
    """

    def __init__(self, path: str = "/socket.io") -> None:
        self._path = path
        self._bindings = Bindings(SESSION_IDLE_SECONDS)

    def tie(self, scope: Scope, now: float) -> Tie | None:
        """A tie for whatever is below the path of the Engine.IO server."""
        if not is_under(scope["path"], self._path):
            return None
        fields = parse_qs(scope["query_string"].decode("latin-1"))
        sid = fields.get("sid", [""])[0]
        if len(sid) > KEY_CHARS:
            return None
        if not sid:
            return _Handshake(self._bindings) if scope["type"] == "http" and scope["method"] == "GET" else None
        return _Bound(self._bindings, sid, self._bindings.find(sid, now), is_strict=True)


class Header:
    """By the value of a header, such as that of an API key."""

    def __init__(self, name: str) -> None:
        self._name = name.lower().encode("ascii")
        self._bindings = Bindings(VISITOR_IDLE_SECONDS)

    def tie(self, scope: Scope, now: float) -> Tie | None:
        """A tie where the header is there."""
        value = header(scope, self._name)
        return None if value is None else _visitor(self._bindings, value.decode("latin-1"), now)


class Cookie:
    """By the value of a cookie that the application sets, such as that of its session."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._bindings = Bindings(VISITOR_IDLE_SECONDS)

    def tie(self, scope: Scope, now: float) -> Tie | None:
        """A tie where the cookie is there."""
        value = _cookie(scope, self._name)
        return None if value is None else _visitor(self._bindings, value, now)


class OwnCookie:
    """By a cookie that the balancer sets. It holds the name of the target, so that nothing has to be remembered."""

    def __init__(self, name: str = "balancer_target") -> None:
        self._name = name

    def tie(self, scope: Scope, now: float) -> Tie | None:
        """A tie for everybody."""
        return _Marked(self._name, _cookie(scope, self._name), secure=scope.get("scheme") in SECURE_SCHEMES)


class _Bound(Untied):
    """A key in a table, bound when a target has answered."""

    def __init__(self, bindings: Bindings, key: str, target: str | None, *, is_strict: bool) -> None:
        self._bindings = bindings
        self._key = key
        self.target: str | None = target  # type: ignore[assignment]  # mypy takes None of the base for its type
        self.is_strict = is_strict and target is not None

    def lose(self) -> None:
        self._bindings.forget(self._key)
        self.target = None

    def answered(self, message: Message, target: str, now: float) -> Message:
        is_refusal = int(message.get("status", 200)) >= 400
        if message["type"].endswith(("response.start", ".accept")) and not is_refusal:
            self._bindings.bind(self._key, target, now)
        return message


class _Handshake(Untied):
    """An Engine.IO session that begins: the answer has its id."""

    def __init__(self, bindings: Bindings) -> None:
        self._bindings = bindings
        self._begin: bytes | None = b""  # of the body; None once it was found or cannot be there any more

    def answered(self, message: Message, target: str, now: float) -> Message:
        if self._begin is None or message["type"] != "http.response.body":
            return message
        self._begin += message.get("body", b"")[:SNIFFED_BYTES]
        found = _SID.search(self._begin)
        if found is not None:
            self._bindings.bind(found[1].decode("latin-1"), target, now)
        if found is not None or len(self._begin) >= SNIFFED_BYTES:
            self._begin = None
        return message


class _Marked(Untied):
    """A browser that has our cookie, or gets it with the first answer."""

    def __init__(self, name: str, target: str | None, *, secure: bool) -> None:
        self._name = name
        self._secure = secure
        self._given = target
        self.target: str | None = target  # type: ignore[assignment]  # as above

    def lose(self) -> None:
        self.target = None

    def answered(self, message: Message, target: str, now: float) -> Message:
        if target == self._given or not message["type"].endswith(("response.start", ".accept")):
            return message
        text = f"{self._name}={target}; Path=/; HttpOnly; SameSite=Lax{'; Secure' if self._secure else ''}"
        return {**message, "headers": [*message.get("headers", ()), (b"set-cookie", text.encode("ascii"))]}


def _visitor(bindings: Bindings, value: str, now: float) -> Tie | None:
    if not 0 < len(value) <= KEY_CHARS:
        return None
    return _Bound(bindings, value, bindings.find(value, now), is_strict=False)


def _cookie(scope: Scope, name: str) -> str | None:
    return parse_cookie(cookie_header(scope)).get(name)
