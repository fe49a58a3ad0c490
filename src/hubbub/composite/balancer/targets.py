"""What can be balanced over: applications in this process, and servers over TCP and Unix sockets."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Protocol

from hubbub.composite.balancer.failures import Broken, TimedOut, UpstreamError
from hubbub.composite.balancer.http1 import Http1Client
from hubbub.composite.balancer.limits import Limits, Timeouts
from hubbub.composite.balancer.pool import Pool
from hubbub.composite.balancer.streams import Opener, tcp, unix
from hubbub.composite.balancer.websocket import WebSocketClient
from hubbub.composite.inner_lifespan import InnerLifespan
from hubbub.composite.problem import Problem
from hubbub.composite.types import AnyASGIApp, Receive, Scope, Send

# What a cookie may hold (RFC 6265, 4.1.1): `OwnCookie` writes names into one.
_NAME = re.compile(r"[!#$%&'()*+./:<=>?@\[\]^_`{|}~0-9A-Za-z-]{1,100}")


class Upstream(Protocol):
    """A target that runs."""

    async def start(self) -> None:
        """Make it ready."""

    async def stop(self) -> None:
        """End what belongs to it."""

    async def carry(self, scope: Scope, receive: Receive, send: Send, *, fresh: bool) -> None:
        """Carry one exchange; raises `UpstreamError` where the target fails."""


class Target(Protocol):
    """What a balancer is given."""

    @property
    def name(self) -> str:
        """In statistics and logs, and in the cookie of `OwnCookie`."""

    @property
    def weight(self) -> int:
        """How much it takes in comparison with the others."""

    def upstream(self, timeouts: Timeouts, limits: Limits) -> Upstream:
        """Make what runs."""


@dataclass(frozen=True, slots=True)
class Local:
    """An ASGI application in this process, with a lifespan of its own."""

    app: AnyASGIApp
    name: str
    weight: int = 1

    def __post_init__(self) -> None:
        _check(self)

    def upstream(self, timeouts: Timeouts, limits: Limits) -> Upstream:
        """See `Target`."""
        return _InProcess(self.app, self.name)


@dataclass(frozen=True, slots=True)
class Tcp:
    """A server at `host:port`, in plain HTTP/1.1."""

    address: str
    name: str = ""
    weight: int = 1
    _opener: Opener = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.name or self.address)
        object.__setattr__(self, "_opener", tcp(self.address))
        _check(self)

    def upstream(self, timeouts: Timeouts, limits: Limits) -> Upstream:
        """See `Target`."""
        return _Remote(self.name, self._opener, timeouts, limits)


@dataclass(frozen=True, slots=True)
class Unix:
    """A server at a Unix socket, in plain HTTP/1.1. To Hubbub as the upstream, `unix` is the proxy to trust."""

    path: str
    name: str = ""
    weight: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.name or self.path)
        _check(self)

    def upstream(self, timeouts: Timeouts, limits: Limits) -> Upstream:
        """See `Target`."""
        return _Remote(self.name, unix(self.path), timeouts, limits)


class _Remote:
    """A server that is another process."""

    def __init__(self, name: str, opener: Opener, timeouts: Timeouts, limits: Limits) -> None:
        self._pool = Pool(limits)
        self._http = Http1Client(name, opener, self._pool, timeouts=timeouts, limits=limits)
        self._websocket = WebSocketClient(name, opener, timeouts=timeouts, limits=limits)

    async def start(self) -> None:
        """Connections are made when they are needed."""

    async def stop(self) -> None:
        self._pool.close()

    async def carry(self, scope: Scope, receive: Receive, send: Send, *, fresh: bool) -> None:
        if scope["type"] == "websocket":
            await self._websocket.carry(scope, receive, send)
        else:
            await self._http.carry(scope, receive, send, fresh=fresh)


class _InProcess:
    """An application of this process. It gets the scope as it came: nothing was forwarded."""

    def __init__(self, app: AnyASGIApp, name: str) -> None:
        self._app = app
        self._name = name
        self._state: dict[str, Any] = {}
        self._lifespan: InnerLifespan | None = None

    async def start(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self._state}
        self._lifespan = InnerLifespan(self._app, scope)
        await self._lifespan.start()

    async def stop(self) -> None:
        if self._lifespan is not None:
            await self._lifespan.stop()

    async def carry(self, scope: Scope, receive: Receive, send: Send, *, fresh: bool) -> None:
        own = {**scope, "state": {**self._state, **(scope.get("state") or {})}}
        try:
            await self._app(own, receive, send)
        except (Problem, UpstreamError):
            raise  # a refusal is an answer
        except TimeoutError as error:
            raise TimedOut(f"{self._name} ran out of time: {error!r}") from error
        except Exception as error:
            raise Broken(f"{self._name} raised {error!r}") from error


def _check(target: Target) -> None:
    if not _NAME.fullmatch(target.name):
        raise ValueError(f"{target.name!r} is no name for a target: 1 to 100 visible characters of a cookie's value")
    if target.weight < 1:
        raise ValueError(f"target {target.name}: a weight is 1 or more")
